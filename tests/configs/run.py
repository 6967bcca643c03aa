#!/usr/bin/env python3
"""Replays every case of tests/cases, and the visible corpus where it is at hand, under configurations: the answers of
a case must be the same under each.

    run.py --millrace PATH                the choice that continuous integration takes
    run.py --millrace PATH --all          every combination of the table below (nightly); --shard 1/4: a quarter of it
    run.py --millrace PATH --config rows=7,crash=1,guarantee=eos    one; what is not named is as in the first column
    run.py --list [--all]                 names only

What fails and is known to is in known_failures.txt, with its reason. The list is held in both directions: a case that
fails and is not listed fails the run, and so does a line that nothing meets any more.
"""
import argparse
import concurrent.futures
import fnmatch
import itertools
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KNOWN = HERE / "known_failures.txt"
PASSING = ROOT / "tests" / "conformance" / "passing.txt"

# Dimension -> value -> options of `millrace test`; the first value is what a bare `millrace test` does.
TABLE = {
    "rows": {"1": [], "2": ["--batch-rows", "2"], "7": ["--batch-rows", "7"], "4096": ["--batch-rows", "4096"]},
    "state": {"memory": [], "disk": ["--state-on-disk"]},
    "plan": {"made": [], "replayed": ["--replay-commands"]},
    "text": {"given": [], "reprinted": ["--reprint-statements"]},
    "crash": {"never": [], "1": ["--crash-every", "1"], "3": ["--crash-every", "3"]},
    "guarantee": {"alo": [], "eos": ["--exactly-once"]},
    "workers": {"1": [], "2": ["--workers", "2"]},
}

# Each value of each dimension at least once, and the combinations in which faults hide: what is redone after a crash
# on disk and in memory, across two workers, in whole batches.
CI = [
    "rows=1",
    "rows=2,guarantee=eos",
    "rows=7,text=reprinted",
    "rows=4096,workers=2",
    "rows=1,plan=replayed",
    "rows=1,crash=1,guarantee=eos",
    "rows=7,crash=3,guarantee=eos",
    "rows=2,crash=1,workers=2,guarantee=eos",
    "rows=4096,state=disk,crash=3,guarantee=eos",
]
# Of these the corpus as well: a run of it takes several times as long as the cases.
CI_CORPUS = ["rows=1,plan=replayed,text=reprinted", "rows=2,crash=1,guarantee=eos", "rows=7,guarantee=eos,workers=2"]

VERDICT = re.compile(r"^(PASS|FAIL|SKIP) (.*\S)\s*$")


def whole(name):
    """The name with every dimension in it, in the table's order."""
    chosen = dict(part.split("=", 1) for part in name.split(",") if part)
    for dimension, value in chosen.items():
        if value not in TABLE.get(dimension, {}):
            raise SystemExit(f"no configuration {dimension}={value}; there are "
                             + ", ".join(f"{d}={v}" for d, values in TABLE.items() for v in values))
    return ",".join(f"{d}={chosen.get(d, next(iter(values)))}" for d, values in TABLE.items())


def every():
    return [",".join(f"{d}={v}" for d, v in zip(TABLE, values)) for values in itertools.product(*TABLE.values())]


def options(name):
    chosen = dict(part.split("=", 1) for part in name.split(","))
    return [option for dimension, value in chosen.items() for option in TABLE[dimension][value]]


def known_failures():
    """Lines `configuration | case | reason`; the first two with * for anything."""
    lines = []
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            parts = [part.strip() for part in line.split(" | ", 2)]
            if len(parts) != 3 or not parts[2]:
                raise SystemExit(f"{KNOWN.name}: not `configuration | case | reason`: {line}")
            lines.append(parts)
    return lines


def verdicts(millrace, name, what, timeout_s):
    """Cases that passed and that failed, and whether the run came to its end."""
    command = [str(millrace), "test", *what, *options(name), "--quiet"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return set(), set(), f"no end within {timeout_s} s"
    passed, failed = set(), set()
    for line in done.stdout.splitlines():
        if found := VERDICT.match(line):
            (passed if found.group(1) == "PASS" else failed).add(found.group(2))
    broken = "" if done.returncode in (0, 1) else f"exit status {done.returncode}: {done.stderr.strip()[-500:]}"
    return passed, failed - passed, broken


def run_one(job, arguments, passing):
    name, kind = job
    began = time.monotonic()
    if kind == "cases":
        passed, failed, broken = verdicts(arguments.millrace, name, [str(ROOT / "tests" / "cases")],
                                          arguments.timeout)
    else:
        passed, failed, broken = verdicts(arguments.millrace, name, ["--qtt", str(arguments.corpus)],
                                          arguments.timeout)
        failed = passing - passed
        passed &= passing
    return job, passed, failed, broken, time.monotonic() - began


def jobs_of(arguments):
    with_corpus = arguments.corpus is not None and arguments.corpus.is_dir()
    if arguments.config:
        names = [whole(name) for name in arguments.config]
        corpus = names
    elif arguments.all:
        index, _, count = arguments.shard.partition("/")
        names = every()[int(index) - 1::int(count)]
        corpus = names
    else:
        names = [whole(name) for name in CI]
        corpus = [whole(name) for name in CI_CORPUS]
    jobs = [(name, "corpus") for name in corpus] if with_corpus else []
    return jobs + [(name, "cases") for name in names]


def hold(results, known):
    """Prints what is not as listed; the number of such things."""
    wrong = 0
    met = [0] * len(known)
    asked = [0] * len(known)
    for (name, kind), passed, failed, broken, _ in results:
        if broken:
            wrong += 1
            print(f"BROKEN {name} {kind}: {broken}")
        for case in sorted(passed | failed):
            listed = [i for i, (configuration, pattern, _) in enumerate(known)
                      if fnmatch.fnmatchcase(name, configuration) and fnmatch.fnmatchcase(case, pattern)]
            for i in listed:
                asked[i] += 1
                met[i] += case in failed
            if case in failed and not listed:
                wrong += 1
                print(f"FAIL {name} | {case}")
    for i, (configuration, case, reason) in enumerate(known):
        if asked[i] and not met[i]:
            wrong += 1
            print(f"PASSES NOW, take the line out: {configuration} | {case} | {reason}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millrace", type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path, default=ROOT.parent / "shared" / "conformance" / "qtt")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--config", action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=600, help="seconds a configuration may take")
    arguments = parser.parse_args()
    jobs = jobs_of(arguments)
    if arguments.list:
        print("\n".join(f"{name} {kind}" for name, kind in jobs))
        return 0
    if arguments.millrace is None:
        parser.error("--millrace is needed")
    known = known_failures()
    passing = set(PASSING.read_text(encoding="utf-8").splitlines())
    results = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for result in pool.map(lambda job: run_one(job, arguments, passing), jobs):
            (name, kind), passed, failed, _, seconds = result
            print(f"{name} {kind}: {len(passed)} passed, {len(failed)} failed, {seconds:.1f} s", flush=True)
            results.append(result)
    wrong = hold(results, known)
    print(f"{len(results)} runs, {wrong} not as listed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
