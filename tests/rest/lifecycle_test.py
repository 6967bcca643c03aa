#!/usr/bin/env python3
"""How a server starts beside another one, and how it stops, with topics and state on disk. No broker.

    lifecycle_test.py MILLRACE
"""
import json
import pathlib
import signal
import sys
import threading
import time
import unittest

from rest_server import Server, wait_until

PROGRAM = None
STREAM = "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
STOP_SECONDS = 3


class LifecycleTest(unittest.TestCase):
    def server(self, directory=None, **properties):
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": str(directory or "data"),
                                    **properties})
        self.addCleanup(server.close)
        return server

    def test_a_state_directory_is_one_servers(self):
        first = self.server().start()
        directory = first.dir / "data"
        second = self.server(directory).start(wait=False)
        self.assertEqual(second.process.wait(20), 1)
        said = [line for line in second.log().splitlines() if line.startswith("millrace: ")]
        self.assertEqual(said, [f"millrace: The state directory {directory} is in use by another server (process "
                                f"{first.process.pid}): stop it, or give this one a ksql.streams.state.dir of its own."])
        self.assertEqual(first.ksql(STREAM).status, 200)
        # Whatever ended the first, its directory is free.
        first.process.kill()
        first.process.wait()
        third = self.server(directory).start()
        self.assertIn('"S"', third.ksql("SHOW STREAMS;").text())

    def test_a_servers_id_is_made_once(self):
        server = self.server().start()
        path = server.dir / "data" / "server-id"
        made = path.read_text()
        self.assertRegex(made, r"^server-[0-9a-f]{16}\n$")
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(path.read_text(), made)
        wait_until("its slots", lambda: f"server={made.strip()} slots=" in server.log())
        self.assertEqual(server.stop(), 0)
        server.properties["millrace.server.id"] = "mine"
        server.start()
        wait_until("its slots", lambda: "server=mine slots=" in server.log())
        self.assertEqual(path.read_text(), made)

    def test_health_says_why_nothing_works(self):
        server = self.server().start()
        health = lambda: server.request("GET", "/healthcheck").json()  # noqa: E731
        wait_until("its slots", lambda: "slots=16 assigned" in server.log())
        self.assertEqual(set(health()["details"]), {"metastore", "kafka", "commandRunner"})
        self.assertEqual(server.stop(), 0)
        server.properties["millrace.slots"] = 8
        server.start()
        wait_until("the reason", lambda: "membership" in health()["details"])
        self.assertFalse(health()["isHealthy"])
        self.assertRegex(health()["details"]["membership"]["reason"],
                         r"^topic \S+ has 16 partitions, but millrace\.slots is 8$")

    def test_what_a_server_keeps_is_its_users_alone(self):
        server = self.server().start()
        server.ksql(STREAM + "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;"
                    "INSERT INTO s VALUES ('a', 1);")
        self.assertEqual(server.stop(), 0)
        kept = server.dir / "data"
        for path in [kept, *kept.rglob("*")]:
            self.assertEqual(oct(path.stat().st_mode & 0o777), "0o700" if path.is_dir() else "0o600", path)
        # Of a folder that somebody else has made, only what is in it is the server's to close.
        shared = server.dir / "shared"
        shared.mkdir()
        shared.chmod(0o755)
        other = self.server(shared).start()
        self.assertEqual(other.stop(), 0)
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [shared, *shared.iterdir()]}
        self.assertEqual(modes, {"shared": "0o755", "lock": "0o600", "server-id": "0o600", "log": "0o700",
                                 "state": "0o700"})

    def test_behind_a_command_that_it_cannot_read_a_server_only_reads(self):
        # Written through a server of another id, which may be told that these topics are open.
        server = self.server(**{"ksql.service.id": "a_", "ksql.hidden.topics": "none",
                                "ksql.readonly.topics": "none"}).start()
        topic = "_confluent-ksql-b__command_topic"
        server.ksql(f"CREATE STREAM c (v VARCHAR) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON', PARTITIONS=1);")
        record = {"topic": topic, "key": '"stream/`X`/create"', "value": '{"version":2}'}
        self.assertEqual(server.request("POST", "/millrace/produce", json.dumps(record)).status, 200)
        self.assertEqual(server.stop(), 0)
        server.properties["ksql.service.id"] = "b_"
        server.start()
        health = server.request("GET", "/healthcheck").json()
        self.assertFalse(health["isHealthy"])
        self.assertFalse(health["details"]["commandRunner"]["isHealthy"])
        self.assertIn("cannot be read on from offset 0", health["details"]["commandRunner"]["reason"])
        self.assertEqual(server.ksql("SHOW STREAMS;").status, 200)
        refused = server.ksql(STREAM)
        self.assertEqual(refused.status, 500)
        self.assertIn("This server only reads: ", refused.json()["message"])
        self.assertEqual(server.stop(), 0)

    def stopped_within(self, server):
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        took = time.monotonic() - began
        self.assertLess(took, STOP_SECONDS, server.log())

    def test_a_stop_waits_for_no_statement_and_no_query(self):
        server = self.server().start()
        server.ksql(STREAM + "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;")
        rows = "\n".join(json.dumps({"topic": "s", "key": f"k{i % 9}", "value": {"V": i}}) for i in range(2000))
        server.request("POST", "/millrace/produce", rows)
        waiting = [lambda: server.ksql("ASSERT TOPIC nowhere TIMEOUT 60 SECONDS;"),
                   lambda: server.query("SELECT * FROM s EMIT CHANGES;"),
                   lambda: server.query("PRINT s FROM BEGINNING;")]
        for wait in waiting:
            def ignore(ask=wait):
                try:
                    ask()
                except (OSError, ValueError, IndexError):
                    pass
            threading.Thread(target=ignore, daemon=True).start()
        time.sleep(0.5)
        self.stopped_within(server)
        self.assertIn("stopped", server.log())

    def test_an_interrupt_that_is_ignored_is_for_others(self):
        ignoring = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)  # As a shell's `server &` in a script.
        server = Server(PROGRAM).start(before=ignoring)
        self.addCleanup(server.close)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertEqual(server.request("GET", "/info").status, 200)
        self.assertEqual(server.stop(), 0)
        server = Server(PROGRAM).start()
        self.addCleanup(server.close)
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(20), 0)

    def test_a_stop_during_the_start(self):
        server = self.server().start()
        server.ksql(STREAM)
        self.assertEqual(server.stop(), 0)
        server.start(wait=False)
        time.sleep(0.02)
        # Before it listens for signals the default holds: then it has nothing to stop.
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        self.assertIn(server.process.wait(20), (0, -signal.SIGTERM))
        self.assertLess(time.monotonic() - began, STOP_SECONDS)


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
