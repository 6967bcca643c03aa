#!/usr/bin/env python3
"""Who may come in, what they may do, and what the audit log says of it.

    access_test.py MILLRACE
"""
import base64
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from rest_server import Server, wait_until

PROGRAM = None
# geheim, as htpasswd -B, -m and -s write it.
BCRYPT = "$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu"
APR1 = "$apr1$abcdefgh$bw9gEObk10asetVLiysIZ0"
SHA = "{SHA}kGByAB793z4R5tK1eC9Hd/4Dhzk="
USERS = f"""# who may come in
adam: geheim,admin
wera:{BCRYPT},write
rosa:{APR1},read
hans:{SHA}
"""
STREAM = "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
ROUTES = [("GET", "/"), ("GET", "/info"), ("POST", "/ksql"), ("POST", "/ksql/terminate"), ("POST", "/query"),
          ("POST", "/query-stream"), ("POST", "/close-query"), ("POST", "/inserts-stream"), ("GET", "/ws/query"),
          ("GET", "/status"), ("GET", "/status/stream/S/create"), ("GET", "/is_valid_property/a"),
          ("GET", "/clusterStatus"), ("POST", "/heartbeat"), ("POST", "/lag"), ("GET", "/millrace/memory"),
          ("POST", "/millrace/produce"), ("GET", "/nowhere"), ("OPTIONS", "/ksql"), ("HEAD", "/info"),
          ("GET", "/healthcheck/"), ("GET", "//info"), ("GET", "/chc/ready/../../info")]
OPEN = ["/chc/ready", "/chc/live", "/healthcheck", "/v1/metadata", "/v1/metadata/id"]


