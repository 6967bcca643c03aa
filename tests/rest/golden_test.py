#!/usr/bin/env python3
"""Replays recorded exchanges of a ksqlDB server and compares the answers: status, headers, body, chunks.

    golden_test.py MILLRACE GOLDEN_DIR PASSING.txt [--update] [--show FILE:N]

PASSING.txt lists the exchanges that match: none of them may stop matching. --update adds those that
have come to match. --show prints what one exchange answered and what it should have.
"""
import argparse
import json
import pathlib
import re
import sys
import time

from rest_server import SKIPPED, Server

FILES = ["01-server", "02-ddl", "03-insert-values", "04-queries", "05-errors", "06-pull", "07-push"]
HANG_UP_SECONDS = 1.0
SETTLE_SECONDS = 4.0
MASKS = {"<UUID>": r"[0-9a-f-]{36}", "<N>": r"\d+", "<HOST:PORT>": r"[\w.:-]+", "<CLUSTER>": r"[^\"]*",
         "<NOW_MS>": r"\d+", "<NOW_ISO>": r"[^\"]*", "<TEXT>": r"(?:[^\"\\]|\\.)*", "<DIR>": r"[^\"]*"}
# The embedded log has no commit markers, so numbers that come from offsets differ.
NUMBERS = [(re.compile(r'("commandSequenceNumber":)-?\d+'), r"\1<N>"),
           (re.compile(r"(?<![A-Za-z0-9])(C[ST]AS_\w+?|CST_\w+?|INSERTQUERY)_\d+\b"), r"\1_<N>"),
           (re.compile(r"\b(transient_\w+?)_\d+\b"), r"\1_<N>"),
           (re.compile(r"\bquery_\d+\b"), r"query_<N>")]
# Numbers of a moment: any will do.
ANYTHING = {"clusterStatistics", "statistics", "tasksMetadata", "consumerGroupId"}
# Lists whose order in the recording is that of a hash table.
UNORDERED = {"streams", "tables", "queries", "sourceDescriptions", "queryDescriptions", "readQueries", "writeQueries",
             "sourceConstraints", "functions", "properties", "defaultProperties", "sources", "queryOffsetSummaries"}


def number_free(text):
    for pattern, replacement in NUMBERS:
        text = pattern.sub(replacement, text)
    return text


def masked_equal(expected, actual):
    if expected == actual:
        return True
    if not any(mask in expected for mask in MASKS):
        return False
    pattern = re.escape(expected)
    for mask, regex in MASKS.items():
        pattern = pattern.replace(re.escape(mask), regex)
    return re.fullmatch(pattern, actual.replace("<N>", "0"), re.DOTALL) is not None


class Ordered:
    """A JSON object that is equal only to one with its fields in the same order."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __getitem__(self, name):
        return dict(self.pairs)[name]


def parse(text):
    for mask in MASKS:
        text = re.sub(r"(?<![\"\w./@-])" + re.escape(mask) + r"(?![\w\"])", "0", text)
    return json.loads(text, object_pairs_hook=Ordered)


def same_json(expected, actual, name=""):
    if name in ANYTHING:
        return True
    if isinstance(expected, Ordered):
        if not isinstance(actual, Ordered) or [k for k, _ in expected.pairs] != [k for k, _ in actual.pairs]:
            return False
        return all(same_json(value, other, key)
                   for (key, value), (_, other) in zip(expected.pairs, actual.pairs))
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(expected) != len(actual):
            return False
        if name in UNORDERED:
            rest = list(actual)
            for item in expected:
                found = next((i for i, other in enumerate(rest) if same_json(item, other)), None)
                if found is None:
                    return False
                rest.pop(found)
            return True
        return all(same_json(a, b) for a, b in zip(expected, actual))
    if isinstance(expected, str) and isinstance(actual, str):
        # Millrace may say more, on further lines, about where a mistake is.
        if name == "message" and actual.startswith(expected + "\n"):
            return True
        return masked_equal(expected, actual)
    return expected == actual


def same_body(expected, actual):
    expected, actual = number_free(expected), number_free(actual)
    if masked_equal(expected, actual):
        return True
    try:
        return same_json(parse(expected), parse(actual))
    except ValueError:
        return False


def same_headers(expected, actual):
    def clean(headers):
        return [[k, "" if k == "content-length" else v] for k, v in headers]
    return clean(expected) == clean(actual)


def differences(expected, actual):
    """What does not match, one word each."""
    found = []
    if actual.status != expected["status"]:
        found.append(f"status {actual.status} instead of {expected['status']}")
    if not same_headers(expected["headers"], actual.headers):
        found.append("headers")
    if "chunks" in expected:
        wanted, got = expected["chunks"], actual.chunks or []
        if len(wanted) == len(got) and sorted(wanted[1:]) == sorted(got[1:]):
            got = got[:1] + wanted[1:]  # Rows of two partitions have no order.
        if not same_body("".join(wanted), "".join(got) if got else actual.text()):
            found.append("body")
        elif len(wanted) != len(got) or not all(same_body(a, b) for a, b in zip(wanted, got)):
            found.append("chunks")
    elif not same_body(expected.get("body") or "", actual.text()):
        found.append("body")
    if expected.get("end") != actual.end:
        found.append("end")
    return found


def limited_changes(exchange):
    """The request's body without its LIMIT, when it asks for the first changes of a table."""
    body = exchange["request"]["body"] or ""
    if "chunks" not in exchange["response"] or not re.search(r"FROM (counts|tumb) EMIT CHANGES LIMIT", body):
        return None
    return re.sub(r" LIMIT \d+", "", body)


