#!/usr/bin/env python3
"""What a server says and does of topics on disk that are not what they were: cut, damaged, gone. No broker.

    durability_test.py MILLRACE
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from rest_server import READY, Server, wait_until

PROGRAM = None
STOP_SECONDS = 3
STATEMENTS = ("CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=2);"
              "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;")


class DurabilityTest(unittest.TestCase):
    def server(self, **properties):
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data", **properties})
        self.addCleanup(server.close)
        return server

    def fill(self, server, num_rows, prefix=""):
        for base in range(0, num_rows, 500):
            rows = "\n".join(json.dumps({"topic": "s", "key": f"{prefix}k{i % 9}", "value": json.dumps({"V": i})})
                             for i in range(base, min(base + 500, num_rows)))
            self.assertEqual(server.request("POST", "/millrace/produce", rows).status, 200)

    def counted(self, server):
        lines = server.query("SELECT id, n FROM t;").text().splitlines()
        return sum(json.loads(line)[1] for line in lines if line.startswith("["))

    def rows(self, server):
        """Of the topic, as a query sees it that reads it now."""
        rows = server.query("SELECT v FROM s;").text().splitlines()
        return sum(1 for line in rows if line.startswith("["))

    def killed(self, num_rows=10000):
        """A server that has counted so many rows, after kill -9; the file that holds most of its topics."""
        server = self.server().start()
        self.assertEqual(server.ksql(STATEMENTS).status, 200)
        for _ in range(10):
            self.fill(server, num_rows // 10)
            time.sleep(0.12)  # So that it takes many commits to count them.
        wait_until("all rows", lambda: self.counted(server) == num_rows)
        server.process.kill()
        server.process.wait()
        files = sorted((server.dir / "data" / "log").glob("*.log"), key=lambda file: file.stat().st_size)
        return server, files[-1]

    def test_a_log_that_lost_its_end_and_a_table_agree(self):
        server, file = self.killed()
        os.truncate(file, file.stat().st_size * 4 // 5)
        server.start()
        self.assertRegex(server.log(), r"WARN Log in data/log is not whole at its end.*\.log, byte \d+")
        wait_until("the same", lambda: self.counted(server) == self.rows(server))
        self.assertGreater(self.rows(server), 7000)
        self.assertLess(self.rows(server), 10000)
        self.fill(server, 1000)
        wait_until("the same", lambda: self.counted(server) == self.rows(server))

    def test_damage_to_what_was_acknowledged_ends_the_start_unless_it_is_cut(self):
        server, file = self.killed()
        with open(file, "r+b") as damaged:
            damaged.seek(file.stat().st_size // 2)
            damaged.write(b"damage")
        server.start(wait=False)
        self.assertEqual(server.process.wait(20), 1)
        self.assertRegex(server.log(), rf"millrace: Log in data/log is damaged: {file.name}, byte \d+: .*"
                                       r"topic s, partition 0: \d+ records from offset \d+ on.*"
                                       r"millrace\.log\.damaged=cut")
        server.properties["millrace.log.damaged"] = "cut"
        server.start()
        self.assertRegex(server.log(), r"ERROR Log in data/log is damaged and cut")
        wait_until("the same", lambda: 0 < self.counted(server) == self.rows(server))
        self.assertLess(self.rows(server), 7000)

    def test_state_of_another_log_is_not_used(self):
        servers = []
        for prefix in "ab":
            server = self.server().start()
            servers.append(server)
            self.assertEqual(server.ksql(STATEMENTS).status, 200)
            for _ in range(1 if prefix == "a" else 5):
                self.fill(server, 100, prefix)
                time.sleep(0.25)
            wait_until("all rows", lambda: self.counted(server) == self.rows(server))
            self.assertEqual(server.stop(), 0)
        first, second = servers
        shutil.rmtree(second.dir / "data" / "state")
        shutil.move(first.dir / "data" / "state", second.dir / "data" / "state")
        second.start()
        self.assertRegex(second.log(), r"WARN the state kept here belongs to the log \S+, and this is \S+: it is dropped")
        wait_until("the second's rows, and no other", lambda: self.counted(second) == 500)
        self.assertNotIn("ak0", second.query("SELECT id, n FROM t;").text())

    def test_damage_to_the_commands_ends_the_start(self):
        server, _ = self.killed(1000)
        server.start()
        self.assertEqual(server.stop(), 0)
        for file in (server.dir / "data" / "log").glob("*.sst"):
            with open(file, "r+b") as damaged:
                damaged.seek(20)
                damaged.write(b"damage" * 4)
        server.start(wait=False)
        self.assertEqual(server.process.wait(20), 1)
        self.assertRegex(server.log(), r"millrace: .*Log in data/log: Corruption: .*\.sst")
        self.assertNotRegex(server.log(), READY)

    def take_the_rest(self, path):
        with open(path, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass

    def test_a_full_disk_is_waited_for(self):
        disk = pathlib.Path(tempfile.mkdtemp(prefix="millrace-disk."))
        self.addCleanup(shutil.rmtree, disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", disk], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("only root may mount")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": str(disk / "data"),
                                    "millrace.disk.reserve.bytes": "16000000"})
        self.addCleanup(server.close)
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (16 << 20))
        server.start()
        self.assertEqual(server.ksql(STATEMENTS + "CREATE STREAM copy AS SELECT * FROM s;").status, 200)
        told, answer = 0, None
        for _ in range(1500):
            noise = base64.b64encode(os.urandom(75000)).decode()
            rows = "\n".join(json.dumps({"topic": "s", "key": f"k{i % 9}",
                                         "value": json.dumps({"V": i, "NOISE": noise[i * 1000:i * 1000 + 1000]})})
                             for i in range(100))
            answer = server.request("POST", "/millrace/produce", rows)
            if answer.status != 200:
                break
            told += 100
        self.assertNotEqual(answer.status, 200)
        self.take_the_rest(disk / "more")  # So that the reserve is gone, too.
        for statement in ("INSERT INTO s VALUES ('k', 1);",
                          "CREATE STREAM other (id VARCHAR KEY) WITH (KAFKA_TOPIC='other', VALUE_FORMAT='JSON', PARTITIONS=1);"):
            answer = server.ksql(statement)
            self.assertEqual(answer.status, 500)
            self.assertIn("no room on the disk", answer.text())
        self.assertIn("RUNNING", server.ksql("SHOW QUERIES;").text())
        time.sleep(1)
        self.assertIsNone(server.process.poll(), server.log())
        (disk / "more").unlink()
        ballast.unlink()
        wait_until("an insert", lambda: server.ksql("INSERT INTO s VALUES ('k', 1);").status == 200, 20)
        wait_until("all that was told", lambda: told < self.counted(server) == self.rows(server), 20)
        self.assertLessEqual(self.counted(server), told + 100 + 20)

        def is_full_again():
            self.take_the_rest(ballast)  # Also what RocksDB has given back meanwhile.
            return server.ksql("INSERT INTO s VALUES ('k', 1);").status == 500

        wait_until("a full disk", is_full_again)
        self.assertEqual(server.stop(STOP_SECONDS), 0)


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
