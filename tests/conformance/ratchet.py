#!/usr/bin/env python3
"""Holds the list of query-validation cases that pass: it only grows.

Runs `millrace test --qtt` over a corpus of QTT files and compares the verdicts with passing.txt. A listed case that
does not pass fails the test; with --update cases that pass now are added. Without a corpus nothing is run, and the
test says so and counts as skipped.
"""
import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / "passing.txt"
SKIPPED = 77


def verdicts(millrace, corpus, batch_rows):
    passed, details, broken = set(), {}, False
    for path in sorted(corpus.glob("*.json")):
        done = subprocess.run([millrace, "test", "--qtt", str(path), "--batch-rows", str(batch_rows)],
                              capture_output=True, text=True, timeout=300, check=False)
        current = None
        for line in done.stdout.splitlines():
            word, _, case = line.partition(" ")
            if word in ("PASS", "FAIL", "SKIP"):
                current = case.rstrip()
                details[current] = []
                if word == "PASS":
                    passed.add(current)
            elif current is not None:
                details[current].append(line)
        if done.returncode not in (0, 1):  # Also what a sanitizer finds at the end.
            broken = True
            print(f"{path.name}: exit status {done.returncode}: {done.stderr.strip()}")
    return passed, details, broken


def hold(path, passed, details, update):
    """Compares with the list of a file, which may grow with `update`; the exit status of the test."""
    known = set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()
    lost = sorted(known - passed)
    for case in lost:
        print(f"LOST {case}")
        print("\n".join(details.get(case, ["    not reported"])[:12]))
    print(f"{len(passed)} of {len(details)} cases pass; {len(known)} listed, {len(lost)} lost, "
          f"{len(passed - known)} more than listed")
    if update and not lost:
        path.write_text("".join(case + "\n" for case in sorted(known | passed)), encoding="utf-8")
    return 1 if lost else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--batch-rows", type=int, default=1)
    parser.add_argument("--update", action="store_true", help="add what passes now to the list")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"no corpus at {arguments.corpus}: nothing to compare with, skipped")
        return SKIPPED
    passed, details, broken = verdicts(arguments.millrace, arguments.corpus, arguments.batch_rows)
    return hold(LIST, passed, details, arguments.update) or int(broken)


if __name__ == "__main__":
    sys.exit(main())