def in_changes(expected, actual):
    """Do all of the rows stand among more changes? Where a commit fell decides which changes came before them."""
    rows = [chunk.strip(",\n") for chunk in expected["chunks"] if "columns" in chunk or chunk.startswith("[\"")]
    text = number_free(actual.text())
    return bool(rows) and all(number_free(row.rstrip(",")) in text for row in rows)


class QueryIds:
    """Ids that the recorded server gave to queries, as the one that replays gave them."""

    pattern = re.compile(r'"queryId":"((?:C[ST]AS|CST|INSERTQUERY)_\w+)"')

    def __init__(self):
        self.actual = {}

    def learn(self, expected, actual):
        recorded, replayed = self.pattern.findall(expected), self.pattern.findall(actual)
        if len(recorded) == len(replayed):
            self.actual.update(zip(recorded, replayed))

    def translate(self, text):
        return re.sub(r"\b(?:C[ST]AS|CST|INSERTQUERY)_\w+\b", lambda m: self.actual.get(m[0], m[0]), text)


def replayable(exchange):
    request, response = exchange["request"], exchange["response"]
    return request.get("http") == "1.1" and "raw" not in response and "status" in response


def replay(server, exchange, retry, ids):
    request, expected = exchange["request"], exchange["response"]
    headers = {k: v for k, v in request["headers"].items() if k not in ("Host", "Content-Length")}
    hang_up = HANG_UP_SECONDS if str(expected.get("end")).startswith("timeout") else 20
    until = time.monotonic() + (SETTLE_SECONDS if retry else 0)
    body = None if request["body"] is None else ids.translate(request["body"])
    while True:
        actual = server.request(request["method"], request["path"], body, headers, hang_up)
        ids.learn(expected.get("body") or "", actual.text())
        found = differences(expected, actual)
        if found == ["body"] and (unlimited := limited_changes(exchange)):
            more = server.request(request["method"], request["path"], unlimited, headers, HANG_UP_SECONDS)
            found = [] if in_changes(expected, more) else found
        if not found or found == ["headers"] or time.monotonic() > until:
            return actual, found
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("golden", type=pathlib.Path)
    parser.add_argument("passing", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("--failures", action="store_true", help="name what does not match in each")
    options = parser.parse_args()
    if not options.golden.is_dir():
        print(f"no recordings at {options.golden}: skipped")
        return SKIPPED
    must = [line for line in options.passing.read_text().split("\n") if line and line[0] != "#"]
    passed, failed, ids = [], {}, QueryIds()
    server = Server(options.program, **{"ksql.streams.commit.interval.ms": "200"})
    try:
        server.start()
        for name in FILES:
            for line in (options.golden / f"{name}.jsonl").read_text().splitlines():
                exchange = json.loads(line)
                key = f"{name}:{exchange['n']}"
                if not replayable(exchange):
                    continue
                # Tables fill, and groups hear of positions, behind the statements' backs; only what is expected to match is
                # waited for.
                asks = name == "06-pull" or "DESCRIBE" in (exchange["request"].get("body") or "")
                retry = asks and (key in must or options.update)
                try:
                    actual, found = replay(server, exchange, retry, ids)
                except (OSError, ValueError) as error:
                    actual, found = None, [repr(error)]
                    if server.process.poll() is not None:
                        print(f"{key}: the server ended with {server.process.poll()}\n{server.log()[-3000:]}")
                        return 1
                if found:
                    failed[key] = found
                else:
                    passed.append(key)
                if key in options.show and actual is not None:
                    print(key, exchange["request"], "\nEXPECTED", json.dumps(exchange["response"], indent=1),
                          "\nACTUAL", actual.status, actual.headers, actual.end, actual.chunks or actual.text())
    finally:
        if server.process is not None:
            server.stop()
        server.close()
    broken = [key for key in must if key not in passed]
    fresh = [key for key in passed if key not in must]
    if options.failures:
        for key, found in failed.items():
            print(key, ", ".join(found))
    print(f"{len(passed)} of {len(passed) + len(failed)} exchanges match; {len(fresh)} of them are new")
    if options.update:
        kept = sorted({*must, *passed} - set(broken), key=lambda key: (key.split(":")[0], int(key.split(":")[1])))
        options.passing.write_text("# Exchanges of the golden files that match; see golden_test.py.\n"
                                   + "\n".join(kept) + "\n")
        return 0
    for key in broken:
        print(f"no longer matches: {key}: {', '.join(failed.get(key, ['not replayed']))}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
