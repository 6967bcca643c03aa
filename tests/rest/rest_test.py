#!/usr/bin/env python3
"""The REST API of a server with its topics in memory: the README's job, errors, push queries and how they end.

    rest_test.py MILLRACE
"""
import json
import os
import pty
import re
import select
import signal
import sys
import time
import unittest

from rest_server import Server, wait_until

PROGRAM = None
EARLIEST = {"auto.offset.reset": "earliest"}
V1 = "application/vnd.ksql.v1+json"
HOUR_MS = 3_600_000

JOB = """
CREATE STREAM clickstream (user_id VARCHAR, page VARCHAR, event_time BIGINT)
  WITH (KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', TIMESTAMP='event_time', PARTITIONS=4);
CREATE STREAM mobile_clicks AS SELECT user_id, page, event_time FROM clickstream
  WHERE page LIKE '/mobile/%' EMIT CHANGES;
CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views, WINDOWSTART AS window_start
  FROM clickstream WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;
CREATE TABLE users (user_id VARCHAR PRIMARY KEY, region VARCHAR, tier VARCHAR)
  WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clickstream c
  LEFT JOIN users u ON c.user_id = u.user_id EMIT CHANGES;
CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n FROM clickstream
  WINDOW SESSION (30 MINUTES) GROUP BY user_id EMIT CHANGES;
"""


def rows(response):
    """The rows of a delimited answer."""
    return [json.loads(line) for line in response.text().splitlines()[1:]]


class RestTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM).start()
        self.addCleanup(self.server.close)

    def statement(self, text, properties=None):
        response = self.server.ksql(text, properties)
        self.assertEqual(response.status, 200, response.text())
        return response.json()

    def stream(self, name="s"):
        self.statement(f"CREATE STREAM {name} (id VARCHAR KEY, v INT) WITH "
                       f"(KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON', PARTITIONS=1);")

    def produce(self, *records):
        response = self.server.request("POST", "/millrace/produce", "\n".join(map(json.dumps, records)))
        self.assertEqual(response.status, 200, response.text())
        self.assertEqual(response.json(), {"produced": len(records)})

    def running_push_queries(self):
        return [query["id"] for query in self.statement("SHOW QUERIES;")[0]["queries"] if query["queryType"] == "PUSH"]


class Job(RestTest):
    def test_the_job(self):
        answers = self.statement(JOB, EARLIEST)
        self.assertEqual([a["commandStatus"]["status"] for a in answers], ["SUCCESS"] * 6)
        base = 1_600_000_000_000 // HOUR_MS * HOUR_MS
        self.produce(*[{"topic": "users", "key": f"u{i}", "value": json.dumps({"region": "eu", "tier": f"t{i}"})}
                       for i in range(2)])
        time.sleep(0.5)
        for i in range(20):
            page = "/mobile/a" if i % 2 == 0 else "/b"
            self.produce({"topic": "raw_clicks", "value": json.dumps(
                {"user_id": f"u{i % 3}", "page": page, "event_time": base + i * 1000})})
        counts = "SELECT page, views, window_start FROM hourly_page_views WHERE page = '/b';"
        wait_until("the counts", lambda: rows(self.server.query(counts)) == [["/b", 10, base]])
        visits = "SELECT user_id, n FROM visits;"
        wait_until("the visits", lambda: sorted(rows(self.server.query(visits)))
                   == [["u0", 7], ["u1", 7], ["u2", 6]])
        mobile = self.server.query("SELECT * FROM mobile_clicks EMIT CHANGES LIMIT 10;", EARLIEST)
        self.assertEqual({row[1] for row in rows(mobile)}, {"/mobile/a"})
        enriched = self.server.query("SELECT * FROM enriched EMIT CHANGES LIMIT 20;", EARLIEST)
        self.assertEqual({(row[0], row[2]) for row in rows(enriched)},
                         {("u0", "t0"), ("u1", "t1"), ("u2", None)})

    def test_all_queries_at_once(self):
        self.stream()
        for i in range(12):
            self.statement(f"CREATE STREAM c{i} AS SELECT * FROM s EMIT CHANGES;")
        for _ in range(20):  # Each turn replaces the list that the statement walks along.
            self.statement("PAUSE ALL; RESUME ALL;")
        self.statement("TERMINATE ALL;")
        self.assertEqual(self.statement("SHOW QUERIES;")[0]["queries"], [])

    def test_statements_after_a_mistake_are_not_executed(self):
        response = self.server.ksql("CREATE STREAM a (x INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', "
                                    "PARTITIONS=1); DROP STREAM nope;")
        self.assertEqual(response.status, 400)
        self.assertEqual(response.json()["statementText"], "DROP STREAM nope;")
        self.assertEqual(self.statement("SHOW STREAMS;")[0]["streams"], [])


