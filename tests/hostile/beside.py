"""What every hostile test stands on: a small server, innocent queries in it, a prober beside it, and what must hold after each
attack: the same process, no larger than it may be, nobody waits, no row is missing or there twice. Standard library only.

After each attack the figures are printed. A wait may be a second, or several times what the prober waited while nothing else
was going on; what the prober itself woke up late, the machine's part, comes on top. So a slow machine fails nothing.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rest"))
from rest_server import Server, wait_until  # pylint: disable=wrong-import-position

MB = 1 << 20
BUDGET = 96 * MB
# The program itself, its threads, statements that are planned, a batch or two of each thread, what the allocator keeps for a
# moment: what no budget counts.
BESIDE = 160 * MB
TIME_ZERO = 1_700_000_000_000
DELIMITED = "application/vnd.ksqlapi.delimited.v1"
SEED = 20260101
INNOCENT = """
CREATE STREAM beside (id VARCHAR KEY, n BIGINT, g INT) WITH (KAFKA_TOPIC='beside', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE STREAM kept AS SELECT id, n FROM beside WHERE n % 2 = 0;
CREATE TABLE counted AS SELECT g, COUNT(*) AS c FROM beside WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY g;
CREATE TABLE latest AS SELECT id, COUNT(*) AS c FROM beside GROUP BY id;
CREATE STREAM joined AS SELECT b.id AS id, b.n AS n, u.name AS name FROM beside b JOIN users u ON b.id = u.id;
"""
# An attacker's row is given up soon, for the test's sake: nobody waits for it.
PROPERTIES = {"millrace.memory.bytes": str(BUDGET), "millrace.row.ms.max": "200",
              "ksql.streams.num.stream.threads": "2", "millrace.http.header.timeout.ms": "1500",
              "millrace.http.body.timeout.ms": "1500"}


class Settings:
    """Of the command line: the program, and whether it runs under a sanitizer, which makes all of it slower and larger."""

    program, small = None, False

    @classmethod
    def rounds(cls, number):
        return max(1, number // 5) if cls.small else number


def innocent_server(**properties):
    """Started, with the innocent queries in it."""
    server = Server(Settings.program, **{**PROPERTIES, **properties}).start()
    answer = server.ksql(INNOCENT, {"auto.offset.reset": "earliest"})
    assert answer.status == 200, answer.text()
    users = "\n".join(json.dumps({"topic": "users", "key": f"k{i}", "value": json.dumps({"name": f"name{i}"}), "timestamp": 1})
                      for i in range(10))
    assert server.request("POST", "/millrace/produce", users).status == 200
    return server


def rows(server, sql, properties=None):
    """A pull query's rows."""
    answer = server.query(sql, properties, DELIMITED)
    if answer.status != 200:
        return None
    return [json.loads(line) for line in answer.text().splitlines()[1:] if line.startswith("[")]


def check_truth(test, server, sent):
    """Every query's results are those of rows 0 … sent−1."""
    windows = collections.Counter((n % 7, (TIME_ZERO + n * 50) // 1000 * 1000) for n in range(sent))
    wait_until("all counts", lambda: sum(row[1] for row in rows(server, "SELECT id, c FROM latest;")) >= sent, 60)
    test.assertEqual(dict(rows(server, "SELECT id, c FROM latest;")), collections.Counter(f"k{n % 10}" for n in range(sent)))
    wait_until("all windows", lambda: sum(row[2] for row in rows(server, "SELECT g, WINDOWSTART, c FROM counted;")) >= sent, 60)
    test.assertEqual({(g, start): c for g, start, c in rows(server, "SELECT g, WINDOWSTART, c FROM counted;")}, windows)
    wait_until("all joins", lambda: len(rows(server, "SELECT n FROM joined;")) >= sent, 60)
    test.assertEqual(sorted(map(tuple, rows(server, "SELECT n, name FROM joined;"))), [(n, f"name{n % 10}") for n in range(sent)])
    test.assertEqual(sorted(row[0] for row in rows(server, "SELECT n FROM kept;")), list(range(0, sent, 2)))


class Prober:
    def __init__(self, server, first=0):
        self.process = subprocess.Popen([sys.executable, "-B", str(HERE / "prober.py"), str(server.port), str(server.process.pid),
                                         str(first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the prober has ended")
        return json.loads(line)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Hostile(unittest.TestCase):
    """Each test is one kind of attack on one server that they share."""

    properties = {}

    @classmethod
    def setUpClass(cls):
        cls.server = innocent_server(**cls.properties)
        cls.addClassCleanup(cls.server.close)
        cls.pid = cls.server.process.pid
        cls.prober = Prober(cls.server)
        cls.addClassCleanup(cls.prober.close)
        time.sleep(0.5)
        cls.prober.ask("mark")
        time.sleep(1.5)
        idle = cls.prober.ask("mark")
        cls.idle = max(idle[name] for name in ("row", "produce", "health", "lookup"))
        cls.tell("idle", idle, 0)

    @classmethod
    def tearDownClass(cls):
        end = cls.prober.ask("stop")
        case = unittest.TestCase()
        case.assertEqual(end["faults"], [])
        case.assertEqual(sorted(end["rows"]), list(range(0, end["sent"], 2)), "the push query's rows")
        check_truth(case, cls.server, end["sent"])
        print(f"    the truth: {end['sent']} rows, each once in every query", file=sys.stderr)

    @staticmethod
    def tell(name, figures, bound):
        waits = ", ".join(f"{each} {figures[each] * 1000:.0f}" for each in ("row", "produce", "health", "lookup", "late"))
        print(f"    {name}: {figures['largest'] / MB:.0f} MB, ms at most: {waits}" + (f" (of {bound * 1000:.0f})" if bound else "") +
              (f", told to wait {figures['refused']} times" if figures["refused"] else ""), file=sys.stderr)

    def setUp(self):
        self.random = random.Random(SEED)
        if self.server.process.poll() is not None:
            self.skipTest("the server has ended before")
        self.prober.ask("mark")
        self.began = time.monotonic()

    def tearDown(self):
        """What must hold after each attack."""
        time.sleep(0.3)  # For what comes of it a moment later.
        figures = self.prober.ask("mark")
        bound = max(1.0, 8 * self.idle) * (4 if Settings.small else 1) + 4 * figures["late"]
        self.tell(f"{self.id().split('.')[-1]} ({time.monotonic() - self.began:.1f} s)", figures, bound)
        self.assertIsNone(self.server.process.poll(), self.server.log()[-2000:])
        self.assertEqual(self.server.process.pid, self.pid)
        self.assertEqual(figures["faults"], [])
        if not Settings.small:  # What a sanitizer takes is no measure.
            self.assertLess(figures["largest"], BUDGET + BESIDE)
        for name in ("row", "produce", "health", "lookup"):
            self.assertLess(figures[name], bound, f"{name}, while the prober itself was {figures['late']} s late")

    def statement(self, text, properties=None):
        """It is answered: taken or refused with a reason, never 5xx. The answer."""
        return self.answered(self.server.ksql(text, properties), text)

    def answered(self, answer, what):
        shown = what if len(what) < 300 else what[:300]
        self.assertLess(answer.status, 500, (shown, answer.text()[:600]))
        if answer.status >= 400:
            self.assertTrue(answer.json()["message"].strip(), shown)
        return answer

    def refused(self, text, message=None):
        answer = self.statement(text)
        self.assertGreaterEqual(answer.status, 400, text[:300])
        if message:
            self.assertIn(message, answer.json()["message"])
        return answer

    def made(self, text, properties=None):
        answer = self.statement(text, properties)
        self.assertEqual(answer.status, 200, (text[:300], answer.text()[:600]))
        return answer

    def produce(self, topic, values, keys=None, timestamps=None):
        """Values are str, or None; a batch a time, again while the server says that it is full."""
        lines = []
        for i, value in enumerate(values):
            line = {"topic": topic, "value": value}
            if keys:
                line["key"] = keys[i % len(keys)]
            if timestamps:
                line["timestamp"] = timestamps[i % len(timestamps)]
            lines.append(json.dumps(line))
        while lines:
            size, count = 0, 0
            while count < len(lines) and (count == 0 or size + len(lines[count]) < 4 * MB):
                size += len(lines[count])
                count += 1
            batch, lines = lines[:count], lines[count:]
            wait_until("room for records", lambda batch=batch: self.taken(batch), 60)

    def taken(self, batch):
        answer = self.server.request("POST", "/millrace/produce", "\n".join(batch))
        self.assertIn(answer.status, (200, 429, 503), answer.text()[:300])
        return answer.status == 200


def side_by_side(acts):
    """Each on a thread of its own; the first failure is raised when all are over."""
    faults = []

    def run(act):
        try:
            act()
        except BaseException as fault:  # pylint: disable=broad-except
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--small", action="store_true", help="fewer rounds, more time: for a build with a sanitizer")
    known, rest = parser.parse_known_args()
    Settings.program, Settings.small = str(pathlib.Path(known.program).resolve()), known.small
    unittest.main(module="__main__", argv=[sys.argv[0], *rest], verbosity=1)
