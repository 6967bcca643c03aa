#!/usr/bin/env python3
"""What clients that do not read cost the server, and the others. Topics in memory: no broker.

    memory_test.py MILLRACE
"""
import json
import socket
import sys
import time
import unittest

from rest_server import Connection, Server, wait_until

PROGRAM = None
ROWS = 60_000
TEXT = "x" * 200  # So a whole answer is about 16 MB.
TABLE = """
CREATE STREAM s (id VARCHAR KEY, v INT, t VARCHAR) WITH (KAFKA_TOPIC='s', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE STREAM p (id VARCHAR KEY, v INT, t VARCHAR) WITH (KAFKA_TOPIC='p', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE t AS SELECT id, COUNT(*) AS n, LATEST_BY_OFFSET(t) AS t FROM s GROUP BY id;
"""
MB = 1 << 20
DELIMITED = "application/vnd.ksqlapi.delimited.v1"


def produce(server, topic, first, last):
    lines = [json.dumps({"topic": topic, "key": f"k{i}", "value": json.dumps({"v": i, "t": TEXT})})
             for i in range(first, last)]
    assert server.request("POST", "/millrace/produce", "\n".join(lines)).status == 200


class StuckClient:
    """Asks, and reads nothing unless told to; its own receive buffer is small."""

    def __init__(self, port, sql):
        self.connection = Connection.__new__(Connection)
        self.connection.buffer = b""
        self.connection.socket = socket.socket()
        self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.connection.socket.settimeout(60)
        self.connection.socket.connect(("127.0.0.1", port))
        self.connection.send("POST", "/query-stream", json.dumps({"sql": sql}),
                             {"Accept": DELIMITED})

    def close(self):
        self.connection.close()


class MemoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM, **{"ksql.idle.connection.timeout.seconds": "120"}).start()
        cls.addClassCleanup(cls.server.close)
        cls.server.ksql(TABLE)
        for first in range(0, ROWS, 20_000):
            produce(cls.server, "s", first, first + 20_000)
        wait_until("the table", lambda: cls.one_row(ROWS - 1) is not None, 60)

    @classmethod
    def one_row(cls, number):
        lines = cls.server.query(f"SELECT id, n FROM t WHERE id = 'k{number}';").text().splitlines()
        return json.loads(lines[1]) if len(lines) > 1 else None

    def resident(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="utf-8") as status:
            return int(status.read().split("VmRSS:")[1].split()[0]) * 1024

    def stuck(self, count, sql, server=None):
        clients = [StuckClient((server or self.server).port, sql) for _ in range(count)]
        for client in clients:
            self.addCleanup(client.close)
        return clients

    def settled(self):
        """Resident bytes once they do not grow any more."""
        last = 0
        until = time.monotonic() + 20
        while time.monotonic() < until:
            now = self.resident()
            if abs(now - last) < MB // 2:
                return now
            last = now
            time.sleep(0.5)
        return last

    def comes_to_rest(self, most):
        """What a passing answer has used is given back a moment later, by the allocator's own clock."""
        wait_until(f"less than {most} resident bytes", lambda: self.resident() < most, 15)
        self.assertLess(self.settled(), most)

    def answers_quickly(self):
        """Health and look-ups wait for nobody."""
        for act in (lambda: self.assertTrue(self.server.request("GET", "/healthcheck").json()["isHealthy"]),
                    lambda: self.assertEqual(self.one_row(7), ["k7", 1])):
            began = time.monotonic()
            act()
            self.assertLess(time.monotonic() - began, 2)

    def test_clients_that_do_not_read_a_tables_rows(self):
        self.assertEqual(len(self.server.query("SELECT * FROM t;").text().splitlines()), ROWS + 1)
        before = self.settled()
        clients = self.stuck(16, "SELECT * FROM t;")
        time.sleep(0.2)
        self.answers_quickly()
        self.comes_to_rest(before + 64 * MB)
        # One that wakes up gets everything; those that go are forgotten.
        answer = clients[0].connection.receive()
        self.assertEqual(len(answer.text().splitlines()), ROWS + 1)
        self.assertEqual(answer.end, "last chunk")
        for client in clients[1:]:
            client.close()
        self.answers_quickly()

    def test_clients_that_do_not_read_a_streams_rows(self):
        before = self.settled()
        clients = self.stuck(4, "SELECT * FROM s;")
        quick = self.server.query("SELECT v FROM s;").text().splitlines()
        self.assertEqual(len(quick), ROWS + 1)
        self.answers_quickly()
        self.comes_to_rest(before + 64 * MB)
        answer = clients[0].connection.receive()
        self.assertEqual(len(answer.text().splitlines()), ROWS + 1)

    def test_a_push_query_that_is_not_read_is_told_and_dropped(self):
        before = self.settled()
        clients = self.stuck(4, "SELECT * FROM p EMIT CHANGES;")
        for client in clients:
            self.assertEqual(client.connection.read_head().status, 200)
        for first in range(0, ROWS, 20_000):
            produce(self.server, "p", first, first + 20_000)
        wait_until("their end", lambda: self.server.log().count("the client does not keep up") == 4, 30)
        self.comes_to_rest(before + 150 * MB)
        text = ""
        while chunk := clients[0].connection.read_chunk():
            text = chunk.decode()
        self.assertIn("The client reads more slowly than rows come", text)

    def test_answers_hold_no_more_than_they_may(self):
        server = Server(PROGRAM, **{"millrace.memory.bytes": str(4 * MB)}).start()
        self.addCleanup(server.close)
        server.ksql(TABLE)
        produce(server, "s", 0, 20_000)
        wait_until("the table", lambda: len(
            server.query("SELECT id, n FROM t WHERE id = 'k19999';").text().splitlines()) > 1, 30)
        # What the query has fetched and not committed is held, too, until it is done.
        wait_until("the query's own memory", lambda: server.request("GET", "/millrace/memory").json()["heldBytes"] < MB // 2, 30)
        clients = [StuckClient(server.port, "SELECT * FROM t;") for _ in range(4)]
        for client in clients:
            self.addCleanup(client.close)
        refused = [client for client in clients if client.connection.read_head().status != 200]
        self.assertGreater(len(refused), 0)
        self.assertLess(len(refused), 4)
        self.assertIn("millrace.memory.bytes", refused[0].connection.read_chunk().decode())
        self.assertEqual(
            len(server.query("SELECT id, n FROM t WHERE id = 'k7';").text().splitlines()), 2)
        for client in clients:
            client.close()
        wait_until("room", lambda: len(server.query("SELECT * FROM t;").text().splitlines()) == 20_001)

    def limited(self, **limits):
        server = Server(PROGRAM, **{f"ksql.query.pull.max.{name}": str(value) for name, value in limits.items()}).start()
        self.addCleanup(server.close)
        server.ksql(TABLE)
        produce(server, "s", 0, 20_000)
        wait_until("the table", lambda: len(server.query("SELECT id FROM t WHERE id = 'k19999';").text().splitlines()) > 1, 30)
        return server

    def test_limits_of_pull_queries(self):
        server = self.limited(**{"concurrent.requests": 2})
        clients = self.stuck(2, "SELECT * FROM t;", server)
        self.assertEqual([client.connection.read_head().status for client in clients], [200, 200])
        refused = server.query("SELECT id FROM t WHERE id = 'k7';")
        self.assertEqual(refused.status, 429)
        self.assertIn("Currently set to 2 maximum concurrent requests.", refused.text())
        for client in clients:
            client.close()
        wait_until("their end", lambda: server.query("SELECT id FROM t WHERE id = 'k7';").status == 200)
        # Who hangs up has nothing read for it any more.
        wait_until("nothing held", lambda: server.request("GET", "/millrace/memory").json()["heldBytes"] < MB)

        server = self.limited(**{"hourly.bandwidth.megabytes": 5})
        look_up = "SELECT id FROM t WHERE id = 'k7';"
        self.assertEqual(server.query("SELECT * FROM t;").status, 200)
        self.assertEqual(server.query(look_up).status, 200)
        self.assertEqual(server.query("SELECT * FROM t;").status, 200)
        self.assertIn("Host is at bandwidth rate limit for pull queries.", server.query(look_up).text())

    def test_prints_hold_no_more_than_they_may(self):
        server = Server(PROGRAM, **{"millrace.memory.bytes": str(64 * MB)}).start()
        self.addCleanup(server.close)
        server.ksql(TABLE)
        produce(server, "s", 0, 20_000)
        clients = [StuckClient(server.port, "PRINT s FROM BEGINNING;") for _ in range(10)]
        for client in clients:
            self.addCleanup(client.close)
        refused = [client for client in clients if client.connection.read_head().status != 200]
        self.assertGreater(len(refused), 0)
        self.assertLess(len(refused), 10)
        self.assertIn("millrace.memory.bytes", refused[0].connection.read_chunk().decode())
        for client in clients:
            client.close()
        wait_until("room", lambda: server.query("PRINT s FROM BEGINNING LIMIT 1;", accept=DELIMITED).status == 200)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
