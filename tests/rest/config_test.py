#!/usr/bin/env python3
"""Properties of the server from outside: --check-config, what ends the start, what is never shown."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from rest_server import Server

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="geheim";'


class CheckConfig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def run_server(self, text, *words, check=True, **variables):
        file = self.dir / "a.properties"
        file.write_text(text)
        arguments = [PROGRAM, "server", *(["--check-config"] if check else []), file, *words]
        return subprocess.run(arguments, env={**os.environ, **variables}, cwd=self.dir, text=True,
                              capture_output=True, timeout=60)

    def test_a_good_file(self):
        done = self.run_server("bootstrap.servers=a:1\nksql.streams.commit.interval.ms=5\n", "-D", "ksql.service.id=x_",
                               KSQL_LISTENERS="http://127.0.0.1:9", KSQL_OPTS="-Dksql.max.push.queries=7")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ("bootstrap.servers=a:1  # ", "ksql.streams.commit.interval.ms=5  # ", "ksql.service.id=x_  # -D",
                     "listeners=http://127.0.0.1:9  # KSQL_LISTENERS", "ksql.max.push.queries=7  # KSQL_OPTS"):
            self.assertIn(line, done.stdout)

    def test_the_files_of_conf(self):
        for file in sorted((ROOT / "conf").glob("*.properties")):
            done = subprocess.run([PROGRAM, "server", "--check-config", file], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), file)

    def test_all_that_is_wrong(self):
        done = self.run_server("processing.guarantee=exactly-once\nauto.offset.reset=junk\nbootstrap.server=x\n"
                               "ksql.security.extension.class=x\nlisteners=127.0.0.1:8088\n")
        self.assertEqual(done.returncode, 1)
        for text in ("exactly-once for configuration processing.guarantee: String must be one of: at_least_once",
                     "junk for configuration auto.offset.reset: String must be one of: latest, earliest",
                     "did you mean bootstrap.servers?", "ksql.security.extension.class=x is refused",
                     "write http://127.0.0.1:8088"):
            self.assertIn(text, done.stderr)

    def test_the_server_refuses_the_same(self):
        for line in ("processing.guarantee=exactly-once", "commit.interval.ms=-5", "cache.max.bytes.buffering=abc",
                     "ksql.fail.on.deserialization.error=yes", "listeners=127.0.0.1:8088", "bootstrap.server=x",
                     "authentication.method=BASIC", "ssl.client.auth=true", "ksql.security.extension.class=x",
                     "ssl.client.authentication=REQUIRED", "listeners=https://127.0.0.1:8088"):
            done = self.run_server(line + "\n", check=False)
            self.assertEqual(done.returncode, 1, line)
            self.assertIn(line.split("=")[0], done.stderr)
            self.assertEqual(list(self.dir.iterdir()), [self.dir / "a.properties"], "it must touch nothing")

    def test_a_check_finds_what_a_start_does(self):
        (self.dir / "none.sql").write_text("CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');")
        (self.dir / "bad.sql").write_text("CREATE STREAM o AS\n  SELEKT;")
        for line, text in (("ksql.service.id=a b", "ksql.service.id: It stands in the names of topics"),
                           ("ksql.service.id=", "ksql.service.id: String must be non-empty"),
                           ("ksql.schema.registry.url=foo", "ksql.schema.registry.url: A URL begins with"),
                           ("ksql.queries.file=gone.sql", "Cannot read the queries file gone.sql (ksql.queries.file)"),
                           ("ksql.queries.file=none.sql", "does not contain any persistent queries"),
                           ("ksql.queries.file=bad.sql", "bad.sql:2:")):
            said = [self.run_server(line + "\n", check=check) for check in (True, False)]
            for done in said:
                self.assertEqual(done.returncode, 1, line)
                self.assertIn(text, done.stderr)
            self.assertEqual(said[0].stderr, said[1].stderr)
            self.assertFalse((self.dir / "millrace-data").exists())

    def test_a_check_finds_what_kafkas_client_would(self):
        broker = "bootstrap.servers=127.0.0.1:1\n"
        for text, said in (("ksql.hidden.topics=(((", "ksql.hidden.topics: Not a regular expression"),
                           ("ksql.readonly.topics=*a", "ksql.readonly.topics: Not a regular expression"),
                           (broker + "consumer.debug=junk", "debug"),
                           (broker + "security.protocol=SSL\nssl.keystore.key=junk", "ssl.key.pem"),
                           (broker + "ssl.enabled.protocols=TLSv1.3", "ssl.enabled.protocols=TLSv1.3 is refused"),
                           (broker + "ssl.truststore.location=/x.jks", "ssl.truststore.location=/x.jks is refused"),
                           (broker + "sasl.jaas.config=foo GEHEIM", "sasl.jaas.config is refused"),
                           ("ksql.internal.topic.min.insync.replicas=2", "no more than ksql.internal.topic.replicas")):
            said_by = [self.run_server(text + "\n", check=check).stderr for check in (True, False)]
            self.assertIn(said, said_by[0])
            self.assertEqual(said_by[0], said_by[1], text)
            self.assertNotIn("GEHEIM", said_by[0])
            self.assertFalse((self.dir / "millrace-data").exists())
        done = self.run_server(broker + "ssl.enabled.protocols=TLSv1.2,TLSv1.3\nsecurity.protocol=SSL\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_mark_at_the_beginning_opens_nothing(self):
        done = self.run_server("\ufeffauthentication.method=BASIC\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("authentication.method=BASIC needs a file of users", done.stderr)

    def test_nothing_is_kept_in_memory_unasked(self):
        for check in (True, False):
            for line in ("ksql.streams.state.dir=", "state.dir=${env:NOTHING}"):
                done = self.run_server(line + "\n", check=check, NOTHING="")
                self.assertEqual(done.returncode, 1, line)
                self.assertIn("state.dir: String must be non-empty; topics and state are kept in memory with "
                              "millrace.memory=true", done.stderr)

    def test_no_file(self):
        done = subprocess.run([PROGRAM, "server", self.dir], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (1, f"millrace: {self.dir} is a folder, not a properties file\n"))

    def test_secrets_are_looked_up_and_not_shown(self):
        secrets = self.dir / "secrets"
        secrets.write_text(f"jaas={JAAS}\n")
        done = self.run_server(f"sasl.jaas.config=${{file:{secrets}:jaas}}\nssl.key.password=${{env:PW}}\n", PW="geheim2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sasl.jaas.config=[hidden]", done.stdout)
        self.assertNotIn("geheim", done.stdout + done.stderr)
        done = self.run_server("ssl.key.password=${env:NOT_THERE}\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ssl.key.password: there is no environment variable NOT_THERE", done.stderr)


class Shell(unittest.TestCase):
    def test_the_exit_code_tells_what_the_shell_could_not_do(self):
        server = Server(PROGRAM)
        self.addCleanup(server.close)
        server.start()

        def code(*words, url=f"http://127.0.0.1:{server.port}", typed=None):
            return subprocess.run([PROGRAM, "cli", url, *words], capture_output=True, text=True, timeout=60,
                                  input=typed or "").returncode

        script = server.dir / "a.sql"
        script.write_text("SHOW STREAMS;\ngarbage;\n")
        self.assertEqual(code("-f", script), 255)
        for text in ("garbage", "SHOW ${nope};", "UNSET 'auto.offset.reset';"):
            self.assertEqual(code("--execute", text), 255, text)
        self.assertEqual(code("-e", "SHOW STREAMS;", url="http://127.0.0.1:1"), 1)
        for text in ("SHOW STREAMS;", "DROP STREAM nobody;", "SET 'nope'='1';"):
            self.assertEqual(code("-e", text), 0, text)
        self.assertEqual(code("--fail", "-e", "DROP STREAM nobody;"), 1)
        self.assertEqual(code(typed="garbage;\n"), 0)

    def test_a_script_is_all_or_nothing_up_to_what_must_run(self):
        server = Server(PROGRAM)
        self.addCleanup(server.close)
        server.start()
        stream = "CREATE STREAM {} (y {}) WITH (KAFKA_TOPIC='{}', VALUE_FORMAT='JSON', PARTITIONS=1);\n"
        script = server.dir / "a.sql"
        for text in (stream.format("p1", "INT", "t") + stream.format("bad", "NOPE", "t") + stream.format("p2", "INT", "t"),
                     stream.format("p1", "INT", "t") + "SELECT * FROM p1 EMIT CHANGES;\ngarbage;",
                     "DROP STREAM nobody; SELECT * FROM nobody;" + stream.format("p1", "INT", "t")):
            script.write_bytes(b"\xef\xbb\xbf" + text.encode())
            for words in (("-e", text), ("-f", script), ("-e", f"RUN SCRIPT '{script}';")):
                subprocess.run([PROGRAM, "cli", f"http://127.0.0.1:{server.port}", *words], capture_output=True,
                               timeout=60, stdin=subprocess.DEVNULL, check=False)
                self.assertEqual(server.ksql("SHOW STREAMS;").json()[0]["streams"], [], words)
        script.write_bytes(b"SHOW STREAMS;\nPRINT 'caf\xe9';\n")
        done = subprocess.run([PROGRAM, "cli", f"http://127.0.0.1:{server.port}", "-f", script], capture_output=True,
                              timeout=60, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"line 2:11", done.stderr)
        self.assertNotIn(b"Stream Name", done.stdout)

    def test_commands_that_are_none(self):
        def run(*words):
            return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False)

        for word, meant in (("serv", "server"), ("sever", "server"), ("tests", "test"), ("xyzzy", None)):
            done = run(word)
            self.assertEqual(done.returncode, 2, word)
            self.assertIn(f"there is no command '{word}'", done.stderr)
            self.assertEqual(f"Did you mean '{meant}'?" in done.stderr, meant is not None, done.stderr)
        empty = tempfile.TemporaryDirectory()
        self.addCleanup(empty.cleanup)
        for words in ((), (empty.name,)):
            done = run("test", *words)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("no case", done.stderr)


class Serving(unittest.TestCase):
    def test_nothing_shows_a_secret(self):
        server = Server(PROGRAM, **{"sasl.jaas.config": JAAS, "ksql.streams.ssl.key.password": "geheim",
                                    "ksql.schema.registry.url": "http://u:geheim@h",
                                    "millrace.memory": "false", "ksql.streams.state.dir": "data"})
        self.addCleanup(server.close)
        server.start()
        server.ksql("CREATE STREAM s (id VARCHAR KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
                    "CREATE STREAM o AS SELECT * FROM s;")
        refused = server.ksql("CREATE STREAM o2 AS SELECT * FROM s;", {"ksql.functions.geo.api.key": "geheim"})
        self.assertEqual(refused.status, 400)
        self.assertIn("It can only be set in the server's properties file.", refused.text())
        answers = [server.ksql(text).text() for text in
                   ("SHOW PROPERTIES;", "SHOW QUERIES EXTENDED;", "DESCRIBE o EXTENDED;", "SET 'sasl.jaas.config'='geheim';",
                    "ALTER SYSTEM 'ssl.key.password'='geheim';", "SET 'ksql.connect.url'='http://u:geheim@h';", "SET 'ksql.functions.geo.api.key'='geheim'; NOT SQL;")]
        self.assertIn("[hidden]", answers[0])
        self.assertIn("http://u:[hidden]@h", answers[0])
        answers += [server.ksql(text).text() for text in
                    ("SET 'ksql.functions.f.dsn'='Server=h;Password=geheim';", "INSERT INTO s VALUES ('geheim') bogus;",
                     "CREATE SINK CONNECTOR c WITH (\"database.password\"='geheim') bogus;", "SET 'x.password' 'geheim';")]
        for answer in answers + [refused.text()]:
            self.assertNotIn("geheim", answer)
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("geheim", server.log())

    def test_the_log_that_is_used_and_why(self):
        server = Server(PROGRAM)
        self.addCleanup(server.close)
        server.start()
        self.assertRegex(server.log(), r"log: embedded \(memory\) \(bootstrap\.servers is not set, millrace\.memory of -D\)")
        kept = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data"})
        self.addCleanup(kept.close)
        kept.start()
        self.assertRegex(kept.log(), r"log: embedded \(.*data.*\) \(bootstrap\.servers is not set\)")


if __name__ == "__main__":
    unittest.main()
