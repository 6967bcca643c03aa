#!/usr/bin/env python3
"""Holds the lists of SQL test scripts and test-runner folders that give the verdict they should.

`sql-tests` are scripts of statements and assertions; `test-runner` folders hold statements, an input and an expected
output: those under "incorrect" must be told apart from the others. As with ratchet.py, a listed case that does not
pass fails the test, and without the files nothing is run.
"""
import argparse
import pathlib
import subprocess
import sys

import ratchet

LIST = ratchet.HERE / "passing_scripts.txt"


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def script_verdicts(millrace, folder, passed, details):
    """Whether a run broke off."""
    broken = False
    for path in sorted(folder.rglob("*.sql")):
        if path.parent.name == "scripts":
            continue
        done = run([millrace, "test", str(path)])
        if done.returncode not in (0, 1):  # Also what a sanitizer finds at the end.
            broken = True
            print(f"{path.name}: exit status {done.returncode}: {done.stderr.strip()}")
        current = None
        for line in done.stdout.splitlines():
            word, _, case = line.partition(" ")
            if word in ("PASS", "FAIL", "SKIP"):
                current = f"{path.parent.name}/{case.rstrip()}"
                details.setdefault(current, [])
                if word == "PASS":
                    passed.add(current)
            elif current is not None:
                details[current].append(line)
    return broken


def folder_verdicts(millrace, root, passed, details):
    for statements in sorted(root.rglob("statements.sql")):
        folder = statements.parent
        command = [millrace, "test", "-s", str(statements), "-o", str(folder / "output.json")]
        if (folder / "input.json").exists():
            command += ["-i", str(folder / "input.json")]
        done = run(command)
        name = str(folder.relative_to(root.parent))
        details[name] = (done.stdout + done.stderr).splitlines()
        wanted = (1, "Test failed:") if "incorrect" in folder.parts else (0, "Test passed!")
        if done.returncode == wanted[0] and wanted[1] in done.stdout + done.stderr:
            passed.add(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="add what passes now to the list")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"no test scripts at {arguments.corpus}: nothing to compare with, skipped")
        return ratchet.SKIPPED
    passed, details = set(), {}
    broken = script_verdicts(arguments.millrace, arguments.corpus / "sql-tests", passed, details)
    folder_verdicts(arguments.millrace, arguments.corpus / "test-runner", passed, details)
    return ratchet.hold(LIST, passed, details, arguments.update) or int(broken)


if __name__ == "__main__":
    sys.exit(main())