class Control(RestTest):
    def test_a_replaced_table_keeps_its_rows(self):
        self.statement("CREATE TABLE t (id VARCHAR PRIMARY KEY, v INT, w INT) WITH (KAFKA_TOPIC='t', "
                       "VALUE_FORMAT='JSON', PARTITIONS=2);"
                       "CREATE TABLE o AS SELECT id, v FROM t;", EARLIEST)
        self.produce(*[{"topic": "t", "key": f"k{i}", "value": f'{{"v":{i},"w":{10 * i}}}'} for i in range(4)])
        pull = "SELECT * FROM o;"
        wait_until("the rows", lambda: len(rows(self.server.query(pull))) == 4)
        answer = self.statement("CREATE OR REPLACE TABLE o AS SELECT id, v, w FROM t WHERE v > 1;")
        self.assertEqual(answer[0]["commandStatus"]["queryId"], self.statement("SHOW QUERIES;")[0]["queries"][0]["id"])
        wait_until("the rows in their new form",
                   lambda: sorted(rows(self.server.query(pull))) == [["k2", 2, 20], ["k3", 3, 30]])
        # And so does the topic, for whoever reads it as a table.
        self.statement("CREATE TABLE read (id VARCHAR PRIMARY KEY, v INT, w INT) WITH (KAFKA_TOPIC='O', "
                       "VALUE_FORMAT='JSON'); CREATE TABLE copied AS SELECT * FROM read;", EARLIEST)
        copied = "SELECT * FROM copied;"
        wait_until("the same in the topic",
                   lambda: sorted(rows(self.server.query(copied))) == [["k2", 2, 20], ["k3", 3, 30]])
        self.statement("CREATE OR REPLACE TABLE o AS SELECT id, v, w FROM t WHERE v < 3;")
        wait_until("the next filter's", lambda: sorted(rows(self.server.query(copied))) ==
                   [["k0", 0, 0], ["k1", 1, 10], ["k2", 2, 20]])

    def test_a_replaced_count_goes_on(self):
        self.stream()
        self.statement("CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;", EARLIEST)
        self.produce({"topic": "s", "key": "a", "value": '{"v":1}'})
        pull = "SELECT * FROM o;"
        wait_until("the count", lambda: rows(self.server.query(pull)) == [["a", 1]])
        self.statement("CREATE OR REPLACE TABLE o AS SELECT id, COUNT(*) AS n, AS_VALUE(id) AS i FROM s GROUP BY id;")
        self.produce({"topic": "s", "key": "a", "value": '{"v":1}'})
        wait_until("the next count", lambda: rows(self.server.query(pull)) == [["a", 2, "a"]])
        response = self.server.ksql("CREATE OR REPLACE TABLE o AS SELECT id, MAX(v) AS n, AS_VALUE(id) AS i FROM s "
                                    "GROUP BY id;")
        self.assertEqual(response.status, 400)
        self.assertEqual(rows(self.server.query(pull)), [["a", 2, "a"]])

    def test_a_paused_query_is_replaced_paused(self):
        self.stream()
        self.statement("CREATE STREAM o AS SELECT * FROM s; PAUSE ALL; CREATE OR REPLACE STREAM o AS SELECT * FROM s "
                       "WHERE v > 1;")
        self.assertEqual(self.statement("SHOW QUERIES;")[0]["queries"][0]["statusCount"], {"PAUSED": 1})

    def test_a_waiting_assert_holds_nobody_up(self):
        connection = self.server.connect()
        connection.send("POST", "/ksql", json.dumps({"ksql": "ASSERT TOPIC s TIMEOUT 10 SECONDS;"}))
        time.sleep(0.3)
        self.stream()  # Would wait for ten seconds, and be waited for.
        answer = connection.receive()
        connection.close()
        self.assertEqual(answer.json()[0]["topicName"], "s")

    def test_a_waiting_assert_does_not_keep_the_server_up(self):
        connection = self.server.connect()
        connection.send("POST", "/ksql", json.dumps({"ksql": "ASSERT TOPIC never TIMEOUT 1 HOURS;"}))
        time.sleep(0.3)
        self.assertEqual(self.server.stop(10), 0)
        answer = connection.receive()
        connection.close()
        self.assertEqual((answer.status, answer.json()["error_code"]), (503, 50303))

    def test_overrides_of_a_query_are_shown(self):
        self.stream()
        self.statement("CREATE STREAM o AS SELECT * FROM s;", EARLIEST)
        shown = self.statement("SHOW QUERIES EXTENDED;")[0]["queryDescriptions"][0]
        self.assertEqual(shown["overriddenProperties"], EARLIEST)

    def test_alter_system(self):
        answer = self.statement("ALTER SYSTEM 'commit.interval.ms'='150';")[0]
        self.assertRegex(answer["commandId"], "^cluster/[0-9a-f-]{36}/alter$")
        self.assertEqual(answer["commandStatus"]["message"], "System property commit.interval.ms was set to 150.")
        shown = self.statement("SHOW PROPERTIES;")[0]["properties"]
        self.assertIn({"name": "ksql.streams.commit.interval.ms", "scope": "KSQL", "value": "150", "editable": True,
                       "level": "SERVER"}, shown)
        for text in ("'commit.interval.ms'='0'", "'ksql.service.id'='x'", "'nope'='1'", "'auto.offset.reset'='latest'"):
            self.assertEqual(self.server.ksql(f"ALTER SYSTEM {text};").status, 400, text)

    def test_the_end_of_a_cluster(self):
        self.stream()
        self.statement("CREATE STREAM gone AS SELECT * FROM s; CREATE STREAM kept AS SELECT * FROM s;")
        response = self.server.request("POST", "/ksql/terminate", {"deleteTopicList": ["["]})
        self.assertEqual(response.status, 400)
        response = self.server.request("POST", "/ksql/terminate", {"deleteTopicList": ["GO.*"]})
        self.assertEqual(response.status, 200, response.text())
        self.assertEqual(response.json()[0]["commandId"], "cluster/TerminateCluster/terminate")
        self.assertEqual(self.server.process.wait(20), 0)


