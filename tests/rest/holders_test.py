#!/usr/bin/env python3
"""Fills each holder of memory of a small `millrace.memory.bytes` with more than there is, on the server's own log on disk: the
server stays small and answers, and no row is lost. See engine/base/memory_governor.h.

    holders_test.py MILLRACE
"""
import json
import shutil
import sys
import threading
import time
import unittest

from rest_server import Connection, Server, wait_until

PROGRAM = None
MB = 1 << 20
BUDGET = 96 * MB
# The program itself, its threads, what the allocator has not given back yet, and a batch or two of each thread: what is counted
# is counted once it is there. Twice as many rows cost no more.
BESIDE = 104 * MB
# Readers of a repartition topic must take in what all its writers have let go of at a commit, to put it into time order.
BESIDE_MERGES = 192 * MB
ROWS, PARTITIONS = 64_000, 64
PAD = "x" * 1000
DELIMITED = "application/vnd.ksqlapi.delimited.v1"


def value_of(number):
    return json.dumps({"v": number, "g": number % 10, "t": f"{number:08d}{PAD}"})


class Watch:
    """Looks at a server until it is left: how large it was at most, and how long health checks waited."""

    def __init__(self, server):
        self.server, self.largest, self.slowest, self.ended = server, 0, 0.0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        asked = 0.0
        while not self.ended.is_set():
            self.largest = max(self.largest, resident(self.server))
            if time.monotonic() - asked > 0.2:
                asked = time.monotonic()
                healthy = self.server.request("GET", "/healthcheck").json()["isHealthy"]
                self.slowest = max(self.slowest, time.monotonic() - asked if healthy else 999)
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def resident(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return int(status.read().split("VmRSS:")[1].split()[0]) * 1024


class HoldersTest(unittest.TestCase):
    """Each test has a server of its own over a copy of one state directory, with the rows in it."""

    @classmethod
    def setUpClass(cls):
        cls.filled = cls.server_with({})
        cls.addClassCleanup(cls.filled.close)
        cls.filled.start()
        cls.filled.ksql(f"CREATE STREAM s (id VARCHAR KEY, v INT, g INT, t VARCHAR) WITH (KAFKA_TOPIC='s', "
                        f"KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS={PARTITIONS});")
        for first in range(0, ROWS, 4000):
            lines = [json.dumps({"topic": "s", "key": f"k{i}", "value": value_of(i)}) for i in range(first, first + 4000)]
            assert cls.filled.request("POST", "/millrace/produce", "\n".join(lines)).status == 200
        assert cls.filled.stop() == 0

    @staticmethod
    def server_with(properties):
        return Server(PROGRAM, **{"millrace.memory": "false", "state.dir": "state", "millrace.memory.bytes": str(BUDGET),
                                  "ksql.streams.num.stream.threads": "2", "ksql.streams.commit.interval.ms": "8000",
                                  "ksql.streams.auto.offset.reset": "earliest", "millrace.log.sync": "never", **properties})

    def server(self, **properties):
        server = self.server_with(properties)
        self.addCleanup(server.close)
        shutil.copytree(self.filled.dir / "state", server.dir / "state")
        return server.start()

    def num_rows(self, server, sql):
        connection = server.connect()
        try:
            connection.send("POST", "/query-stream", json.dumps({"sql": sql}), {"Accept": DELIMITED})
            answer = connection.receive()
            self.assertEqual(answer.end, "last chunk")
            return len(answer.text().splitlines()) - 1
        finally:
            connection.close()

    def holders(self, server):
        answer = server.request("GET", "/millrace/memory")
        return {each["name"]: each for each in answer.json()["holders"]} if answer.status == 200 else {}

    def check(self, what, watch, server, beside=BESIDE):
        print(f"{what}: {watch.largest / MB:.0f} MB at most, health checks {watch.slowest * 1000:.0f} ms at most", file=sys.stderr)
        holders = self.holders(server)
        for name, each in holders.items():
            print(f"    {name}: {each['mostHeldBytes'] / MB:.1f} of {each['maxBytes'] / MB:.1f} MB", file=sys.stderr)
        self.assertLess(watch.largest, BUDGET + beside)
        self.assertLess(watch.slowest, 1)
        return holders

    def test_rows_that_are_fetched(self):
        server = self.server()
        with Watch(server) as watch:
            server.ksql("CREATE STREAM few AS SELECT id, v, t FROM s WHERE v % 16 = 0;")
            server.ksql("CREATE STREAM odd AS SELECT id, v, SUBSTRING(t, 1, 8) AS head FROM s WHERE v % 2 = 1;")
            wait_until("the rows", lambda: self.num_rows(server, "SELECT v FROM odd;") == ROWS // 2, 60)
            wait_until("the rows", lambda: self.num_rows(server, "SELECT v FROM few;") == ROWS // 16, 60)
        self.check("fetched rows", watch, server)

    def test_work_that_is_not_committed(self):
        server = self.server(**{"ksql.streams.processing.guarantee": "exactly_once_v2"})
        with Watch(server) as watch:
            server.ksql("CREATE STREAM copied AS SELECT * FROM s;")
            server.ksql("CREATE TABLE latest AS SELECT id, COUNT(*) AS n, LATEST_BY_OFFSET(t) AS t FROM s GROUP BY id;")
            wait_until("the copy", lambda: self.num_rows(server, "SELECT v FROM copied;") == ROWS, 60)
            wait_until("the table", lambda: self.num_rows(server, "SELECT n FROM latest;") == ROWS, 60)
        self.check("uncommitted work", watch, server)

    def test_groups_that_are_combined_ahead(self):
        server = self.server()
        with Watch(server) as watch:
            server.ksql("CREATE TABLE by_text AS SELECT t, COUNT(*) AS n, SUM(v) AS total FROM s GROUP BY t;")
            wait_until("the groups", lambda: self.num_rows(server, "SELECT n FROM by_text;") == ROWS, 100)
        self.check("combined groups", watch, server, BESIDE_MERGES)

    def test_groups_of_push_queries(self):
        server = self.server()
        small, large = server.connect(), server.connect()
        self.addCleanup(small.close)
        self.addCleanup(large.close)
        with Watch(server) as watch:
            small.send("POST", "/query-stream", json.dumps({"sql": "SELECT g, COUNT(*) AS n FROM s GROUP BY g EMIT CHANGES;"}),
                       {"Accept": DELIMITED})
            large.send("POST", "/query-stream", json.dumps({"sql": "SELECT t, COUNT(*) AS n FROM s GROUP BY t EMIT CHANGES;"}),
                       {"Accept": DELIMITED})
            answer = large.receive(60)
            self.assertEqual(answer.end, "last chunk")
            self.assertIn("millrace.memory.bytes", answer.text())
            counts = {}
            small.read_head()
            while sum(counts.values()) < ROWS:
                for line in small.read_chunk().decode().splitlines():
                    row = json.loads(line) if line else None
                    if isinstance(row, list):
                        counts[row[0]] = row[1]
            self.assertEqual(counts, {g: ROWS // 10 for g in range(10)})
        self.check("push queries", watch, server)

    def test_bodies_of_requests(self):
        server = self.server()
        body = b" " * (9 * MB)
        refused = 0
        with Watch(server) as watch:
            clients = [Connection(server.port) for _ in range(24)]
            for client in clients:
                self.addCleanup(client.close)
                client.socket.sendall(b"POST /millrace/produce HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1))
                try:
                    client.socket.sendall(body)
                except OSError:
                    pass  # It has been refused, and is not read any more.
            time.sleep(1)
            for client in clients:
                client.socket.settimeout(0.2)
                try:
                    refused += b"millrace.memory.bytes" in client.socket.recv(4096)
                except OSError:
                    pass
                client.close()
            lines = [json.dumps({"topic": "s", "key": f"k{i}", "value": "{}"}) for i in range(1000)]
            wait_until("room", lambda: server.request("POST", "/millrace/produce", "\n".join(lines)).status == 200)
        self.check("requests", watch, server)
        self.assertGreater(refused, 0)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
