#!/usr/bin/env python3
"""Requests that are none, are not ended, are two, are of other kinds than they say. Topics in memory: no broker.

    http_test.py MILLRACE [--small]
"""
import json
import socket
import time

from beside import MB, Hostile, Server, Settings, main, side_by_side

# Every endpoint that takes a body.
POSTS = ("/ksql", "/ksql/terminate", "/query", "/query-stream", "/close-query", "/inserts-stream", "/heartbeat", "/lag",
         "/millrace/produce")
NO_BODY_AT_ALL_IS_FINE = {"/ksql/terminate", "/millrace/produce", "/lag", "/inserts-stream"}
TERMINATE = "/ksql/terminate"
BODIES = ["[]", "[1,2]", "1", "-1e999", "true", "null", '"x"', "{", '{"ksql"', '{"ksql":}', "{'ksql':1}", '{"ksql":1}', '{"sql":[]}',
          '{"ksql":{"a":1},"sql":{"a":1}}', '{"ksql":"","sql":""}', '{"ksql":null,"sql":null}', '{"ksql":"SHOW","sql":"SHOW"}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":[]}', '{"ksql":"SHOW STREAMS;","streamsProperties":"x"}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":{"nope":1}}', '{"ksql":"SHOW STREAMS;","streamsProperties":{"a":{"b":1}}}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":{"auto.offset.reset":1}}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":{"commit.interval.ms":"x"}}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":{"processing.guarantee":"x"}}',
          '{"ksql":"SHOW STREAMS;","streamsProperties":{"":""}}', '{"ksql":"SHOW STREAMS;","sessionVariables":[1]}',
          '{"ksql":"SHOW STREAMS;","commandSequenceNumber":"x"}', '{"ksql":"SHOW STREAMS;","commandSequenceNumber":1e99}',
          '{"ksql":"SHOW STREAMS;","commandSequenceNumber":18446744073709551615}', '{"sql":"SELECT 1;","properties":[]}',
          '{"sql":"SELECT * FROM beside;","properties":{"nope":"x"}}', '{"sql":"SELECT * FROM beside;","properties":{"x":{"y":[]}}}',
          '{"queryId":1}', '{"queryId":{"id":1}}', '{"queryId":[]}', '{"topic":1}', '{"topic":"t","value":1}', '{"topic":"t","key":[]}',
          '{"topic":"t","timestamp":"x"}', '{"topic":"t","timestamp":1.5}', '{"topic":"t","timestamp":18446744073709551615}',
          '{"topic":""}', '{"topic":"no such topic"}', '{"hostInfo":1}', '{"hostInfo":{}}', '{"deleteTopicList":1,"ksql":"x;"}',
          '{"deleteTopicList":[1],"ksql":"x;"}', '{"deleteTopicList":["["],"ksql":"x;"}', "\x00", "{}\x00", '{"ksql":"\x00"}',
          '{"a":' * 5000, "[" * 100_000, '{"ksql":"' + "[" * 5000 + ';"}']
UNREADABLE = [b"\xff\xfe", b'{"ksql":"\xff\xfe;"}', b'{"ksql":"SHOW \xc3","sql":"\xed\xa0\x80;"}', b"\xef\xbb\xbf{}", b'{"\x80":1}',
              b'{"topic":"\xff","value":"x"}', b'{"ksql":"\\ud800;","sql":"\\udc00\\ud800;"}']
