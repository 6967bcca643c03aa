#!/usr/bin/env python3
"""Clients that do not read, queries and connections by the hundred. On the server's own log on disk: no broker.

    resources_test.py MILLRACE [--small]
"""
import json
import resource
import socket
import time

from beside import DELIMITED, MB, Hostile, Settings, main, rows, side_by_side, wait_until

TEXT = "x" * 500


class StuckClient:
    """Asks, and reads nothing; its own receive buffer is small."""

    def __init__(self, port, path, body):
        data = json.dumps(body).encode()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nContent-Length: %d\r\n\r\n%s" % (
            path.encode(), DELIMITED.encode(), len(data), data))

    def close(self):
        self.socket.close()


class ResourcesTest(Hostile):
    # On disk: topics in memory are in no budget.
    properties = {"millrace.memory": "false", "ksql.streams.state.dir": "data", "millrace.log.sync": "never"}

    def stuck(self, count, sql, path="/query-stream"):
        clients = [StuckClient(self.server.port, path, {"sql": sql, "properties": {"auto.offset.reset": "earliest"}}) for _ in range(count)]
        for client in clients:
            self.addCleanup(client.close)
        return clients

    def flood(self, name, count):
        self.made(f"CREATE STREAM {name} (id VARCHAR KEY, v INT, t VARCHAR) WITH (KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON', PARTITIONS=2);")
        self.produce(name, [json.dumps({"v": i, "t": TEXT}) for i in range(count)], [f"k{i}" for i in range(1000)])

    def test_clients_that_do_not_read(self):
        count = Settings.rounds(40_000)
        self.flood("flood", count)
        self.made("CREATE TABLE flooded WITH (KEY_FORMAT='JSON') AS SELECT id, v, COUNT(*) AS c, LATEST_BY_OFFSET(t) AS t FROM flood GROUP BY id, v;",
                  {"auto.offset.reset": "earliest"})
        clients = self.stuck(20, "SELECT * FROM flood EMIT CHANGES;") + self.stuck(20, "SELECT * FROM flood;")
        clients += self.stuck(20, "SELECT * FROM flooded;") + self.stuck(10, "PRINT flood FROM BEGINNING;")
        time.sleep(3)
        self.produce("flood", [json.dumps({"v": i, "t": TEXT}) for i in range(count // 4)], ["k"])
        for client in clients:
            client.close()
        wait_until("room", lambda: len(rows(self.server, "SELECT v FROM flood;") or []) == count + count // 4, 60)
        self.made("DROP TABLE flooded DELETE TOPIC; DROP STREAM flood DELETE TOPIC;")

    def test_push_queries_by_the_hundred(self):
        clients = self.stuck(Settings.rounds(300), "SELECT g, COUNT(*) AS c FROM beside GROUP BY g EMIT CHANGES;")
        answers = []
        for client in clients:
            try:
                answers.append(client.socket.recv(12))
            except (TimeoutError, ConnectionError):
                answers.append(b"")
        self.assertNotIn(b"", answers)
        self.assertFalse([each for each in answers if each.startswith(b"HTTP/1.1 5")])
        if not Settings.small:
            self.assertTrue([each for each in answers if each.startswith(b"HTTP/1.1 4")], "ksql.max.push.queries")
        for client in clients:
            client.close()

    def test_connections_by_the_thousand(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        idle = []
        for i in range(min(Settings.rounds(6000), limit - 1000)):
            try:
                connection = socket.create_connection(("127.0.0.1", self.server.port), 5, source_address=(f"127.0.1.{i % 3 + 1}", 0))
            except OSError:
                continue  # Refused at once: as good.
            self.addCleanup(connection.close)
            if i % 2:
                try:
                    connection.sendall(b"GET /info HTTP/1.1\r\n")
                except OSError:
                    pass
            idle.append(connection)
        self.assertEqual(self.server.request("GET", "/healthcheck").status, 200)
        self.made("SHOW STREAMS;")

    def test_many_queries(self):
        count = Settings.rounds(60)
        for i in range(count):
            self.made(f"CREATE TABLE many{i} AS SELECT id, COUNT(*) AS c, COLLECT_LIST(n) AS l FROM beside WHERE n > {i} GROUP BY id;"
                      if i % 2 else f"CREATE STREAM many{i} AS SELECT id, n + {i} AS n FROM beside;")
        time.sleep(1)
        for i in range(count):
            self.made(f"DROP {'TABLE' if i % 2 else 'STREAM'} many{i} DELETE TOPIC;")

    def test_ten_thousand_partitions(self):
        """Ten thousand tasks without a record. To each of ten thousand partitions from each of them is too far."""
        self.made("CREATE STREAM parts (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='parts', VALUE_FORMAT='JSON', PARTITIONS=10000);"
                  "CREATE STREAM parts_copy AS SELECT * FROM parts;")
        by_value = "SELECT v, COUNT(*) AS c FROM parts GROUP BY v"
        self.made(f"CREATE TABLE parts_counts AS {by_value};")
        shown = self.made("SHOW QUERIES EXTENDED;").json()[0]["queryDescriptions"]
        state = next(each for each in shown if "PARTS_COUNTS" in each["id"])
        self.assertEqual(state["state"], "ERROR")
        self.assertIn("from 10000 to 10000 partitions", json.dumps(state))
        self.assertIn("from 10000 to 10000 partitions", self.server.query(f"{by_value} EMIT CHANGES;", None, DELIMITED, for_seconds=5).text())
        self.refused("CREATE STREAM more (v INT) WITH (KAFKA_TOPIC='more', VALUE_FORMAT='JSON', PARTITIONS=2000000000);")
        time.sleep(2)
        self.made("DROP TABLE parts_counts DELETE TOPIC; DROP STREAM parts_copy DELETE TOPIC; DROP STREAM parts DELETE TOPIC;")

    def test_statements_by_many_at_once(self):
        def ask(number):
            for i in range(Settings.rounds(15)):
                name = f"at{number}x{i}"
                for text in (f"CREATE STREAM {name} (v INT) WITH (KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON', PARTITIONS=1);",
                             f"INSERT INTO {name} VALUES ({i});", "SHOW QUERIES EXTENDED;", f"DESCRIBE {name} EXTENDED;",
                             f"DROP STREAM {name} DELETE TOPIC;"):
                    self.assertIn(self.server.ksql(text).status, (200, 400, 429, 503))
        side_by_side([lambda number=number: ask(number) for number in range(8)])

    def test_look_ups_and_scans_by_many(self):
        def ask(sql):
            for _ in range(Settings.rounds(60)):
                self.assertIn(self.server.query(sql, None, DELIMITED).status, (200, 429, 503))
        side_by_side([lambda sql=sql: ask(sql) for sql in ["SELECT * FROM latest;", "SELECT * FROM counted;", "SELECT * FROM beside;",
                                                          "SELECT * FROM latest WHERE id = 'k1';"] * 3])

    def test_large_rows(self):
        """Records of a megabyte, as many as there is memory for twice."""
        self.made("CREATE STREAM large (t VARCHAR) WITH (KAFKA_TOPIC='large', VALUE_FORMAT='JSON', PARTITIONS=1);"
                  "CREATE STREAM large_copy AS SELECT t, LEN(t) AS n FROM large;", {"auto.offset.reset": "earliest"})
        count = Settings.rounds(60)
        self.produce("large", [json.dumps({"t": "x" * (MB - 2000)})] * count)
        wait_until("the copies", lambda: len(rows(self.server, "SELECT n FROM large_copy;") or []) == count, 60)
        self.made("DROP STREAM large_copy DELETE TOPIC; DROP STREAM large DELETE TOPIC;")


if __name__ == "__main__":
    main()
