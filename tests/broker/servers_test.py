#!/usr/bin/env python3
"""Servers of one service on a real broker: only one is at work, and it stops whatever the broker does."""
import json
import os
import pathlib
import signal
import threading
import time
import unittest

import harness

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
JOB = """CREATE STREAM clicks (user_id VARCHAR, n BIGINT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE counts AS SELECT user_id, COUNT(*) AS c FROM clicks GROUP BY user_id EMIT CHANGES;
CREATE STREAM copy AS SELECT * FROM clicks;"""
STOP_SECONDS = 3


class ServersTest(unittest.TestCase):
    """Each on a broker of its own, because some of these stop it."""

    def setUp(self):
        harness.say(self.id().split(".")[-1])
        self.broker = harness.Broker()
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.tool = harness.Tool(harness.BrokerTest.arguments.tool, self.broker.brokers)
        self.service = f"servers_{time.time_ns()}_"

    def server(self, **more):
        server = harness.Server(harness.BrokerTest.arguments.millrace,
                                {"bootstrap.servers": self.broker.brokers, "ksql.service.id": self.service,
                                 "ksql.streams.commit.interval.ms": 100, "ksql.streams.num.stream.threads": 1, **more})
        self.addCleanup(server.close)
        return server

    def at_work(self, **more):
        server = self.server(**more).start()
        server.wait_healthy(30)
        harness.wait_for("its slots", lambda: "slots=16 assigned" in server.log(), 30)
        return server

    def refused(self, server, first):
        """It ended with a sentence that names the first."""
        self.assertEqual(server.process.wait(30), 1)
        said = [line for line in server.log().splitlines() if line.startswith("millrace: ")]
        self.assertEqual(len(said), 1, server.log())
        self.assertRegex(said[0], rf"^millrace: Server '\S+' \(process {first.process.pid} on host \S+\) is already at "
                                  rf"work for ksql\.service\.id={self.service}: stop it, or give this server a "
                                  r"ksql\.service\.id of its own\.$")

    def test_a_second_server_ends_at_once(self):
        first = self.at_work()
        second = self.server().start()
        self.refused(second, first)
        # Ids that were set: the same one, and another.
        for name in ("a", "b"):
            self.refused(self.server(**{"millrace.server.id": name}).start(), first)
        self.assertTrue(first.healthy())
        self.assertEqual(first.log().count("slots=16 assigned"), 1, "the first lost its slots")

    def test_a_twin_with_the_same_id_ends_at_once(self):
        first = self.at_work(**{"millrace.server.id": "twin"})
        self.refused(self.server(**{"millrace.server.id": "twin"}).start(), first)
        self.assertTrue(first.healthy())

    def test_one_that_comes_back_beside_another_tells_no_part_as_the_whole(self):
        first = self.at_work(**EARLIEST)
        first.ksql(JOB)
        os.kill(first.process.pid, signal.SIGSTOP)
        time.sleep(14)  # Longer than its session.
        second = self.server(**EARLIEST).start()
        second.wait_healthy(60)
        os.kill(first.process.pid, signal.SIGCONT)
        for server in (first, second):
            harness.wait_for("both to say so", lambda at=server: not at.healthy(), 60)
        for server in (first, second):
            for ask in (lambda at: at.query("SELECT * FROM counts;"), lambda at: at.ksql("CREATE STREAM more AS SELECT * FROM clicks;")):
                with self.assertRaisesRegex(harness.Refused, f"Another server of ksql.service.id '{self.service}' is at work"):
                    ask(server)
        self.assertEqual(first.stop(), 0)
        second.wait_healthy(60)
        self.assertEqual(second.query("SELECT * FROM counts;"), [])

    def test_a_server_that_was_killed_is_back_at_once(self):
        for more in ({}, {"millrace.server.id": "mine"}):
            server = self.at_work(**more)
            server.kill()
            began = time.monotonic()
            server.start()
            server.wait_healthy(30)
            harness.wait_for("its slots", lambda at=server: at.log().count("slots=16 assigned") == 2, 30)
            harness.say(f"back after {time.monotonic() - began:.2f} s")
            self.assertLess(time.monotonic() - began, harness.BrokerTest.arguments.back_ms / 1000)
            server.kill()
            # Another one in its place, with a directory of its own.
            other = self.server().start()
            other.wait_healthy(30)
            other.kill()

    def running(self):
        server = self.at_work()
        server.ksql(JOB, EARLIEST)
        rows = [("k", json.dumps({"user_id": f"u{i % 10}", "n": i})) for i in range(2000)]
        self.tool.produce("clicks", rows)
        harness.wait_for("the copy", lambda: len(self.tool.dump("COPY")) == 2000, 30, 0.3)
        return server

    def stopped_within(self, server):
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        took = time.monotonic() - began
        harness.say(f"stopped after {took:.2f} s")
        self.assertLess(took, STOP_SECONDS, server.log()[-2000:])

    def test_it_stops_with_the_broker_gone(self):
        server = self.running()
        self.tool.produce("clicks", [("k", json.dumps({"user_id": "u", "n": 1}))])
        self.broker.kill()
        time.sleep(2)
        self.stopped_within(server)

    def silent(self):
        """The broker takes connections and answers nothing, until the test is over."""
        pid = int(pathlib.Path(self.broker.dir, "pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(os.kill, pid, signal.SIGCONT)

    def test_it_stops_with_the_broker_silent(self):
        server = self.running()
        self.silent()
        time.sleep(1)
        self.stopped_within(server)

    def test_it_stops_while_it_starts_with_the_broker_silent(self):
        server = self.running()
        server.kill()
        self.silent()
        server.start()
        time.sleep(2)
        self.stopped_within(server)

    def test_it_stops_while_a_statement_waits_for_a_silent_broker(self):
        server = self.running()
        self.silent()

        def ask():
            try:
                server.ksql("CREATE STREAM more (v INT) WITH (KAFKA_TOPIC='more', VALUE_FORMAT='JSON', PARTITIONS=1);")
            except (OSError, harness.Refused):
                pass
        threading.Thread(target=ask, daemon=True).start()
        time.sleep(1)
        self.stopped_within(server)

    def test_it_stops_with_the_broker_there_and_loses_nothing(self):
        server = self.running()
        self.stopped_within(server)
        self.assertRegex(server.log(), r"INFO stopped \(server\)")
        server.start()
        server.wait_healthy(30)

        def counts():
            return {key: json.loads(value)["C"] for _, _, key, value in self.tool.dump("COUNTS")}
        harness.wait_for("the counts", lambda: set(counts().values()) == {200}, 30, 0.3)


if __name__ == "__main__":
    harness.main(__doc__, ("--back-ms", {"type": int, "default": 6000,
                                         "help": "for a server that was killed to be at work again"}))