class Print(RestTest):
    def lines(self, text, for_seconds=None):
        response = self.server.request("POST", "/query", json.dumps({"ksql": text}), {"Accept": V1}, for_seconds)
        self.assertEqual(response.status, 200, response.text())
        return [line for line in response.text().splitlines() if line]

    def test_from_the_beginning(self):
        self.stream()
        self.produce(*[{"topic": "s", "key": f"k{i}", "value": f'{{"v":{i}}}', "timestamp": 1000 * i} for i in range(5)])
        lines = self.lines("PRINT s FROM BEGINNING INTERVAL 2 LIMIT 2;")
        self.assertEqual(lines, ["Key format: KAFKA_STRING", "Value format: JSON or KAFKA_STRING",
                                 'rowtime: 1970/01/01 00:00:00.000 Z, key: k0, value: {"v":0}, partition: 0',
                                 'rowtime: 1970/01/01 00:00:02.000 Z, key: k2, value: {"v":2}, partition: 0'])

    def test_from_now_on_until_the_client_leaves(self):
        self.stream()
        self.produce({"topic": "s", "key": "old", "value": "1"})
        self.assertEqual(self.lines("PRINT s;", for_seconds=0.7), [])
        self.assertEqual(self.statement("SHOW TOPICS;")[0]["@type"], "kafka_topics")

    def test_of_no_topic(self):
        self.stream()
        response = self.server.request("POST", "/query", '{"ksql": "PRINT S;"}', {"Accept": V1})
        self.assertEqual(response.status, 400)
        self.assertTrue(response.json()["message"].endswith("case-sensitive.\nDid you mean:\n\tprint s;"))


