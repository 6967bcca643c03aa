#!/usr/bin/env python3
"""What goes wrong around a server on a real broker: none of it ends the server, each leaves a clear message."""
import json
import re
import time

import harness

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
CLICKS = """CREATE STREAM clicks (user_id VARCHAR, page VARCHAR, n BIGINT)
  WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=2);"""


class FaultsTest(harness.BrokerTest):
    def setUp(self):
        super().setUp()
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            self.end(server)
        self.tool.run("remove", "clicks", "PAGES", "COUNTS", "NAMES", "_confluent-ksql-faults_*", "faults_*")

    def server(self, brokers=None, **more):
        server = self.server_with({"ksql.service.id": f"faults_{time.time_ns()}_", "ksql.streams.commit.interval.ms": 100,
                                   "ksql.streams.num.stream.threads": 1, **more}, brokers)
        self.servers.append(server)
        return server.start()

    def running_server(self, statements=CLICKS):
        server = self.server()
        server.wait_healthy()
        server.ksql(statements, EARLIEST)
        return server

    def wait_values(self, topic, wanted, seconds=20):
        """Waits until the topic's committed values are these, in any order."""
        def key(values):
            return sorted(json.dumps(v, sort_keys=True) for v in values)
        found = []

        def complete():
            found[:] = self.tool.values(topic) if topic in self.tool.run("topics").split() else []
            return key(found) == key(wanted)
        try:
            harness.wait_for(f"the values of {topic}", complete, seconds, 0.2)
        except AssertionError:
            self.assertEqual(key(found), key(wanted))

    def assert_logged(self, server, pattern, seconds=10):
        try:
            harness.wait_for(pattern, lambda: re.search(pattern, server.log()), seconds, 0.1)
        except AssertionError:
            self.fail(f"the server's log says nothing like {pattern!r}:\n{server.log()[-2000:]}")

    def test_bad_rows_are_left_out_and_reported(self):
        server = self.running_server(CLICKS + "CREATE STREAM pages AS SELECT user_id, page FROM clicks WHERE n > 0;")
        self.tool.produce("clicks", [
            ("k", '{"user_id":"a","page":"/1","n":1}'),
            ("k", '{"user_id":"b","page":'),                                        # Malformed.
            ("k", "\x01\x02 no json"),
            ("k", None),                                                             # No value.
            ("k", '{"user_id":"c","page":"/2","n":1,"agent":{"x":[1,{"y":null}]}}'),  # Unknown field.
            ("k", '{"user_id":"d","page":null,"n":2}'),                              # NULL in a column.
            ("k", '{"user_id":"e","n":2}'),                                          # A column that is not there.
            ("k", '{"user_id":"f","page":"/3","n":"many"}'),                         # Of another type.
            ("k", '{"user_id":"g","page":"/4","n":3}')])
        self.wait_values("PAGES", [{"USER_ID": "a", "PAGE": "/1"}, {"USER_ID": "c", "PAGE": "/2"},
                                   {"USER_ID": "d", "PAGE": None}, {"USER_ID": "e", "PAGE": None},
                                   {"USER_ID": "g", "PAGE": "/4"}])
        self.assert_logged(server, r"(?i)deserial")
        server.check_alive()
        self.assertEqual(server.stop(), 0)

    def test_bad_statements_are_refused_and_nothing_else(self):
        server = self.running_server()
        for statement, part in [
                ("SELEKT * FROM clicks;", "line 1:1"),
                ("CREATE STREAM x AS SELECT nope FROM clicks EMIT CHANGES;", "NOPE"),
                ("CREATE STREAM x AS SELECT * FROM nowhere EMIT CHANGES;", "NOWHERE"),
                ("CREATE STREAM clicks (a INT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON');", "already exists"),
                ("DROP STREAM nowhere;", "NOWHERE"),
                ("CREATE STREAM y (a INT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='XML');", "XML")]:
            with self.subTest(statement):
                with self.assertRaises(harness.Refused) as refusal:
                    server.ksql(statement)
                self.assertEqual(refusal.exception.status, 400)
                self.assertIn(part, json.loads(refusal.exception.body)["message"])
        self.assertEqual([s["name"] for s in server.ksql("SHOW STREAMS;")[0]["streams"]
                          if s["name"] != "KSQL_PROCESSING_LOG"], ["CLICKS"])

    def test_missing_topic_is_named(self):
        server = self.running_server()
        with self.assertRaises(harness.Refused) as refusal:
            server.ksql("CREATE STREAM lost (a INT) WITH (KAFKA_TOPIC='not_there', VALUE_FORMAT='JSON');")
        message = json.loads(refusal.exception.body)["message"]
        self.assertIn("not_there", message)
        self.assertIn("PARTITIONS", message)
        server.check_alive()

    def test_topic_that_goes_away_under_a_query(self):
        server = self.running_server(CLICKS + "CREATE STREAM pages AS SELECT user_id, page FROM clicks;")
        self.tool.produce("clicks", [("k", '{"user_id":"a","page":"/1","n":1}')])
        self.wait_values("PAGES", [{"USER_ID": "a", "PAGE": "/1"}])
        self.tool.run("remove", "clicks")
        self.assert_logged(server, r"(?i)(warn|error).*clicks", 60)
        # The rest of the server goes on.
        server.ksql("CREATE STREAM names (name VARCHAR) WITH (KAFKA_TOPIC='NAMES', VALUE_FORMAT='JSON', PARTITIONS=1);")
        server.check_alive()

    def test_broker_down_at_start(self):
        late = harness.Broker()
        try:
            server = self.server(late.brokers)
            harness.wait_for("an answer of /info", server.answers, 10)
            self.assertFalse(server.healthy())
            self.assert_logged(server, rf"(?i)(warn|error).*{late.port}")
            with self.assertRaises(harness.Refused):
                server.ksql(CLICKS)
            server.check_alive()
            late.start()
            server.wait_healthy(30)
            server.ksql(CLICKS)
            self.assertEqual(server.stop(), 0)
        finally:
            late.close()

    def test_broker_away_for_30_seconds(self):
        server = self.running_server(CLICKS + "CREATE TABLE counts AS SELECT user_id, COUNT(*) AS c FROM clicks "
                                              "GROUP BY user_id EMIT CHANGES;")
        rows = [("k", json.dumps({"user_id": f"u{i % 10}", "page": "/", "n": i})) for i in range(1000)]
        self.tool.produce("clicks", rows[:500])

        def counts():
            return {key: json.loads(value)["C"] for _, _, key, value in self.tool.dump("COUNTS")}
        harness.wait_for("the first counts", lambda: set(counts().values()) == {50}, 20, 0.3)
        self.broker.kill()
        away_until = time.monotonic() + 30
        self.assert_logged(server, rf"(?i)(warn|error).*({self.broker.port}|broker)", 30)
        while time.monotonic() < away_until:
            server.check_alive()
            self.assertTrue(server.answers(), "the server stopped to answer while the broker was away")
            time.sleep(1)
        self.broker.start()
        self.tool.produce("clicks", rows[500:])
        harness.wait_for("the rest of the counts", lambda: set(counts().values()) == {100}, 60, 0.5)
        harness.wait_for("health", server.healthy, 20)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    harness.main(__doc__)