def basic(user, password="geheim"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class AccessTest(unittest.TestCase):
    def start(self, users=USERS, **properties):
        server = Server(PROGRAM, **properties)
        self.addCleanup(server.close)
        self.users = server.dir / "users"
        self.users.write_text(users)
        self.users.chmod(0o600)
        server.properties.update({"authentication.method": "BASIC", "authentication.realm": "Mill",
                                  "millrace.authentication.users.file": str(self.users), **properties})
        return server.start()

    def ask(self, server, user, path, body=None, method="POST", password="geheim"):
        headers = basic(user, password) if user else None
        return server.request(method, path, body, headers)

    def ksql(self, server, user, text):
        return self.ask(server, user, "/ksql", {"ksql": text})

    def check_refused(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.text())
        self.assertEqual(answer.header("content-type"), "application/json")
        self.assertEqual((answer.json()["@type"], answer.json()["error_code"]), ("generic_error", code))

    def test_nobody_comes_in_without_a_name(self):
        server = self.start()
        for method, path in ROUTES:
            with self.subTest(path=path, method=method):
                connection = server.connect()
                connection.send(method, path, "" if method == "POST" else None)
                head = connection.read_head()
                connection.close()
                self.assertEqual(head.status, 401)
                self.assertEqual(head.header("www-authenticate"), 'Basic realm="Mill"')
        answer = server.request("POST", "/ksql", {"ksql": "SHOW STREAMS;"})
        self.assertEqual(answer.text(), '{"@type":"generic_error","error_code":40100,"message":"Unauthorized"}')

    def test_what_is_no_log_in(self):
        server = self.start()
        for header in ("", "Basic", "Basic !!", "Bearer x", basic("adam", "falsch")["Authorization"],
                       basic("nobody")["Authorization"], basic("", "")["Authorization"], basic("adam", "")["Authorization"],
                       basic("wera", "falsch")["Authorization"], basic("rosa", APR1)["Authorization"],
                       basic("ADAM")["Authorization"], basic("adam", "geheim\0")["Authorization"],
                       basic("a" * 10000, "b" * 10000)["Authorization"]):
            answer = server.request("GET", "/info", None, {"Authorization": header})
            self.check_refused(answer, 401, 40100)

    def test_all_kinds_of_passwords(self):
        server = self.start()
        for user in ("adam", "wera", "rosa", "hans"):
            self.assertEqual(self.ask(server, user, "/info", method="GET").status, 200, user)
            self.assertEqual(self.ksql(server, user, "SHOW STREAMS;").status, 200)
        # Without lists of roles everybody who has logged in may do all.
        self.assertEqual(self.ksql(server, "hans", STREAM).status, 200)

    def test_probes_are_open(self):
        server = self.start()
        for path in OPEN:
            self.assertEqual(server.request("GET", path).status, 200, path)

    def test_skipped_paths(self):
        server = self.start(**{"authentication.skip.paths": "/info,/status/*"})
        self.assertEqual(server.request("GET", "/info").status, 200)
        self.assertEqual(server.request("GET", "/status/stream/S/create").status, 404)
        self.assertEqual(server.request("GET", "/status").status, 401)

    def test_roles_that_are_let_in(self):
        server = self.start(**{"authentication.roles": "admin,read"})
        self.assertEqual(self.ask(server, "rosa", "/info", method="GET").status, 200)
        answer = self.ask(server, "wera", "/info", method="GET")
        self.check_refused(answer, 403, 40300)
        self.assertEqual(answer.json()["message"], "You are forbidden from using this cluster.")

    def test_rights(self):
        server = self.start(**{"millrace.authorization.admin.roles": "admin"})
        info = {user: self.ask(server, user, "/info", method="GET").status for user in ("adam", "wera", "rosa", "hans")}
        self.assertEqual(info, {"adam": 200, "wera": 200, "rosa": 200, "hans": 403})
        self.check_refused(self.ksql(server, "rosa", STREAM), 403, 40300)
        self.assertEqual(self.ksql(server, "wera", STREAM).status, 200)
        self.assertEqual(self.ksql(server, "rosa", "SHOW STREAMS; DESCRIBE s; SET 'auto.offset.reset'='earliest';").status, 200)
        for text in ("INSERT INTO s VALUES ('a', 1);", "DROP STREAM s;", "CREATE STREAM t AS SELECT * FROM s;",
                     "DROP STREAM s DELETE TOPIC;", "ALTER SYSTEM 'commit.interval.ms'='50';", "TERMINATE ALL;"):
            self.check_refused(self.ksql(server, "rosa", text), 403, 40300)
        answer = self.ksql(server, "wera", "DROP STREAM s DELETE TOPIC;")
        self.check_refused(answer, 403, 40300)
        self.assertIn("It needs the right to administer (millrace.authorization.admin.roles)", answer.json()["message"])
        self.check_refused(self.ksql(server, "wera", "ALTER SYSTEM 'commit.interval.ms'='50';"), 403, 40300)
        # One statement that is not allowed: none is executed.
        self.check_refused(self.ksql(server, "wera", "INSERT INTO s VALUES ('a', 1); DROP STREAM s DELETE TOPIC;"), 403, 40300)
        record = '{"topic":"s","key":"k","value":"{\\"v\\":1}"}'
        self.check_refused(self.ask(server, "rosa", "/millrace/produce", record), 403, 40300)
        self.check_refused(self.ask(server, "rosa", "/inserts-stream", ""), 403, 40300)
        self.check_refused(self.ask(server, "wera", "/ksql/terminate", ""), 403, 40300)
        self.check_refused(self.ask(server, "wera", "/heartbeat", ""), 403, 40300)
        self.assertEqual(self.ask(server, "wera", "/millrace/produce", record).status, 200)
        answer = self.ask(server, "rosa", "/query-stream", {"sql": "SELECT * FROM s EMIT CHANGES LIMIT 1;",
                                                            "properties": {"auto.offset.reset": "earliest"}})
        self.assertEqual(answer.status, 200)
        self.assertIn('["k",1]', answer.text().replace(" ", ""))
        self.assertEqual(self.ksql(server, "adam", "DROP STREAM s DELETE TOPIC;").status, 200)
        self.assertEqual(self.ask(server, "adam", "/ksql/terminate", "").status, 200)

    def test_the_file_is_read_again(self):
        server = self.start()
        self.assertEqual(self.ask(server, "rosa", "/info", method="GET").status, 200)
        self.users.write_text("rosa: anders\nneu: geheim\n")
        wait_until("the change to count", lambda: self.ask(server, "rosa", "/info", method="GET").status == 401)
        self.assertEqual(self.ask(server, "rosa", "/info", method="GET", password="anders").status, 200)
        self.assertEqual(self.ask(server, "neu", "/info", method="GET").status, 200)
        self.assertEqual(self.ask(server, "adam", "/info", method="GET").status, 401)
        self.users.write_text("rosa: anders\nbad: {SSHA}x\n")
        wait_until("the log", lambda: "event=users_not_read" in server.log() or
                   (self.ask(server, "rosa", "/info", method="GET", password="anders"), False)[1])
        self.assertIn("line 2: this kind of password is not known ({SSHA})", server.log())
        self.assertEqual(self.ask(server, "rosa", "/info", method="GET", password="anders").status, 200)

    def test_a_slow_hash_is_made_once(self):
        server = self.start(users="slow:" + subprocess.run(
            [sys.executable, "-W", "ignore", "-c", "import crypt; print(crypt.crypt('geheim', '$2b$11$abcdefghijklmnopqrstuu'))"],
            capture_output=True, text=True, check=True, timeout=30).stdout)
        self.assertEqual(self.ask(server, "slow", "/info", method="GET").status, 200)
        began = time.monotonic()
        for _ in range(50):
            self.assertEqual(self.ask(server, "slow", "/info", method="GET").status, 200)
        self.assertLess(time.monotonic() - began, 2)

    def test_the_audit_log(self):
        server = self.start(**{"millrace.authorization.admin.roles": "admin"})
        self.ksql(server, "wera", STREAM + " INSERT INTO s VALUES ('streng', 4711);")
        self.ksql(server, "rosa", "DROP STREAM s;")
        self.ksql(server, "rosa", "DESCRIBE nothing;")
        self.ask(server, "rosa", "/query", {"ksql": "SELECT * FROM nothing;"})
        self.ask(server, "wera", "/millrace/produce", '{"topic":"s","value":"streng"}')
        self.ask(server, "root\nuser=x", "/info", method="GET")
        self.ask(server, "adam", "/ksql/terminate", "")
        wait_until("the log", lambda: "/ksql/terminate" in server.log())
        lines = re.findall(r"INFO (user=.*) \(audit\)", server.log())
        where = "from=127.0.0.1"
        for line in (f'user=wera {where} request="POST /ksql" statement="CREATE STREAM s ',
                     f'user=wera {where} request="POST /ksql" statement="INSERT INTO `S` VALUES (\'[value]\', \'[value]\');" outcome=ok',
                     f'user=rosa {where} request="POST /ksql" statement="DROP STREAM s;" outcome=40300',
                     f'user=rosa {where} request="POST /ksql" statement="DESCRIBE nothing;" outcome=40001',
                     f'user=rosa {where} request="POST /query" statement="SELECT * FROM nothing;" outcome=40001',
                     f'user=wera {where} request="POST /millrace/produce" what="1 records to s" outcome=ok',
                     f'user="root\\nuser=x" {where} request="GET /info" what="log-in" outcome=40100',
                     f'user=adam {where} request="POST /ksql/terminate" outcome=ok'):
            self.assertTrue(any(found.startswith(line) for found in lines), (line, lines))
        for secret in ("streng", "4711", "geheim"):
            self.assertNotIn(secret, "\n".join(lines))

    def test_audit_without_log_in(self):
        server = Server(PROGRAM, **{"millrace.audit.log": "true"})
        self.addCleanup(server.close)
        server.start()
        server.ksql("SHOW STREAMS;")
        self.assertIn('user=- from=127.0.0.1 request="POST /ksql" statement="SHOW STREAMS;" outcome=ok', server.log())

    def test_no_audit_unasked(self):
        for properties in ({}, {"millrace.audit.log": "false"}):
            server = Server(PROGRAM, **properties) if not properties else None
            if server is None:
                server = self.start(**properties)
            else:
                self.addCleanup(server.close)
                server.start()
            self.ksql(server, "adam", "SHOW STREAMS;")
            self.assertNotIn("outcome=", server.log())

    def test_jaas(self):
        with tempfile.TemporaryDirectory() as folder:
            users = pathlib.Path(folder) / "users"
            users.write_text(USERS)
            jaas = pathlib.Path(folder) / "jaas"
            jaas.write_text(f'Mill {{ org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required file="{users}"; }};')
            server = Server(PROGRAM, **{"authentication.method": "BASIC", "authentication.realm": "Mill"})
            self.addCleanup(server.close)
            os.environ["KSQL_OPTS"] = f"-Djava.security.auth.login.config={jaas}"
            try:
                server.start()
            finally:
                del os.environ["KSQL_OPTS"]
            self.assertEqual(self.ask(server, "adam", "/info", method="GET").status, 200)
            self.assertEqual(server.request("GET", "/info").status, 401)

    def refused_start(self, **properties):
        server = Server(PROGRAM, **properties)
        self.addCleanup(server.close)
        server.start(wait=False)
        self.assertEqual(server.process.wait(20), 1)
        return server.log()

    def test_starts_that_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            users = pathlib.Path(folder) / "users"
            users.write_text("a: b\nc: {SSHA}streng\n")
            on = {"authentication.method": "BASIC"}
            self.assertIn("needs a file of users", self.refused_start(**on))
            self.assertIn("Cannot read the users file", self.refused_start(**on, **{"millrace.authentication.users.file": "x"}))
            log = self.refused_start(**on, **{"millrace.authentication.users.file": str(users)})
            self.assertIn(f"{users}: line 2: this kind of password is not known ({{SSHA}})", log)
            self.assertNotIn("streng", log)
            self.assertIn("is refused without authentication.method=BASIC",
                          self.refused_start(**{"millrace.authentication.users.file": str(users)}))

    def test_narrow_doors_are_not_warned_of(self):
        plain = Server(PROGRAM)
        self.addCleanup(plain.close)
        for server in (plain.start(), self.start()):
            self.assertNotIn("without authentication", server.log())
            self.assertNotIn("cross the network", server.log())

    def run_tool(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def test_the_shell_and_datagen_log_in(self):
        server = self.start()
        url = f"http://127.0.0.1:{server.port}"
        statement = ("--fail", "-e", "CREATE STREAM c (a INT) WITH (KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', PARTITIONS=1);")
        self.assertIn("Unauthorized", self.run_tool("cli", url, *statement).stderr)
        done = self.run_tool("cli", url, "-u", "wera", "-p", "geheim", *statement)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        config = server.dir / "cli.properties"
        config.write_text("ksql.auth.basic.username=wera\nksql.auth.basic.password=geheim\n")
        done = self.run_tool("cli", url, "--config-file", str(config), "--fail", "-e", "SHOW STREAMS;")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("raw_clicks", done.stdout)
        done = self.run_tool("cli", url, "--config-file", str(config), "-u", "wera", "-p", "falsch", "--fail", "-e", "SHOW STREAMS;")
        self.assertNotEqual(done.returncode, 0)
        rows = ("--iterations", "3")
        self.assertIn("401", self.run_tool("datagen", "--url", url, *rows).stderr)
        for words in (("--url", url, "-u", "wera", "-p", "geheim"), ("--url", url.replace("//", "//wera:geheim@"))):
            done = self.run_tool("datagen", *words, *rows)
            self.assertEqual(done.returncode, 0, done.stderr)


    def test_health_asks_for_no_name(self):
        server = self.start()
        done = self.run_tool("health", f"http://127.0.0.1:{server.port}")
        self.assertEqual((done.returncode, done.stdout[:17]), (0, '{"isHealthy":true'), done.stderr)
        self.assertEqual(server.stop(), 0)
        done = self.run_tool("health", f"http://127.0.0.1:{server.port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no answer from", done.stderr)


class TlsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        self.issue("server", "IP:127.0.0.1,DNS:localhost")

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.dir, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def issue(self, name, names):
        (self.dir / "ext").write_text(f"subjectAltName={names}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", "ext", "-out", f"{name}.crt")
        (self.dir / f"{name}.pem").write_text((self.dir / f"{name}.key").read_text() + (self.dir / f"{name}.crt").read_text())

    def start(self, **properties):
        server = Server(PROGRAM, **{"listeners": "https://127.0.0.1:0", "ssl.keystore.type": "PEM",
                                    "ssl.keystore.location": str(self.dir / "server.pem"), **properties})
        self.addCleanup(server.close)
        server.start(wait=False)
        server.port = int(server.wait_for_line(r"ready on https://127\.0\.0\.1:(\d+)").group(1))
        return server

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=str(self.dir / "ca.pem"))
        if certificate:
            context.load_cert_chain(self.dir / f"{certificate}.pem")
        return context

    def get(self, server, path="/info", certificate=None, context=None):
        url = f"https://127.0.0.1:{server.port}{path}"
        with urllib.request.urlopen(url, context=context or self.context(certificate), timeout=20) as answer:
            return answer.read().decode()

    def certificate_of(self, server):
        return ssl.get_server_certificate(("127.0.0.1", server.port))

    def run_tool(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def test_health(self):
        server = self.start()
        url = f"https://127.0.0.1:{server.port}"
        self.assertEqual(self.run_tool("health", url).returncode, 1)  # Nobody that this machine trusts.
        self.assertEqual(self.run_tool("health", url, "--ca", str(self.dir / "ca.pem")).returncode, 0)
        file = self.dir / "server.properties"
        file.write_text(f"listeners={url}\nssl.keystore.type=PEM\nssl.keystore.location={self.dir / 'server.pem'}\n")
        done = self.run_tool("health", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_requests(self):
        server = self.start()
        self.assertIn("KsqlServerInfo", self.get(server))
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertIn("KsqlServerInfo", self.get(server, context=context))
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", server.port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(server.stop(), 0)

    def test_the_tools(self):
        server = self.start()
        url = f"https://127.0.0.1:{server.port}"
        statement = ("--fail", "-e", "CREATE STREAM c (a INT) WITH (KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', PARTITIONS=1);")
        done = self.run_tool("cli", url, *statement)
        self.assertIn("certificate is refused", done.stdout + done.stderr)
        ca = str(self.dir / "ca.pem")
        done = self.run_tool("cli", url, "--ca", ca, *statement)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        config = self.dir / "cli.properties"
        config.write_text(f"ssl.truststore.location={ca}\n")
        done = self.run_tool("cli", url, "--config-file", str(config), "--fail", "-e", "SHOW STREAMS;")
        self.assertIn("raw_clicks", done.stdout)
        done = self.run_tool("datagen", "--url", url, "--ca", ca, "--iterations", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_tool("cli", url, "--ca", ca, "-e",
                             "SET 'auto.offset.reset'='earliest'; SELECT * FROM c EMIT CHANGES LIMIT 3;")
        self.assertIn("Limit Reached", done.stdout + done.stderr)

    def test_certificates_of_clients(self):
        self.issue("client", "DNS:client")
        for properties in ({"ssl.client.authentication": "REQUIRED"}, {"ssl.client.auth": "true"}):
            server = self.start(**{"ssl.truststore.location": str(self.dir / "ca.pem"), **properties})
            with self.assertRaises(OSError):
                self.get(server)
            self.assertIn("KsqlServerInfo", self.get(server, certificate="client"))

    def test_a_new_certificate(self):
        server = self.start()
        before = self.certificate_of(server)
        self.issue("server", "IP:127.0.0.1")
        wait_until("the new certificate", lambda: self.certificate_of(server) != before)
        self.assertIn("KsqlServerInfo", self.get(server))

    def test_who_does_not_speak_it(self):
        server = self.start()
        answer = b""
        with socket.create_connection(("127.0.0.1", server.port), 10) as plain:
            plain.sendall(b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                answer = plain.recv(1000)
            except ConnectionError:
                pass
        self.assertNotIn(b"HTTP/1.1 200", answer)
        silent = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(200)]
        self.assertIn("KsqlServerInfo", self.get(server))
        for one in silent:
            one.close()

    def test_starts_that_are_refused(self):
        keys = {"ssl.keystore.location": str(self.dir / "server.jks"), "ssl.keystore.type": "JKS"}
        for properties, text in (
                ({"ssl.keystore.location": "/no/such.pem"}, "Cannot read /no/such.pem"), (keys, "keytool -importkeystore"),
                ({"ssl.keystore.location": str(self.dir / "server.crt")}, "has no private key"),
                ({"ssl.client.authentication": "REQUIRED"}, "set ssl.truststore.location"),
                ({"ssl.enabled.protocols": "TLSv1"}, "ssl.enabled.protocols"),
                ({"ssl.client.auth": "true", "listeners": "http://127.0.0.1:0"}, "ssl.client.authentication is refused")):
            server = Server(PROGRAM, **{"listeners": "https://127.0.0.1:0", "ssl.keystore.type": "PEM",
                                        "ssl.keystore.location": str(self.dir / "server.pem"), **properties})
            self.addCleanup(server.close)
            server.start(wait=False)
            self.assertEqual(server.process.wait(20), 1)
            self.assertIn(text, server.log())


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