class Errors(RestTest):
    def expect(self, response, status, code):
        self.assertEqual(response.status, status, response.text())
        self.assertEqual(response.json()["error_code"], code)
        return response.json()

    def test_bodies(self):
        self.expect(self.server.request("POST", "/ksql", "{"), 400, 40000)
        self.expect(self.server.request("POST", "/ksql", "[]"), 400, 40000)
        self.expect(self.server.request("POST", "/ksql", '{"ksql": 1}'), 400, 40000)
        self.expect(self.server.request("POST", "/ksql", "[" * 100_000), 400, 40000)
        self.expect(self.server.request("POST", "/query-stream", "{}"), 400, 40000)
        self.expect(self.server.request("POST", "/close-query", "{}"), 400, 40000)
        self.expect(self.server.request("POST", "/millrace/produce", '{"key":"k"}'), 400, 40000)
        self.assertEqual(self.server.request("POST", "/ksql", "{}").json(), [])

    def test_records_for_a_topic_that_is_made(self):
        def produce(**record):
            return self.server.request("POST", "/millrace/produce", json.dumps(record))
        self.expect(produce(topic="made_by_rows", value="{}"), 400, 40000)
        for number in (0, -1, 10_001, 1.5, "4"):
            self.expect(produce(topic="made_by_rows", value="{}", partitions=number), 400, 40000)
        self.assertEqual(produce(topic="made_by_rows", value="{}", partitions=3).json(), {"produced": 1})
        self.assertEqual(produce(topic="made_by_rows", value="{}", partitions=5).json(), {"produced": 1})
        topics = {topic["name"]: topic for topic in self.server.ksql("SHOW TOPICS;").json()[0]["topics"]}
        self.assertEqual(len(topics["made_by_rows"]["replicaInfo"]), 3)
        answer = produce(topic="_confluent-ksql-default__command_topic", value="{}", partitions=1)
        self.expect(answer, 400, 40000)

    def test_answers_are_utf8_whatever_was_sent(self):
        for text in ("SHOW\u00a0STREAMS;", "SHOW STREAMS\u200b;", "\u201cSHOW STREAMS;", "SELECT \u2018a\u2019 FROM s;",
                     "SH\u00d6W STREAMS;", "SHOW STREAMS \U0001F600;"):
            body = self.expect(self.server.ksql(text), 400, 40001)
            self.assertEqual(body["statementText"], text)
        for sent in (b'{"ksql":"SHOW \xe9STREAMS;"}', b"\xff", b'{"ksql":"\xf0\x9f"}'):
            response = self.server.request("POST", "/ksql", sent)
            self.assertEqual(response.status, 400)
            response.text()  # Raises where it is no UTF-8.

    def test_formats_without_a_codec_are_refused_at_once(self):
        body = self.expect(self.server.ksql("CREATE STREAM p (a INT) WITH (KAFKA_TOPIC='p', PARTITIONS=1, "
                                            "VALUE_FORMAT='PROTOBUF_NOSR');"), 400, 40001)
        self.assertIn("Format PROTOBUF_NOSR is not supported", body["message"])

    def test_a_tab_is_a_blank_in_the_shell(self):
        screen = b""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(self.server.program, [self.server.program, "cli", "--history-file", "/dev/null",
                                           f"http://127.0.0.1:{self.server.port}"])
        try:
            for wanted, typed in ((b"ksql>", b"SHOW\tSTREAMS;\n"), (b"Stream Name", b"exit\n")):
                until = time.monotonic() + 20
                while wanted not in screen and time.monotonic() < until:
                    if select.select([terminal], [], [], 1)[0]:
                        screen += os.read(terminal, 65536)
                self.assertIn(wanted, screen)
                os.write(terminal, typed)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(terminal)

    def test_oversized_body(self):
        connection = self.server.connect()
        connection.send("POST", "/ksql", None, {"Content-Length": str(1 << 30)})
        self.assertEqual(connection.receive().status, 413)
        connection.close()

    def test_values_are_masked(self):
        self.stream()
        body = self.expect(self.server.ksql("INSERT INTO s (nope, id) VALUES ('secret', 'x');"), 400, 40001)
        self.assertEqual(body["statementText"], "INSERT INTO `S` (`NOPE`, `ID`) VALUES ('[value]', '[value]');")

    def test_select_goes_elsewhere(self):
        self.stream()
        self.expect(self.server.ksql("SELECT * FROM s EMIT CHANGES;"), 400, 40002)

    def test_unknown_source_is_refused_before_headers(self):
        for accept in (None, V1, "application/json"):
            self.expect(self.server.query("SELECT * FROM nope EMIT CHANGES;", accept=accept), 400, 40001)

    def test_properties(self):
        self.expect(self.server.ksql("SHOW STREAMS;", {"ksql.service.id": "x"}), 400, 40000)
        self.expect(self.server.ksql("SHOW STREAMS;", {"auto.offset.reset": "sideways"}), 400, 40000)
        self.statement("SHOW STREAMS;", {"ksql.query.pull.table.scan.enabled": False})

    def test_values_of_properties(self):
        for text, message in (("SET 'commit.interval.ms'='abc';", "Invalid value abc for configuration commit.interval.ms: "
                               "Not a number of type LONG"),
                              ("SET 'ksql.streams.num.stream.threads'='x';", "Not a number of type INT"),
                              ("UNSET 'nope';", "Unknown property: nope")):
            self.assertIn(message, self.expect(self.server.ksql(text), 400, 40001)["message"])

    def test_an_allowlist(self):
        self.server.stop()
        self.server.properties.update({"ksql.properties.overrides.validation.mode": "allowlist",
                                       "ksql.properties.overrides.allowlist": "auto.offset.reset,ksql.service.id"})
        self.server.start()
        self.statement("SET 'auto.offset.reset'='earliest';")
        for name in ("commit.interval.ms", "ksql.service.id", "ksql.properties.overrides.allowlist"):
            self.assertIn("allowlist", self.expect(self.server.ksql(f"SET '{name}'='1';"), 400, 40000)["message"])

    def test_sequence_number_that_never_comes(self):
        server = Server(PROGRAM, **{"ksql.server.command.response.timeout.ms": "100"}).start()
        self.addCleanup(server.close)
        response = server.request("POST", "/ksql", {"ksql": "SHOW STREAMS;", "commandSequenceNumber": 99})
        self.expect(response, 503, 50301)

    def test_doors_that_are_not_open_yet(self):
        self.expect(self.server.request("POST", "/inserts-stream", '{"target":"s"}'), 400, 40004)
        self.expect(self.server.request("GET", "/ws/query?request=%7B%7D"), 400, 40000)
        self.assertEqual(self.server.ksql("ASSERT SCHEMA SUBJECT 'x' TIMEOUT 1 SECONDS;").status, 428)
        self.assertEqual(self.server.request("GET", "/ksql").status, 404)


