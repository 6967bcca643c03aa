#!/usr/bin/env python3
"""Who may ask the server: hosts, web pages, clients that do not end, clients by the hundred. Topics in memory: no broker.

    doors_test.py MILLRACE
"""
import json
import resource
import socket
import sys
import threading
import time
import unittest

from rest_server import Server, wait_until

PROGRAM = None
EVIL = "http://evil.example"
FORM = "application/x-www-form-urlencoded"
SHOW = json.dumps({"ksql": "SHOW STREAMS;"})


def started(test, **properties):
    server = Server(PROGRAM, **properties).start()
    test.addCleanup(server.close)
    return server


class WebPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(PROGRAM).start()
        cls.addClassCleanup(cls.server.close)

    def status(self, headers, method="POST", path="/ksql", body=SHOW):
        return self.server.request(method, path, body, headers).status

    def test_a_page_of_another_origin_reaches_nothing(self):
        for method, path, body in (("POST", "/ksql", SHOW), ("POST", "/query", SHOW), ("POST", "/query-stream", "{}"),
                                   ("POST", "/ksql/terminate", "{}"), ("POST", "/close-query", "{}"),
                                   ("POST", "/millrace/produce", '{"topic":"t"}'), ("POST", "/inserts-stream", ""),
                                   ("GET", "/info", None), ("GET", "/healthcheck", None), ("GET", "/status", None),
                                   ("GET", "/millrace/memory", None), ("GET", "/ws/query", None),
                                   ("OPTIONS", "/ksql", None), ("GET", "/", None)):
            for origin in (EVIL, "null", "http://localhost:1"):
                answer = self.server.request(method, path, body, {"Origin": origin, "Content-Type": "text/plain"})
                self.assertEqual(answer.status, 403, (method, path, origin))
                self.assertIn("access.control.allow.origin", answer.text())
                self.assertIsNone(answer.header("access-control-allow-origin"))
        self.assertEqual(self.status({"Origin": EVIL}, "GET", "/chc/live", None), 200)
        self.assertEqual(self.status({"Sec-Fetch-Site": "cross-site", "Content-Type": FORM}), 403)

    def test_what_clients_send_is_taken(self):
        for kind in ("application/json", "application/vnd.ksql.v1+json", "application/vnd.ksql.v1+json; charset=utf-8",
                     "application/json; charset=utf-8", "application/vnd.ksqlapi.delimited.v1", FORM, "text/plain",
                     "application/octet-stream"):
            self.assertEqual(self.status({"Content-Type": kind}), 200, kind)
        self.assertEqual(self.status({}), 200)
        self.assertEqual(self.status({"Origin": f"http://localhost:{self.server.port}", "Content-Type": "application/json",
                                      "Host": f"localhost:{self.server.port}"}), 200)

    def test_a_name_that_is_not_the_servers(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "127.0.0.1.evil.example", "evil"):
            answer = self.server.request("POST", "/ksql", SHOW, {"Host": host})
            self.assertEqual(answer.status, 421, host)
            self.assertIn("millrace.http.allowed.hosts", answer.text())
            self.assertEqual(answer.json()["error_code"], 42100)
        for host in ("localhost", "127.0.0.1:1", "[::1]:8088", "ksql.localhost"):
            self.assertEqual(self.status({"Host": host}), 200, host)
        self.assertEqual(self.status({"Host": "evil.example"}, "GET", "/chc/ready", None), 200)

    def test_hosts_and_origins_that_are_allowed(self):
        server = started(self, **{"millrace.http.allowed.hosts": "ksql.example.com,*.svc.local",
                                  "ksql.advertised.listener": "http://a.example:8088",
                                  "access.control.allow.origin": "https://ui.example.com",
                                  "access.control.allow.methods": "post,get"})
        for host in ("ksql.example.com", "KSQL.example.com:443", "x.svc.local", "a.example"):
            self.assertEqual(server.request("POST", "/ksql", SHOW, {"Host": host}).status, 200, host)
        page = {"Origin": "https://ui.example.com"}
        asked = server.request("OPTIONS", "/ksql", None, {**page, "Access-Control-Request-Method": "POST"})
        self.assertEqual((asked.status, asked.header("access-control-allow-origin"), asked.header("access-control-allow-methods"),
                          asked.header("access-control-allow-headers"), asked.header("access-control-allow-credentials")),
                         (204, "https://ui.example.com", "POST,GET", "X-Requested-With,Content-Type,Accept,Origin", "true"))
        for kind in ("application/json", "text/plain;charset=UTF-8"):
            answer = server.request("POST", "/ksql", SHOW, {**page, "Content-Type": kind})
            self.assertEqual((answer.status, answer.header("access-control-allow-origin")), (200, "https://ui.example.com"))
        server.ksql("CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);")
        rows = server.request("POST", "/query-stream", {"sql": "SELECT * FROM s;"}, page)
        self.assertEqual((rows.status, rows.header("access-control-allow-origin")), (200, "https://ui.example.com"))
        self.assertEqual(server.request("POST", "/ksql", SHOW, {"Origin": EVIL}).status, 403)

    def test_doors_that_are_shut(self):
        server = started(self, **{"millrace.terminate.enabled": "false", "millrace.produce.enabled": "false"})
        for path, name in (("/ksql/terminate", "millrace.terminate.enabled"), ("/millrace/produce", "millrace.produce.enabled")):
            answer = server.request("POST", path, "{}")
            self.assertEqual((answer.status, answer.json()["error_code"]), (403, 40300))
            self.assertIn(name, answer.text())
        self.assertEqual(server.ksql("SHOW STREAMS;").status, 200)


