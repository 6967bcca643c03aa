#!/usr/bin/env python3
"""What ends a transaction comes late, twice, or is answered to nobody: nothing is lost and nothing doubled.

A proxy stands between server and broker. The late request comes while the next transaction is open; with the same
producer it would end that one."""
import collections
import json
import threading
import time

import harness
from fault_proxy import END_TXN, PRODUCE, TXN_OFFSET_COMMIT, Fault, FaultProxy, random_faults

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
STATEMENTS = """CREATE STREAM events (id BIGINT) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE STREAM copy AS SELECT id FROM events EMIT CHANGES;
CREATE TABLE counts AS SELECT id % 7 AS k, COUNT(*) AS n FROM events GROUP BY id % 7 EMIT CHANGES;"""
ROWS_A_SECOND = 500


class LateEndsTest(harness.BrokerTest):
    @classmethod
    def setUpClass(cls):
        cls.proxied = harness.free_port()
        cls.plan = cls.late = None
        cls.broker = harness.Broker(advertised=cls.proxied)
        cls.proxy = FaultProxy(cls.proxied, cls.broker.port, lambda key: cls.plan(key), lambda: cls.late())
        cls.set_faults(lambda key: Fault.NONE)
        cls.broker.start()
        cls.tool = harness.Tool(cls.arguments.tool, f"127.0.0.1:{cls.proxied}")

    @classmethod
    def tearDownClass(cls):
        cls.proxy.close()
        cls.broker.close()

    @classmethod
    def set_faults(cls, plan, late=lambda: 0.0):
        cls.plan, cls.late = staticmethod(plan), staticmethod(late)

    def run_job(self, guarantee, seconds, begin_faults):
        """Rows of the copy by id, the sum of counts, and how many rows went in."""
        self.tool.run("create", "events", 2)
        server = self.server_with({
            "ksql.service.id": f"late_{time.time_ns()}_", "ksql.streams.num.stream.threads": 1,
            "ksql.streams.processing.guarantee": guarantee, "ksql.streams.commit.interval.ms": 100,
            "ksql.query.retry.backoff.initial.ms": 200}, f"127.0.0.1:{self.proxied}").start()
        try:
            server.wait_healthy()
            server.ksql(STATEMENTS, EARLIEST)
            self.tool.produce("events", [(None, json.dumps({"id": 0}))])
            harness.wait_for("the first row", lambda: self.ids(), 60)
            begin_faults()
            sent = 1
            until = time.monotonic() + seconds
            with self.tool.start("produce", "events", stdin=-1) as pipe:
                while time.monotonic() < until:
                    for _ in range(ROWS_A_SECOND // 50):
                        pipe.stdin.write(f'\\N\t{{"id":{sent}}}\n')
                        sent += 1
                    pipe.stdin.flush()
                    time.sleep(0.02)
            self.set_faults(lambda key: Fault.NONE)
            harness.wait_for("all rows", lambda: len(set(self.ids())) == sent, 60, 0.5)
            time.sleep(2)  # What is doubled comes later.
            self.renewed = server.log().count("the end of a transaction was not answered")
            harness.wait_for("all counts", lambda: self.counted() >= sent, 30, 0.5)
            return collections.Counter(self.ids()), self.counted(), sent
        finally:
            self.end(server)
            self.tool.run("remove", "events", "COPY", "COUNTS", "_confluent-ksql-late_*", "late_*")

    def ids(self):
        return [value["ID"] for value in self.tool.values("COPY")]

    def counted(self):
        return sum({key: json.loads(value)["N"] for _, _, key, value in self.tool.dump("COUNTS") if value}.values())

    def check(self, guarantee, copied, counted, sent):
        self.assertEqual(sorted(copied), list(range(sent)))
        if guarantee == "exactly_once_v2":
            self.assertEqual([number for number, times in copied.items() if times > 1], [])
            self.assertEqual(counted, sent)

    def test_a_late_end_comes_into_the_next_transaction(self):
        for key in (END_TXN, TXN_OFFSET_COMMIT):
            with self.subTest(key=key):
                produced = threading.Event()
                held = threading.Event()

                def plan(seen, key=key):
                    if seen == PRODUCE and held.is_set():
                        produced.set()
                    if seen != key or held.is_set():
                        return Fault.NONE
                    produced.clear()
                    held.set()
                    return Fault.LATE

                def late():
                    # Two transactions later it would meet records that it has nothing to do with.
                    time.sleep(0.15)
                    produced.clear()
                    produced.wait(10)
                    return 0.01
                found = self.run_job("exactly_once_v2", 3, lambda: self.set_faults(plan, late))
                self.assertTrue(held.is_set())
                self.check("exactly_once_v2", *found)

    def test_a_writer_goes_on_when_all_is_answered(self):
        for guarantee in ("exactly_once_v2", "at_least_once"):
            with self.subTest(guarantee):
                self.check(guarantee, *self.run_job(guarantee, 3, lambda: None))
                self.assertEqual(self.renewed, 0)

    def test_ends_go_wrong_all_the_time(self):
        for guarantee in ("exactly_once_v2", "at_least_once"):
            with self.subTest(guarantee):
                self.proxy.counts.clear()
                found = self.run_job(guarantee, 10, lambda: self.set_faults(random_faults(7, 0.25), lambda: 0.12))
                harness.say(f"{guarantee}: {found[2]} rows, faults {self.proxy.counts}")
                self.assertGreater(sum(self.proxy.counts.values()), 10)
                self.assertGreater(self.renewed, 0)
                self.check(guarantee, *found)


if __name__ == "__main__":
    harness.main(__doc__)