class Push(RestTest):
    def setUp(self):
        super().setUp()
        self.stream()

    def insert(self, *values):
        for value in values:
            self.statement(f"INSERT INTO s (id, v) VALUES ('k{value}', {value});")

    def open_push(self, sql="SELECT * FROM s EMIT CHANGES;", accept=None, properties=None):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        connection.send("POST", "/query-stream", json.dumps({"sql": sql, "properties": properties or {}}),
                        {"Accept": accept} if accept else None)
        head = connection.read_head()
        self.assertEqual(head.status, 200)
        return connection

    def test_header_comes_at_once_and_rows_as_they_are_written(self):
        connection = self.open_push()
        header = json.loads(connection.read_chunk())
        self.assertEqual(header["columnNames"], ["ID", "V"])
        self.assertEqual(header["columnTypes"], ["STRING", "INTEGER"])
        self.insert(1, 2)
        self.assertEqual([connection.read_chunk(), connection.read_chunk()], [b'["k1",1]\n', b'["k2",2]\n'])

    def test_limit(self):
        self.insert(1, 2, 3)
        response = self.server.query("SELECT v FROM s EMIT CHANGES LIMIT 2;", EARLIEST)
        self.assertEqual(response.chunks[1:], ["[1]\n", "[2]\n"])
        response = self.server.query("SELECT v FROM s EMIT CHANGES LIMIT 2;", EARLIEST, accept=V1)
        self.assertEqual(response.chunks[1:], ['{"row":{"columns":[1]}},\n', '{"row":{"columns":[2]}},\n',
                                               '{"finalMessage":"Limit Reached"}', "]"])
        response = self.server.query("SELECT v FROM s EMIT CHANGES LIMIT 2;", EARLIEST, accept="application/json")
        self.assertEqual(response.chunks[1:], [",[1]", ",[2]", "]"])
        self.assertEqual(self.running_push_queries(), [])

    def test_pull_on_a_stream_ends_by_itself(self):
        self.insert(1, 2)
        response = self.server.query("SELECT v FROM s;", accept=V1)
        self.assertEqual(response.chunks[1:], ['{"row":{"columns":[1]}},\n', '{"row":{"columns":[2]}},\n',
                                               '{"finalMessage":"Query Completed"}', "]"])

    def test_a_record_without_a_value_is_no_row_of_a_stream(self):
        self.insert(1)
        self.produce({"topic": "s", "key": "gone"})
        self.insert(2)
        response = self.server.query("SELECT id FROM s EMIT CHANGES LIMIT 2;", EARLIEST)
        self.assertEqual(rows(response), [["k1"], ["k2"]])
        self.assertEqual(rows(self.server.query("SELECT id FROM s;")), [["k1"], ["k2"]])

    def test_a_tombstone_has_its_window(self):
        self.statement("CREATE TABLE t AS SELECT id, SUM(v) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY id "
                       "HAVING SUM(v) > 0 EMIT CHANGES;", EARLIEST)
        for v in (1, -1):
            self.statement(f"INSERT INTO s (ROWTIME, id, v) VALUES (5001, 'a', {v});")
            time.sleep(0.5)
        response = self.server.query("SELECT * FROM t EMIT CHANGES LIMIT 2;", EARLIEST, accept=V1)
        self.assertEqual(response.chunks[2], '{"row":{"columns":["a",5000,6000,null],"tombstone":true}},\n')

    def test_scalable_push_queries(self):
        self.server.stop()
        self.server.properties.update({"ksql.query.push.v2.registry.installed": "true",
                                       "ksql.query.push.v2.enabled": "true"})
        self.server.start()
        self.stream()
        self.statement("CREATE STREAM c AS SELECT * FROM s EMIT CHANGES;")
        for sql, scalable in (("SELECT * FROM c WHERE v > 1 EMIT CHANGES;", True),
                              ("SELECT ROWOFFSET, v FROM c EMIT CHANGES;", False),
                              ("SELECT v, COUNT(*) FROM c GROUP BY v EMIT CHANGES;", False),
                              ("SELECT * FROM s EMIT CHANGES;", False)):
            query_id = json.loads(self.open_push(sql).read_chunk())["queryId"]
            self.assertEqual(query_id.startswith("SCALABLE_PUSH_QUERY_"), scalable, sql)
        connection = self.open_push("SELECT * FROM c EMIT CHANGES;", properties=EARLIEST)
        self.assertIn("transient_C_", json.loads(connection.read_chunk())["queryId"])
        connection = self.open_push("SELECT * FROM c WHERE v > 1 EMIT CHANGES;")
        connection.read_chunk()
        self.produce({"topic": "s", "value": json.dumps({"v": 3})}, {"topic": "s", "key": "k", "value": json.dumps({"v": 2})})
        self.assertEqual(connection.read_chunk(), b'["k",2]\n')

    def test_close_query(self):
        for accept, end in ((None, ""), (V1, '{"finalMessage":"Query Completed"}]'), ("application/json", "]")):
            connection = self.open_push(accept=accept)
            query_id = re.search(r'"queryId":"([^"]+)"', connection.read_chunk().decode()).group(1)
            self.assertEqual(self.server.request("POST", "/close-query", {"queryId": query_id}).status, 200)
            left = b""
            while chunk := connection.read_chunk():
                left += chunk
            self.assertEqual(left.decode(), end)
            self.assertEqual(self.server.request("POST", "/close-query", {"queryId": query_id}).status, 400)
        wait_until("no push query", lambda: not self.running_push_queries())

    def test_terminate_ends_the_answer(self):
        connection = self.open_push()
        query_id = json.loads(connection.read_chunk())["queryId"]
        self.assertEqual(self.statement(f"TERMINATE {query_id};")[0]["@type"], "terminate_query")
        self.assertEqual(connection.read_chunk(), b"")

    def test_a_client_that_hangs_up_ends_its_query(self):
        connection = self.open_push()
        connection.read_chunk()
        self.assertEqual(len(self.running_push_queries()), 1)
        connection.close()
        wait_until("no push query", lambda: not self.running_push_queries())

    def test_an_aggregate_tells_of_every_change(self):
        connection = self.open_push("SELECT id, COUNT(*) AS n FROM s GROUP BY id EMIT CHANGES;")
        connection.read_chunk()
        self.insert(1)
        self.assertEqual(connection.read_chunk(), b'["k1",1]\n')
        self.insert(1)
        self.assertEqual(connection.read_chunk(), b'["k1",2]\n')

    def test_stopping_ends_push_queries(self):
        connection = self.open_push()
        connection.read_chunk()
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 4, self.server.log())
        self.assertEqual(connection.read_chunk(), b"")

    def test_a_client_that_does_not_read_is_dropped(self):
        line = json.dumps({"topic": "s", "key": "k", "value": json.dumps({"v": 1, "x": "y" * 100})})
        for _ in range(4):
            self.assertEqual(self.server.request("POST", "/millrace/produce", "\n".join([line] * 50_000)).status, 200)
        connection = self.open_push("SELECT id, v, LPAD('', 200, 'x') AS pad FROM s EMIT CHANGES;", properties=EARLIEST)
        wait_until("the query to be dropped", lambda: not self.running_push_queries(), 30)
        self.server.wait_for_line("the client does not keep up")
        last, count = b"", 0
        while chunk := connection.read_chunk():
            last, count = chunk, count + 1
        self.assertEqual(json.loads(last)["error_code"], 50000)
        self.assertLess(count, 200_000)

    def test_a_slow_pull_gets_everything(self):
        self.statement("CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s GROUP BY v EMIT CHANGES;", EARLIEST)
        lines = [json.dumps({"topic": "s", "value": json.dumps({"v": i})}) for i in range(60_000)]
        self.server.request("POST", "/millrace/produce", "\n".join(lines))
        wait_until("all groups", lambda: len(rows(self.server.query("SELECT v, n FROM t;"))) == 60_000, 30)
        sql = "SELECT v, n, LPAD('', 300, 'x') AS pad FROM t;"
        connection = self.open_push(sql)
        time.sleep(1)  # Longer than it takes to fill the queue.
        count = -1
        while connection.read_chunk():
            count += 1
        self.assertEqual(count, 60_000)

    def test_many_at_once(self):
        connections = [self.open_push() for _ in range(20)]
        for connection in connections:
            connection.read_chunk()
        self.insert(7)
        for connection in connections:
            self.assertEqual(connection.read_chunk(), b'["k7",7]\n')


