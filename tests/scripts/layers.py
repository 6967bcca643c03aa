#!/usr/bin/env python3
"""Holds the include table: which folder may include which, and where each library may be seen.

    layers.py [ROOT]      exit status 1 and one line a violation, when there are any

A folder may include what its entry names and what that reaches. Changing the table is changing the
design; do it in the same commit as the include that needs it, and say why there.
"""
import pathlib
import re
import sys

# folder -> folders it names. Longest matching folder wins: server/net is not server.
ALLOWED = {
    "grammar": [],
    "engine/base": [],
    "engine/config": ["engine/base"],
    "engine/types": ["engine/base"],
    "engine/sql": ["engine/types", "grammar"],
    "engine/functions": ["engine/types", "engine/config"],
    "engine/log": ["engine/base"],
    "engine/serde": ["engine/types"],
    "engine/catalog": ["engine/types", "engine/sql"],
    "engine/plan": ["engine/sql", "engine/catalog", "engine/functions"],
    "engine/state": ["engine/types", "engine/log"],
    "engine/exec": ["engine/plan", "engine/functions", "engine/serde", "engine/state"],
    "engine/runtime": ["engine/exec", "engine/log"],
    "engine/session": ["engine/runtime", "engine/catalog", "engine/plan"],
    "engine/driver": ["engine/session"],
    "server/net": ["engine/base", "engine/serde"],
    "server": ["engine/session", "server/net"],
    "cli": ["server", "server/net", "engine/driver", "engine/session"],
}
# Not part of the product: they may include everything.
FREE = ["tests", "bench"]

# header pattern -> folders whose files may include it (tests and benchmarks besides).
LIBRARIES = {
    r"librdkafka/|rdkafka\.h": ["engine/log/kafka"],
    r"rocksdb/": ["engine/state", "engine/log/embedded"],
    r"antlr4-runtime": ["engine/sql", "grammar"],
    r"boost/(beast|asio)": ["server/net"],
    r"openssl/": ["engine/functions", "server/net", "server/access", "server/bearer"],
    r"simdjson": ["engine/serde"],
    r"nlohmann/": ["engine/plan", "engine/runtime", "engine/session", "server"],
    r"spdlog/": ["engine/base"],
    r"CLI/|histedit\.h": ["cli"],
    r"re2/|pcre2": ["engine/functions", "engine/exec", "engine/base", "engine/session", "engine/driver"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".cpp", ".cc", ".hpp"}


def owner(path, folders):
    """The longest of `folders` that holds `path`, or None."""
    best = None
    for folder in folders:
        if path == folder or path.startswith(folder + "/"):
            if best is None or len(folder) > len(best):
                best = folder
    return best


def reach(folder):
    """`folder`, what it names, and what that reaches."""
    seen, todo = set(), [folder]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(ALLOWED[name])
    return seen


def has_cycle():
    return [f for f in ALLOWED for g in ALLOWED[f] if f in reach(g)]


def check_include(path, line, quote, target):
    """A message when this include breaks the table, else None."""
    where = owner(path, ALLOWED)
    if where is None:
        return None
    for pattern, homes in LIBRARIES.items():
        if re.match(pattern, target) and owner(path, homes) is None:
            return f"{path}:{line}: <{target}> may be included only in {', '.join(homes)}"
    if quote == "<":
        return None
    to = owner(target, ALLOWED)
    if to is None:
        if target.split("/")[0] in FREE:
            return f'{path}:{line}: "{target}" is no part of the product'
        # Generated parser headers have no folder; engine/sql alone may include them.
        if "/" not in target and where not in ("engine/sql", "grammar"):
            return f'{path}:{line}: "{target}": write the path from the root'
        return None
    if to not in reach(where):
        return f'{path}:{line}: {where} may not include {to} ("{target}")'
    return None


def check(root):
    root = pathlib.Path(root)
    problems, files = [], 0
    for top in ("grammar", "engine", "server", "cli"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SUFFIXES or not file.is_file():
                continue
            files += 1
            path = file.relative_to(root).as_posix()
            if owner(path, ALLOWED) is None:
                problems.append(f"{path}: its folder is not in the table of tests/scripts/layers.py")
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                found = INCLUDE.match(line)
                if found:
                    problem = check_include(path, number, found[1], found[2])
                    if problem:
                        problems.append(problem)
    return problems, files


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    cycle = has_cycle()
    if cycle:
        print(f"layers: the table has a cycle through {', '.join(cycle)}")
        return 1
    problems, files = check(root)
    for problem in problems:
        print(problem)
    if files == 0:
        print(f"layers: no source file under {root}")
        return 1
    print(f"layers: {files} files, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