class Clients(unittest.TestCase):
    def test_a_request_without_an_end(self):
        server = started(self, **{"millrace.http.header.timeout.ms": "500", "millrace.http.body.timeout.ms": "500"})
        for begin in (b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nX: ",
                      b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"):
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.socket.sendall(begin)
            stop = threading.Event()
            sender = threading.Thread(target=self.trickle, args=(connection.socket, stop))
            sender.start()
            began = time.monotonic()
            self.assertEqual(connection.read_head().status, 408)
            self.assertLess(time.monotonic() - began, 3)
            stop.set()
            sender.join()

    @staticmethod
    def trickle(sock, stop):
        try:
            while not stop.wait(0.05):
                sock.sendall(b"x")
        except OSError:
            pass

    def test_connections_by_the_hundred(self):
        server = started(self, **{"millrace.http.connections.max": "60", "millrace.http.address.connections.max": "40"})
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
        for one in idle:
            self.addCleanup(one.close)
        # Over its own limit an address is told so; health checks and other addresses get through.
        wait_until("the limit", lambda: server.request("GET", "/info").status == 503)
        self.assertEqual(server.request("GET", "/healthcheck").status, 200)
        other = socket.create_connection(("127.0.0.1", server.port), 20, source_address=("127.0.0.2", 0))
        self.addCleanup(other.close)
        other.sendall(b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(other.recv(100).startswith(b"HTTP/1.1 200 "))
        rest = [socket.create_connection(("127.0.0.1", server.port), 20, source_address=("127.0.0.3", 0)) for _ in range(19)]
        for one in rest:
            self.addCleanup(one.close)
        self.assertEqual(server.request("GET", "/healthcheck").status, 200)
        self.assertEqual(server.request("GET", "/chc/live").status, 200)
        for one in idle + rest:
            one.close()
        wait_until("room", lambda: server.request("GET", "/info").status == 200)

    def test_few_files_are_not_all_for_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        server = Server(PROGRAM)
        self.addCleanup(server.close)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        try:
            server.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with open(f"/proc/{server.process.pid}/limits", encoding="utf-8") as limits:
            said = limits.read().split("Max open files")[1].split()
        self.assertEqual(said[0], said[1])

    def test_bodies_that_do_not_end(self):
        server = started(self, **{"millrace.http.unfinished.bytes.max": str(1 << 20)})
        refused = 0
        for _ in range(40):
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.socket.settimeout(0.05)
            connection.socket.sendall(b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + b"x" * 50_000)
            try:
                refused += connection.read_head().status == 503
            except TimeoutError:
                pass
        self.assertGreater(refused, 10)
        self.assertEqual(server.ksql("SHOW STREAMS;").status, 200)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