class PulledJoins(RestTest):
    TABLES = "".join(f"CREATE TABLE {t} (id VARCHAR PRIMARY KEY, {t} VARCHAR) WITH (KAFKA_TOPIC='{t}', "
                     f"VALUE_FORMAT='JSON', PARTITIONS={n});" for t, n in (("x", 2), ("y", 2), ("z", 2), ("d", 1)))

    def answer(self, sql):
        return sorted(rows(self.server.query(sql)), key=str)

    def wait_for(self, sql, wanted):
        wait_until(sql, lambda: self.answer(sql) == wanted)

    def test_joins_of_every_kind(self):
        self.statement(self.TABLES)
        for name, kind, key in (("i", "", "x.id AS id"), ("l", "LEFT", "x.id AS id"), ("r", "RIGHT", "y.id AS id"),
                                ("f", "FULL", "ROWKEY AS id")):
            self.statement(f"CREATE TABLE {name} AS SELECT {key}, x, y FROM x {kind} JOIN y ON x.id = y.id;", EARLIEST)
        self.statement("CREATE TABLE n AS SELECT x.id AS id, x, y, z FROM x JOIN y ON x.id = y.id "
                       "LEFT JOIN z ON x.id = z.id WHERE x <> 'x3';", EARLIEST)
        self.statement("CREATE TABLE fk AS SELECT x.id AS id, x, d FROM x JOIN d ON x.x = d.id;", EARLIEST)
        self.statement("CREATE TABLE again AS SELECT id, UCASE(x) AS u FROM l WHERE y IS NULL;", EARLIEST)
        for i in range(1, 4):
            self.statement(f"INSERT INTO x (id, x) VALUES ('k{i}', 'x{i}');")
        for i in range(2, 5):
            self.statement(f"INSERT INTO y (id, y) VALUES ('k{i}', 'y{i}');")
        self.statement("INSERT INTO z (id, z) VALUES ('k2', 'z2'); INSERT INTO d (id, d) VALUES ('x1', 'd1');")
        both = [["k2", "x2", "y2"], ["k3", "x3", "y3"]]
        self.wait_for("SELECT * FROM i;", both)
        self.wait_for("SELECT * FROM l;", [["k1", "x1", None]] + both)
        self.wait_for("SELECT * FROM r;", both + [["k4", None, "y4"]])
        self.wait_for("SELECT * FROM f;", [["k1", "x1", None]] + both + [["k4", None, "y4"]])
        self.wait_for("SELECT * FROM n;", [["k2", "x2", "y2", "z2"]])
        self.wait_for("SELECT * FROM fk;", [["k1", "x1", "d1"]])
        self.wait_for("SELECT * FROM again;", [["k1", "X1"]])
        self.assertEqual(self.answer("SELECT y, id FROM f WHERE id = 'k4';"), [["y4", "k4"]])
        self.assertEqual(self.answer("SELECT * FROM fk WHERE id IN ('k1', 'k2');"), [["k1", "x1", "d1"]])
        self.produce({"topic": "y", "key": "k2"}, {"topic": "d", "key": "x1"})
        self.wait_for("SELECT * FROM i;", both[1:])
        self.wait_for("SELECT * FROM l WHERE id = 'k2';", [["k2", "x2", None]])
        self.wait_for("SELECT * FROM n;", [])
        self.wait_for("SELECT * FROM fk;", [])
        self.wait_for("SELECT id FROM f WHERE id > 'k1' AND id <= 'k3';", [["k2"], ["k3"]])


