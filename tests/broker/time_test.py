#!/usr/bin/env python3
"""What a query answers does not depend on whether its input was there before it: time order over all partitions."""
import json
import time

import harness

PARTITIONS = 3
BASE = 1_700_000_400_000  # A whole second.


class TimeTest(harness.BrokerTest):
    def setUp(self):
        super().setUp()
        self.server = None

    def tearDown(self):
        if self.server:
            self.end(self.server)

    def start(self, guarantee, **more):
        self.server = self.server_with({
            "ksql.service.id": f"time_{time.time_ns()}_", "ksql.streams.processing.guarantee": guarantee,
            "ksql.streams.commit.interval.ms": 200, "ksql.streams.auto.offset.reset": "earliest", **more})
        self.server.start()
        self.server.wait_healthy()
        self.tool.run("remove", "visits", "orders", "payments", "COUNTS", "PAID", check=False)
        harness.wait_for("the topics to be gone", lambda: not {"visits", "orders", "payments", "COUNTS", "PAID"} &
                         set(self.tool.run("topics").split()), 15)
        self.server.ksql(f"""
            CREATE STREAM visits (k VARCHAR KEY, page VARCHAR) WITH (KAFKA_TOPIC='visits', VALUE_FORMAT='JSON', PARTITIONS={PARTITIONS});
            CREATE STREAM orders (id VARCHAR KEY, what VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS={PARTITIONS});
            CREATE STREAM payments (k VARCHAR KEY, order_id VARCHAR)
              WITH (KAFKA_TOPIC='payments', VALUE_FORMAT='JSON', PARTITIONS={PARTITIONS});""")

    def visit(self, first, last):
        self.tool.produce("visits", [(f"k{n % 30}", json.dumps({"PAGE": f"p{n % 4}"}), BASE + n * 100)
                                     for n in range(first, last)])

    def order(self, first, last):
        self.tool.produce("orders", [(f"o{n}", json.dumps({"WHAT": "x"}), BASE + n * 60000) for n in range(first, last)])
        self.tool.produce("payments", [(f"k{n % 30}", json.dumps({"ORDER_ID": f"o{n}"}), BASE + n * 60000 + 10)
                                       for n in range(first, last)])

    def make_count(self):
        self.server.ksql("CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM visits "
                         "WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY page EMIT CHANGES;")

    def make_paid(self):
        self.server.ksql("CREATE STREAM paid AS SELECT o.id AS id, p.k AS k FROM orders o INNER JOIN payments p "
                         "WITHIN 1 SECOND GRACE PERIOD 0 SECONDS ON o.id = p.order_id EMIT CHANGES;")

    def counted(self):
        last = {key: json.loads(value)["N"] for _, _, key, value in self.tool.dump("COUNTS")}
        return sum(last.values())

    def paid(self):
        return len(self.tool.dump("PAID"))

    def expect(self, what, wanted, seconds=30):
        try:
            harness.wait_for(what.__name__, lambda: what() == wanted, seconds, 0.2)
        except AssertionError:
            self.assertEqual(what(), wanted)

    def replay(self, guarantee, workers):
        self.start(guarantee, **{"ksql.streams.num.stream.threads": workers})
        self.visit(0, 3000)
        self.order(0, 200)
        self.make_count()
        self.make_paid()
        self.expect(self.counted, 3000)
        self.expect(self.paid, 200)
        # From now on rows come, and nothing waits for a partition that has none.
        began = time.monotonic()
        self.order(200, 201)
        self.expect(self.paid, 201, 10)
        harness.say(f"{guarantee}, {workers} workers: a late pair was met after {time.monotonic() - began:.2f} s")

    def test_a_replay_at_least_once(self):
        self.replay("at_least_once", 2)

    def test_a_replay_exactly_once(self):
        self.replay("exactly_once_v2", 2)

    def test_a_replay_on_one_worker(self):
        self.replay("exactly_once_v2", 1)

    def test_kills_in_a_replay(self):
        self.start("exactly_once_v2", **{"millrace.batch.rows.max": 20, "ksql.streams.commit.interval.ms": 20})
        self.visit(0, 20000)
        self.order(0, 5000)
        self.make_count()
        self.make_paid()
        kills = 0
        for _ in range(5):
            time.sleep(0.4)
            if self.paid() < 5000:
                kills += 1
            self.server.kill()
            self.server.start()
            self.server.wait_healthy()
        harness.say(f"{kills} kills before the end")
        self.expect(self.paid, 5000, 60)
        self.expect(self.counted, 20000, 60)


if __name__ == "__main__":
    harness.main(__doc__)
