#!/usr/bin/env python3
"""Has every function that SHOW FUNCTIONS lists a case in tests/cases/functions?

    function_cases.py MILLRACE FOLDER_OF_CASES      exit status 1 and one line a function without
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "rest"))
from rest_server import Server  # noqa: E402

CALL = re.compile(r"\b([A-Z_][A-Z0-9_]*)\s*\(", re.IGNORECASE)
TEXT = re.compile(r"'(?:[^']|'')*'|--.*")


def names_called(folder):
    """Upper-case names that a statement of a case calls; what a comment or a text says does not count."""
    names = set()
    for file in pathlib.Path(folder).rglob("*.sql"):
        names.update(name.upper() for name in CALL.findall(TEXT.sub("", file.read_text(encoding="utf-8"))))
    return names


def names_listed(program):
    server = Server(program, **{"ksql.udfs.enabled": "false"}).start()
    try:
        return {function["name"] for function in server.ksql("SHOW FUNCTIONS;").json()[0]["functions"]}
    finally:
        server.close()


def main():
    program, folder = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    listed = names_listed(program)
    missing = sorted(listed - names_called(folder))
    for name in missing:
        print(f"{name}: no case in {folder} calls it")
    print(f"{len(listed) - len(missing)} of {len(listed)} functions have a case")
    return 1 if missing or not listed else 0


if __name__ == "__main__":
    sys.exit(main())