class Life(unittest.TestCase):
    def test_state_outlives_the_server(self):
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data"})
        self.addCleanup(server.close)
        server.start()
        server.ksql("CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
                    "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id EMIT CHANGES;", EARLIEST)
        server.ksql("INSERT INTO s (id, v) VALUES ('a', 1);")
        wait_until("one row", lambda: rows(server.query("SELECT * FROM t;")) == [["a", 1]])
        self.assertEqual(server.stop(), 0)
        server.start()
        server.ksql("INSERT INTO s (id, v) VALUES ('a', 2);")
        wait_until("the next count", lambda: rows(server.query("SELECT * FROM t;")) == [["a", 2]])

    def test_the_first_of_a_session_stays_first(self):
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data"})
        self.addCleanup(server.close)
        server.start()
        server.ksql("CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
                    "CREATE TABLE t AS SELECT id, EARLIEST_BY_OFFSET(v) AS first, LATEST_BY_OFFSET(v) AS last FROM s "
                    "WINDOW SESSION (10 SECONDS) GROUP BY id EMIT CHANGES;", EARLIEST)
        for v in range(1, 5):
            server.ksql(f"INSERT INTO s (ROWTIME, id, v) VALUES (1000, 'a', {v});")
        answer = lambda: [row[3:] for row in rows(server.query("SELECT * FROM t;"))]
        wait_until("one session", lambda: answer() == [[1, 4]])
        self.assertEqual(server.stop(), 0)
        server.start()
        # Far off at first; then a row without a value makes both one.
        server.ksql("INSERT INTO s (ROWTIME, id, v) VALUES (19000, 'a', 9);")
        wait_until("two sessions", lambda: answer() == [[1, 4], [9, 9]])
        server.ksql("INSERT INTO s (ROWTIME, id, v) VALUES (10000, 'a', NULL);")
        wait_until("one session again", lambda: len(answer()) == 1)
        self.assertEqual(answer(), [[1, 9]])

    def test_one_directory_one_server(self):
        server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data"}).start()
        self.addCleanup(server.close)
        other = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": str(server.dir / "data")})
        self.addCleanup(other.close)
        other.start(wait=False)
        self.assertEqual(other.process.wait(20), 1, other.log())

    def test_a_broker_that_is_down(self):
        server = Server(PROGRAM, **{"bootstrap.servers": "127.0.0.1:1"})
        self.addCleanup(server.close)
        server.start(wait=False)
        server.port = int(server.wait_for_line(r"listening on http://127\.0\.0\.1:(\d+)").group(1))
        server.wait_for_line("waiting for Kafka at 127.0.0.1:1")
        info = server.request("GET", "/info")
        self.assertEqual((info.status, info.json()["error_code"]), (503, 50302))
        self.assertIn("127.0.0.1:1", info.json()["message"])
        health = server.request("GET", "/healthcheck").json()
        self.assertFalse(health["isHealthy"])
        self.assertFalse(health["details"]["kafka"]["isHealthy"])
        refused = server.ksql("SHOW STREAMS;")
        self.assertEqual((refused.status, refused.json()["error_code"]), (503, 50302))
        self.assertEqual(refused.header("Retry-After"), "10")
        self.assertIn("127.0.0.1:1", refused.json()["message"])
        self.assertEqual(server.stop(), 0)


