#!/usr/bin/env python3
"""Checks of style that no other tool makes.

    tidy.py [ROOT]      exit status 1 and one line a violation, when there are any
"""
import os
import pathlib
import re
import sys

MAX_LINES = 800
SOURCE = {".h", ".cpp", ".py"}
TEXT = SOURCE | {".md", ".txt", ".cmake", ".json", ".sql", ".properties", ".g4", ".sh", ".yml", ""}
SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__"}

MARK = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(.*)")
# A path that exists on one machine only.
MACHINE_PATH = re.compile(r"(^|[^\w./-])/(work|root|home/[a-z][a-z0-9_-]*|Users)/[\w.]")
# An error's words are for people: code asks for its stage and kind (engine/base/error.h).
READ_WORDS = re.compile(r"\b(what\(\)\)?|message(\(\))?|ToString\(\))\s*\.\s*"
                        r"(r?find(_\w+)?|starts_with|ends_with|contains|compare)\(")
PRODUCT = ("engine/", "server/", "cli/")
MAY_READ_WORDS = {
    "engine/driver/qtt_checks.cpp",     # compares with what a test file expects
    "engine/plan/aggregate_builder.cpp",  # shows aggregates as they were written
    "server/model/request.cpp",         # drops the JSON library's own prefix
}
VAGUE_NAME = re.compile(r"(^|_)(utils?|helpers?|manager|misc|common)($|_)")


def check_text(path, text):
    problems = []
    suffix = pathlib.PurePosixPath(path).suffix
    lines = text.splitlines()
    if suffix in SOURCE and len(lines) > MAX_LINES:
        problems.append(f"{path}: {len(lines)} lines; split it by idea at {MAX_LINES}")
    if suffix == ".h" and "#pragma once" not in lines:
        problems.append(f"{path}: no #pragma once")
    if suffix == ".h" and not text.startswith("//"):
        problems.append(f"{path}:1: a header opens by saying what it is and which thread it lives on")
    if suffix in SOURCE and VAGUE_NAME.search(pathlib.PurePosixPath(path).stem):
        problems.append(f"{path}: the name does not say what is in it")
    for number, line in enumerate(lines, 1):
        if suffix in SOURCE and path != "tests/scripts/tidy.py":
            mark = MARK.search(line)
            if mark and (mark[1] != "TODO" or len(re.findall(r"\w{2,}", mark[2])) < 4):
                problems.append(f"{path}:{number}: a TODO tells the whole matter; other marks are not used")
        if MACHINE_PATH.search(line):
            problems.append(f"{path}:{number}: an absolute path of one machine")
        if path.startswith(PRODUCT) and path not in MAY_READ_WORDS and READ_WORDS.search(line):
            problems.append(f"{path}:{number}: decides by an error's words")
        if suffix in SOURCE and "\t" in line:
            problems.append(f"{path}:{number}: a tab")
        if suffix == ".h" and re.match(r"\s*using namespace ", line):
            problems.append(f"{path}:{number}: using namespace in a header")
    return problems


def check(root):
    root = pathlib.Path(root)
    problems, files = [], 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(names):
            file = pathlib.Path(folder) / name
            if name in SKIPPED_FOLDERS or file.suffix not in TEXT or file.is_symlink():
                continue
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            files += 1
            problems += check_text(file.relative_to(root).as_posix(), text)
    return problems, files


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems, files = check(root)
    for problem in problems:
        print(problem)
    print(f"tidy: {files} files, {len(problems)} violations")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