SMUGGLED = [b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: +5\r\n", b"Content-Length: 5,5\r\n", b"Content-Length: -1\r\n",
            b"Content-Length: 99999999999999999999\r\n", b"Content-Length : 5\r\n", b"Content-Length:\x0b5\r\n", b"Content-Length: 0x5\r\n",
            b"Transfer-Encoding: \x0bchunked\r\n", b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding: identity\r\n",
            b"X: y\r\n z\r\n", b"X y: z\r\n", b": x\r\n", b"X: \x00\r\n", b"X: a\nY: b\r\n", b"X: a\rY: b\r\n", b"Host: other\r\n",
            b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"]
HEADS = [b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
         b"GET / HTTP/1.0\r\n\r\n", b"G\x00T / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /\x7f HTTP/1.1\r\nHost: localhost\r\n\r\n",
         b"GET x HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 9,
         b"(){:;} / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\nHost: localhost\n\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
PATHS = ["/%", "/%zz", "/%00", "/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "//ksql", "/ksql/", "/ksql?x=%ff", "/status/%00/%ff/%2f",
         "/status/a/b/" + "c" * 8000, "/is_valid_property/%ff%fe", "/is_valid_property/" + "%41" * 3000, "/status/" + "/" * 3000,
         "/?" + "a=b&" * 5000, "/" + "%25" * 5000, "/ws/query?request=%7b%00", "/v1/metadata/id/x", "/chc/", "/healthcheck/x"]


class HttpTest(Hostile):
    # Whoever asks the server to end its queries may, and need not say more than {}.
    properties = {"millrace.terminate.enabled": "false"}

    def ask(self, data, seconds=10, is_whole=False):
        """Bytes on a connection of their own; the first of the answer, or b"" where it was closed without. Those that may be no
        whole request are the last that the client has to say."""
        with socket.create_connection(("127.0.0.1", self.server.port), seconds) as connection:
            try:
                connection.sendall(data)
                if not is_whole:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # Refused before it was all there.
            try:
                return connection.recv(65536)
            except ConnectionResetError:
                return b""

    def status(self, data):
        answer = self.ask(data, is_whole=True)
        self.assertTrue(answer.startswith(b"HTTP/1.1 "), (data[:200], answer[:200]))
        return int(answer[9:12])

    def as_ksqldb(self, answer):
        """Its own words and code for a property that there is none of."""
        return answer.status == 500 and "Not recognizable as ksql, streams, consumer, or producer property" in answer.text()

    def test_bodies_of_the_wrong_kind(self):
        for path in POSTS:
            for body in BODIES + UNREADABLE:
                data = body if isinstance(body, bytes) else body.encode()
                answer = self.server.request("POST", path, data)
                shown = (path, data[:120], answer.status, answer.text()[:300])
                self.assertTrue(answer.status not in (500, 503) or self.as_ksqldb(answer), shown)
                if path == TERMINATE:
                    self.assertIn(answer.status, (400, 403), shown)
                if answer.status >= 400 and answer.status != 404:
                    self.assertTrue(answer.json()["message"].strip(), shown)

    def test_bodies_that_end_no_server(self):
        server = Server(Settings.program).start()
        self.addCleanup(server.close)
        for body in BODIES + UNREADABLE:
            data = body if isinstance(body, bytes) else body.encode()
            if data and (b"deleteTopicList" in data or not data.lstrip(b"\xef\xbb\xbf").startswith(b"{")):
                answer = server.request("POST", TERMINATE, data)
                self.assertEqual(answer.status, 400, (data[:100], answer.text()))
        self.assertIsNone(server.process.poll())

    def test_no_body(self):
        for path in POSTS:
            for headers in ({}, {"Content-Type": "application/json"}):
                answer = self.server.request("POST", path, b"", headers)
                shown = (path, answer.status, answer.text()[:300])
                self.assertNotIn(answer.status, (500, 503), shown)
                if path not in NO_BODY_AT_ALL_IS_FINE:
                    self.assertEqual(answer.status, 400, shown)
                    self.assertTrue(answer.json()["message"].strip(), shown)

    def test_properties_that_there_are_none_of(self):
        for value in ({"nope": 1}, {"ksql.streams.nope": "x"}, {"": "x"}, {"a b": "x"}):
            answer = self.server.request("POST", "/ksql", {"ksql": "SHOW STREAMS;", "streamsProperties": value})
            self.assertTrue(self.as_ksqldb(answer), (value, answer.status, answer.text()))
        for value in ("earliest", "EARLIEST", "Latest"):
            answer = self.server.request("POST", "/ksql", {"ksql": "SHOW STREAMS;", "streamsProperties": {"auto.offset.reset": value}})
            self.assertEqual(answer.status, 200, value)
            self.assertEqual(self.server.ksql(f"SET 'auto.offset.reset'='{value}';").status, 200, value)
        self.assertEqual(self.server.ksql("SET 'auto.offset.reset'='sometimes';").status, 400)

    def test_malformed_heads(self):
        for head in HEADS:
            answer = self.ask(head)
            if answer:
                self.assertTrue(answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 505"), (head, answer[:200]))
        for junk in (b"\x00" * 70_000, b"A" * 70_000, b"\r\n" * 40_000, self.random.randbytes(5000)):
            self.assertFalse(self.ask(junk).startswith(b"HTTP/1.1 5"), junk[:40])
        for _ in range(Settings.rounds(200)):
            whole = bytearray(b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 24\r\n\r\n" + b'{"ksql":"SHOW STREAMS;"}')
            for _ in range(self.random.randint(1, 4)):
                whole[self.random.randrange(len(whole))] = self.random.randrange(256)
            self.assertFalse(self.ask(bytes(whole)).startswith(b"HTTP/1.1 5"), bytes(whole))

    def test_requests_within_requests(self):
        inner = b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for fields in SMUGGLED:
            answer = self.ask(b"POST /ksql HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n" + b"0\r\n\r\n" + inner)
            self.assertTrue(answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 501")), (fields, answer[:200]))
            self.assertNotIn(b"KsqlServerInfo", answer, fields)

    def test_chunks_without_an_end(self):
        begin = b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for rest in (b"1" * 100_000, b"1;" + b"x" * 100_000, b"fffffffffffffffff\r\n", b"-1\r\n", b"0\r\n" + b"A: b\r\n" * 20_000,
                     b"zz\r\n", b"5\r\nabcdeX\r\n0\r\n\r\n", b"7fffffffffffffff\r\nabc", b"ffffffff\r\n" + b"x" * 100_000):
            answer = self.ask(begin + rest)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4"), (rest[:50], answer[:200]))
        self.assertEqual(self.status(begin + b"1\r\n{\r\n" * 20_000 + b"0\r\n\r\n"), 400)

    def test_chunks_byte_by_byte(self):
        """In TCP segments of their own: once, a last chunk that came so ended the server."""
        for body in (b"0\r\n\r\n", b"1\r\n{\r\n0\r\n\r\n", b"00;a=b\r\nTrailer: x\r\n\r\n", b"1\r\n0\r\n1\r\n\r\r\n0\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port), 20) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                for i in range(len(body)):
                    time.sleep(0.01)
                    connection.sendall(body[i:i + 1])
                self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 400"), body)

    def test_heads_that_are_too_long(self):
        for field in (b"X: " + b"y" * 100_000, b"\r\n".join(b"X%d: y" % i for i in range(20_000)), b"y" * 100_000 + b": x"):
            self.assertIn(self.status(b"GET /info HTTP/1.1\r\nHost: localhost\r\n" + field + b"\r\n\r\n"), (400, 431))
        self.assertIn(self.status(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), (400, 414, 431))
        self.assertEqual(self.status(b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n{"), 413)

    def test_paths(self):
        for path in PATHS:
            for method in ("GET", "POST", "PUT", "DELETE", "TRACE", "OPTIONS"):
                status = self.status(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
                self.assertLess(status, 500, (method, path))

    def test_pages_of_others(self):
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"},
                        {"Origin": "http://localhost.evil.example"}, {"Origin": "\x7f"}, {"Origin": "http://[::1"}):
            for path in POSTS:
                answer = self.server.request("POST", path, "{}", {"Content-Type": "text/plain", **headers})
                self.assertIn(answer.status, (400, 403, 421), (headers, path))

    def test_slow_heads_and_bodies(self):
        """Byte by byte, on many connections: each is closed in time."""
        connections = []
        for i in range(Settings.rounds(300)):
            connection = socket.create_connection(("127.0.0.1", self.server.port), 20)
            self.addCleanup(connection.close)
            connection.sendall(b"GET /info HTTP/1.1\r\nX: " if i % 2 else b"POST /ksql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            connections.append(connection)
        ended = set()
        until = time.monotonic() + 20
        while len(ended) < len(connections) and time.monotonic() < until:
            for connection in connections:
                if connection in ended:
                    continue
                try:
                    connection.send(b" ")
                except OSError:
                    ended.add(connection)
            time.sleep(0.1)
        self.assertEqual(len(ended), len(connections))

    def test_large_bodies_in_pieces(self):
        """Together more than there is memory: some are told so, the others are read."""
        data = b'{"ksql":"' + b" " * (5 * MB) + b'"}'

        def send():
            for _ in range(Settings.rounds(5)):
                answer = self.server.request("POST", "/ksql", data)
                self.assertIn(answer.status, (200, 400, 429, 503))
        side_by_side([send] * 8)

    def test_connections_that_come_and_go(self):
        def come_and_go():
            for _ in range(Settings.rounds(250)):
                with socket.create_connection(("127.0.0.1", self.server.port), 20) as connection:
                    connection.sendall(b"GET /info HT")
        side_by_side([come_and_go] * 4)

    def test_answers_that_nobody_waits_for(self):
        body = json.dumps({"sql": "SELECT * FROM beside EMIT CHANGES;"}).encode()
        for _ in range(Settings.rounds(150)):
            with socket.create_connection(("127.0.0.1", self.server.port), 20) as connection:
                connection.sendall(b"POST /query-stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                if self.random.random() < 0.5:
                    connection.recv(1)

    def test_requests_by_the_thousand_in_one_go(self):
        one = b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port), 20) as connection:
            connection.settimeout(0.5)
            sent = 0
            try:
                for _ in range(50):
                    connection.sendall(one * 400)
                    sent += 400
            except OSError:
                pass  # Nobody reads the answers: the server need not read on.
            connection.settimeout(20)
            connection.shutdown(socket.SHUT_WR)
            got = b""
            while piece := connection.recv(1 << 20):
                got += piece
            self.assertGreaterEqual(got.count(b"HTTP/1.1 200"), min(sent, 400))


if __name__ == "__main__":
    main()