class Headless(unittest.TestCase):
    def run_file(self, text, wait=True):
        server = Server(PROGRAM)
        self.addCleanup(server.close)
        path = server.dir / "queries.sql"
        path.write_text(text)
        return server.start(str(path), command="run", wait=wait)

    def test_runs_a_file(self):
        server = self.run_file("SET 'auto.offset.reset'='earliest';\n" + JOB)
        self.assertEqual(server.request("GET", "/info").status, 200)
        self.assertTrue(server.request("GET", "/healthcheck").json()["isHealthy"])
        self.assertEqual(server.ksql("SHOW STREAMS;").status, 400)
        record = {"topic": "raw_clicks", "value": "{}"}  # Else nobody could write to a log in memory.
        self.assertEqual(server.request("POST", "/millrace/produce", record).json(), {"produced": 1})
        self.assertEqual(server.stop(), 0)

    def test_mistakes_name_the_line(self):
        server = self.run_file(JOB + "CREATE STREAM x AS SELECT * FROM nope;\n", wait=False)
        self.assertEqual(server.process.wait(20), 1, server.log())
        self.assertIn("NOPE does not exist", server.log())
        self.assertIn("CREATE STREAM x AS SELECT * FROM nope;\n" + " " * 33 + "^\n", server.log())
        server = self.run_file(JOB + "CREATE STREM x;\n", wait=False)
        self.assertEqual(server.process.wait(20), 1, server.log())
        self.assertRegex(server.log(), r"queries\.sql:14:")

    def test_no_query(self):
        server = self.run_file("CREATE STREAM a (x INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);",
                               wait=False)
        self.assertEqual(server.process.wait(20), 1)
        self.assertIn("does not contain any persistent queries", server.log())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
