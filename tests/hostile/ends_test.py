#!/usr/bin/env python3
"""What ends a server, or nearly does: kill -9 in the midst, a full disk, foreign bytes in the topics that it keeps for itself.
On the server's own log on disk: no broker.

    ends_test.py MILLRACE [--small]

The internal topics are closed to everybody. Foreign bytes come by a second server, of another service, over the same log, as
another program comes by the same broker.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from beside import PROPERTIES, SEED, INNOCENT, TIME_ZERO, Server, Settings, check_truth, innocent_server, main, rows, wait_until

# Each row once, whatever ends the server.
ON_DISK = {"millrace.memory": "false", "ksql.streams.state.dir": "data", "ksql.streams.processing.guarantee": "exactly_once_v2"}


def line_of(number):
    return json.dumps({"topic": "beside", "key": f"k{number % 10}", "value": json.dumps({"n": number, "g": number % 7}),
                       "timestamp": TIME_ZERO + number * 50})


class EndsTest(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.sent = 0

    def server(self, **properties):
        server = innocent_server(**{**ON_DISK, **properties})
        self.addCleanup(server.close)
        return server

    def produce(self, server, count):
        """Some rows; False: not all were taken."""
        for _ in range(count):
            answer = server.request("POST", "/millrace/produce", line_of(self.sent))
            if answer.status != 200:
                return False
            self.sent += 1
        return True

    def settle(self, server):
        """The row that was on its way when the server ended: is it there?"""
        numbers = wait_until("the topic", lambda: rows(server, "SELECT n FROM beside;"), 30)
        there = sorted(row[0] for row in numbers)
        self.assertEqual(there, list(range(len(there))))
        self.assertIn(len(there), (self.sent, self.sent + 1))
        self.sent = len(there)

    def test_killed_in_the_midst(self):
        server = self.server()
        for _ in range(Settings.rounds(5)):
            killer = threading.Timer(self.random.uniform(0.2, 0.8), lambda: os.kill(server.process.pid, signal.SIGKILL))
            killer.start()
            try:
                while self.produce(server, 10):
                    server.ksql("CREATE STREAM IF NOT EXISTS other AS SELECT * FROM beside; DROP STREAM IF EXISTS other DELETE TOPIC;")
            except (OSError, ConnectionError, ValueError):
                pass
            killer.join()
            server.process.wait()
            server.start()
            self.settle(server)
        self.assertTrue(self.produce(server, 50))
        check_truth(self, server, self.sent)
        print(f"    killed: {self.sent} rows, each once in every query", file=sys.stderr)

    def test_a_full_disk(self):
        disk = pathlib.Path(tempfile.mkdtemp(prefix="millrace-disk."))
        self.addCleanup(shutil.rmtree, disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk], check=False, capture_output=True).returncode != 0:
            self.skipTest("only root may mount")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        server = self.server(**{"ksql.streams.state.dir": str(disk / "data"), "millrace.disk.reserve.bytes": "32000000"})
        self.assertTrue(self.produce(server, 100))
        for _ in range(3):
            try:
                with open(disk / "ballast", "wb", buffering=0) as ballast:
                    while True:
                        ballast.write(b"x" * 65536)
            except OSError:
                pass
            wait_until("a full disk", lambda: not self.produce(server, 1), 30)
            self.assertEqual(server.request("GET", "/info").status, 200)
            self.assertIsNotNone(rows(server, "SELECT id, c FROM latest WHERE id = 'k3';"))
            self.assertIsNone(server.process.poll(), server.log())
            (disk / "ballast").unlink(missing_ok=True)
            wait_until("room", lambda: self.produce(server, 1), 30)
            self.assertTrue(self.produce(server, 50))
        check_truth(self, server, self.sent)
        print(f"    full disk: {self.sent} rows, each once in every query", file=sys.stderr)

    def foreign(self, server, write):
        """`write`(stranger, names of the topics of `server`'s service) while `server` is down."""
        self.assertEqual(server.stop(), 0)
        stranger = Server(Settings.program, **{**PROPERTIES, **server.properties, "ksql.service.id": "stranger_",
                                               "ksql.readonly.topics": "none", "ksql.hidden.topics": "none"})
        self.addCleanup(stranger.close)
        shutil.rmtree(stranger.dir)
        stranger.dir = server.dir
        stranger.log_path = server.dir / "stranger"
        stranger.start()
        topics = [each["name"] for each in stranger.ksql("SHOW ALL TOPICS;").json()[0]["topics"]]
        write(stranger, [name for name in topics if "confluent-ksql-default_" in name])
        self.assertEqual(stranger.stop(), 0)
        server.start()

    def junk(self):
        kinds = [lambda: self.random.randbytes(self.random.randint(0, 300)).decode("latin-1"), lambda: "[" * 100_000, lambda: None,
                 lambda: "", lambda: json.dumps({"statement": "DROP STREAM beside;"}), lambda: '{"a":' * 1000, lambda: "\x00" * 64]
        return self.random.choice(kinds)()

    def attacked(self, kinds, restarts):
        server = self.server()
        self.assertTrue(self.produce(server, 100))
        check_truth(self, server, self.sent)
        hit = set()

        def write(stranger, topics):
            for topic in topics:
                kind = next((each for each in kinds if each in topic), None)
                if kind is None:
                    continue
                hit.add(kind)
                lines = [json.dumps({"topic": topic, "key": self.junk(), "value": self.junk()}) for _ in range(Settings.rounds(40))]
                answer = stranger.request("POST", "/millrace/produce", "\n".join(lines))
                if answer.status != 200:  # A compacted topic takes no record without a key.
                    self.assertIn("key", answer.text())

        for _ in range(restarts):
            self.foreign(server, write)
            self.assertTrue(self.produce(server, 50))
        return server, hit

    def test_foreign_bytes_in_the_topics_between_tasks(self):
        server, hit = self.attacked(["-repartition"], Settings.rounds(3))
        self.assertEqual(hit, {"-repartition"})
        check_truth(self, server, self.sent)

    def test_foreign_bytes_in_changelogs_and_positions(self):
        server, hit = self.attacked(["-changelog", "slots"], Settings.rounds(3))
        self.assertEqual(hit, {"-changelog", "slots"})
        wait_until("an answer", lambda: server.ksql("SHOW QUERIES;").status == 200)
        self.assertEqual(server.request("GET", "/info").status, 200)
        print("    " + "\n    ".join(sorted({line.split("reason=")[0][-120:] for line in server.log().splitlines() if "WARN" in line})[:10]), file=sys.stderr)

    def test_foreign_bytes_in_the_command_topic(self):
        server, hit = self.attacked(["command_topic"], Settings.rounds(3))
        self.assertEqual(hit, {"command_topic"})
        check_truth(self, server, self.sent)


if __name__ == "__main__":
    main()
