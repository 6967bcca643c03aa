#!/usr/bin/env python3
"""Two rules that the tree does not meet everywhere yet, held as ratchets: what is listed may only shrink.

    ratchets.py [ROOT]            exit status 1 and one line a violation, when there are any
    ratchets.py --update [ROOT]   takes out of the lists what has become better; never adds

A function is no longer than 70 lines (long_functions.txt: its name and the lines it has).
What a header declares is used by the product (unused_names.txt: names that are not, with the reason).
"""
import pathlib
import re
import sys

MAX_LINES = 70
PRODUCT = ["engine", "server", "cli"]
HERE = pathlib.Path(__file__).resolve().parent

# The tree is formatted by clang-format, so a function's body begins on a line that ends in "{" and closes on a
# line that holds just the brace, as far in as the line on which the function's head began.
NO_FUNCTION = re.compile(r"^\s*(namespace|class|struct|union|enum|extern|if|for|while|switch|do|else|try|catch|case|return|auto)\b")
NAME = re.compile(r"([\w:~]+|operator\s*\S+)\s*\(")


def functions(text):
    """(name, first line, number of lines) of every function whose head begins in column 0 or in a class."""
    lines = text.splitlines()
    found = []
    head = None  # (line number, indent) of the statement that is open
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped or stripped.startswith(("//", "#")) or stripped in ("public:", "private:", "protected:"):
            head = None
            continue
        if head is None:
            head = number
        if stripped.endswith("{"):
            first = lines[head]
            indent = len(first) - len(first.lstrip())
            text_of_head = " ".join(lines[head:number + 1])
            if indent <= 4 and "(" in text_of_head and not NO_FUNCTION.match(first):
                close = " " * indent + "}"
                end = next((i for i in range(number + 1, len(lines)) if lines[i].rstrip(";") == close), None)
                name = NAME.search(text_of_head)
                if end is not None and name:
                    found.append((name[1], head + 1, end - head + 1))
            head = None
        elif stripped.endswith((";", "}", "};", ":")):
            head = None
    return found


def sources(root, suffixes):
    for folder in PRODUCT:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in suffixes and file.is_file():
                yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


def long_functions(root):
    """{"path name": lines}; overloads of one name count as the longest of them."""
    found = {}
    for path, text in sources(root, {".cpp", ".h"}):
        for name, _, length in functions(text):
            if length > MAX_LINES:
                key = f"{path} {name}"
                found[key] = max(length, found.get(key, 0))
    return found


COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"')
WORD = re.compile(r"\b[A-Za-z_]\w*\b")
DECLARED = re.compile(r"\b([a-z_][a-z0-9_]*)\s*(?=\()|\b([a-z][a-z0-9_]*)(?=(?:\s*=[^;(){}]*|\s*\{[^;{}]*\})?;)")
# Words that stand before something else than a declaration of ours.
KEYWORDS = {"return", "sizeof", "decltype", "alignas", "noexcept", "if", "for", "while", "switch", "default", "delete",
            "const", "override", "final", "operator", "static_assert", "throw", "explicit", "requires", "catch"}


# Said for others: users' libraries include it.
FOREIGN = {"engine/functions/millrace_udf.h"}


def unused_names(root):
    """{"path name"}: names of functions and fields in headers that the product never says a second time."""
    count, said_in, codes = {}, {}, {}
    declared = {}
    for path, text in sources(root, {".cpp", ".h"}):
        code = codes[path] = TEXT.sub('""', COMMENT.sub("", text))
        for word in WORD.findall(code):
            count[word] = count.get(word, 0) + 1
            said_in.setdefault(word, set()).add(path)
        if path.endswith(".h"):
            for match in DECLARED.finditer(code):
                name = match[1] or match[2]
                if name not in KEYWORDS and path not in FOREIGN:
                    declared.setdefault(name, path)
    found = set()
    for name, path in declared.items():
        # Once: only declared. Twice, in its header and in the source beside it: declared and defined.
        beside = path[:-2] + ".cpp"
        only_defined = (count[name] == 2 and said_in[name] == {path, beside} and
                        re.search(rf"^\S[^\n;=]*\b{name}\s*\(", codes[beside], re.M))
        if count[name] == 1 or only_defined:
            found.add(f"{path} {name}")
    return found


def read_list(file):
    """{key: rest of the line}; lines are `path name rest`."""
    entries = {}
    if file.exists():
        for line in file.read_text().splitlines():
            if line and not line.startswith("#"):
                path, name, rest = (line.split(" ", 2) + [""])[:3]
                entries[f"{path} {name}"] = rest
    return entries


def check(root, lists=HERE):
    root, lists = pathlib.Path(root), pathlib.Path(lists)
    problems = []
    allowed = read_list(lists / "long_functions.txt")
    long = long_functions(root)
    for key, lines in sorted(long.items()):
        if lines > int(allowed.get(key, "0") or 0):
            path, name = key.split(" ")
            problems.append(f"{path}: {name} has {lines} lines; a function has at most {MAX_LINES}")
    excused = read_list(lists / "unused_names.txt")
    unused = unused_names(root)
    for key in sorted(unused - set(excused)):
        path, name = key.split(" ")
        problems.append(f"{path}: {name} is used nowhere in the product")
    for name, gone in (("long_functions.txt", set(allowed) - set(long)), ("unused_names.txt", set(excused) - unused)):
        problems += [f"{name}: {key} is better now; ratchets.py --update takes it out" for key in sorted(gone)]
    return problems, len(long)


def update(root):
    root = pathlib.Path(root)
    long, unused = long_functions(root), unused_names(root)
    for name, keep in (("long_functions.txt", long), ("unused_names.txt", unused)):
        file = HERE / name
        lines = []
        for line in file.read_text().splitlines():
            key = " ".join(line.split(" ")[:2])
            if line.startswith("#") or not line:
                lines.append(line)
            elif key in keep:
                if name == "long_functions.txt":
                    line = f"{key} {min(int(line.split(' ')[2]), long[key])}"
                lines.append(line)
        file.write_text("\n".join(lines) + "\n")


def main():
    arguments = [a for a in sys.argv[1:] if a != "--update"]
    root = arguments[0] if arguments else HERE.parents[1]
    if "--update" in sys.argv:
        update(root)
    problems, long = check(root)
    for problem in problems:
        print(problem)
    print(f"ratchets: {long} functions over {MAX_LINES} lines, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
