#!/usr/bin/env python3
"""A failure belongs to one query: the others on the same worker lose nothing, repeat nothing and do not wait."""
import json
import time

import harness

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
SOURCE = "CREATE STREAM events (id BIGINT, body VARCHAR) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON', PARTITIONS=2);"
GUARANTEES = ("at_least_once", "exactly_once_v2")


def event(number, body="x"):
    return f"k{number % 7}", json.dumps({"id": number, "body": body})


class OwnersTest(harness.BrokerTest):
    def setUp(self):
        super().setUp()
        self.server = None

    def end_all(self):
        if self.server is not None:
            self.end(self.server)
        self.server = None
        self.tool.run("remove", "events", "more", "BIG", "COPY", "COUNTS", "STRICT", "_confluent-ksql-owners_*", "owners_*")

    def tearDown(self):
        self.end_all()

    def start(self, statements, guarantee, **more):
        self.server = self.server_with({
            "ksql.service.id": f"owners_{time.time_ns()}_",
            "ksql.streams.num.stream.threads": 1, "ksql.streams.processing.guarantee": guarantee,
            "ksql.streams.commit.interval.ms": 200, "ksql.query.retry.backoff.initial.ms": 500, **more}).start()
        self.server.wait_healthy()
        self.server.ksql(statements, EARLIEST)

    def queries(self):
        return {query["sinks"][0]: query for query in self.server.ksql("SHOW QUERIES;")[0]["queries"] if query["sinks"]}

    def state(self, sink):
        return next(iter(self.queries()[sink]["statusCount"]))

    def why(self, sink):
        answer = self.server.ksql(f"EXPLAIN {self.queries()[sink]['id']};")[0]["queryDescription"]
        return " ".join(error["errorMessage"] for error in answer["queryErrors"])

    def ids(self, topic):
        return [value["ID"] for value in self.tool.values(topic) if value is not None]

    def counts(self, topic="COUNTS"):
        return sum({key: json.loads(value)["N"] for _, _, key, value in self.tool.dump(topic) if value}.values())

    def test_a_refused_record_costs_its_query_alone(self):
        for guarantee in GUARANTEES:
            with self.subTest(guarantee):
                self.tool.run("create", "BIG", 2, "max.message.bytes=2000")
                self.start(SOURCE + "CREATE STREAM big WITH (KAFKA_TOPIC='BIG') AS SELECT * FROM events EMIT CHANGES;"
                                    "CREATE STREAM copy AS SELECT id FROM events EMIT CHANGES;"
                                    "CREATE TABLE counts AS SELECT id, COUNT(*) AS n FROM events GROUP BY id EMIT CHANGES;",
                           guarantee)
                self.tool.produce("events", [event(n) for n in range(100)])
                harness.wait_for("the first rows", lambda: len(self.ids("BIG")) == 100, 20, 0.2)
                self.tool.produce("events", [event(100, "y" * 5000)] + [event(n) for n in range(101, 200)])
                harness.wait_for("the error", lambda: self.state("BIG") == "ERROR", 20, 0.1)
                self.assertRegex(self.why("BIG"), r"(?i)BIG.*(large|size)")
                self.tool.produce("events", [event(n) for n in range(200, 300)])
                harness.wait_for("the others' rows", lambda: set(self.ids("COPY")) == set(range(300)), 20, 0.2)
                harness.wait_for("the counts", lambda: self.counts() == 300, 20, 0.2)
                if guarantee == "exactly_once_v2":
                    self.assertEqual(sorted(self.ids("COPY")), list(range(300)))
                time.sleep(3)  # It is tried again meanwhile.
                self.assertEqual(self.counts(), 300)
                self.assertEqual(self.state("COPY"), "RUNNING")
                self.assertEqual(self.state("COUNTS"), "RUNNING")
                self.assertEqual(self.server.stop(), 0)
                self.end_all()

    def test_a_record_that_cannot_be_read_ends_its_query_where_asked(self):
        for guarantee in GUARANTEES:
            with self.subTest(guarantee):
                self.start(SOURCE + "CREATE STREAM copy AS SELECT id FROM events EMIT CHANGES;", guarantee)
                self.server.ksql("CREATE STREAM strict AS SELECT id, body FROM events EMIT CHANGES;",
                                 {**EARLIEST, "ksql.fail.on.deserialization.error": "true"})
                self.tool.produce("events", [event(n) for n in range(50)] + [("k1", "no json")])
                harness.wait_for("the error", lambda: self.state("STRICT") == "ERROR", 20, 0.1)
                self.assertRegex(self.why("STRICT"), r"topic events, partition \d, offset \d+")
                self.tool.produce("events", [event(n) for n in range(50, 100)])
                harness.wait_for("the other's rows", lambda: set(self.ids("COPY")) == set(range(100)), 20, 0.2)
                self.assertEqual(self.state("COPY"), "RUNNING")
                self.end_all()

    def test_rows_of_at_least_once_do_not_wait_for_the_commit(self):
        self.start(SOURCE + "CREATE STREAM copy AS SELECT id FROM events EMIT CHANGES;", "at_least_once",
                   **{"ksql.streams.commit.interval.ms": 60000})
        self.tool.produce("events", [event(n) for n in range(10)])
        harness.wait_for("the rows", lambda: set(self.ids("COPY")) == set(range(10)), 20, 0.1)
        # Positions are not committed: a crash repeats rows, and loses none.
        self.server.kill()
        self.server.start()
        self.server.wait_healthy()
        self.tool.produce("events", [event(n) for n in range(10, 20)])
        harness.wait_for("all rows", lambda: set(self.ids("COPY")) == set(range(20)), 20, 0.1)


if __name__ == "__main__":
    harness.main(__doc__)
