#!/usr/bin/env python3
"""Custom functions in a server: listed, described, run, their failures logged; bad libraries refused.

    extension_test.py MILLRACE FOLDER_OF_EXAMPLE FOLDER_OF_REFUSED
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "rest"))
from rest_server import Server  # noqa: E402

PROGRAM, EXAMPLE, REFUSED = None, None, None


class ExtensionTest(unittest.TestCase):
    def start(self, **properties):
        server = Server(PROGRAM, **properties)
        self.addCleanup(server.close)
        return server.start()

    def statement(self, server, text, properties=None):
        response = server.ksql(text, properties)
        self.assertEqual(response.status, 200, response.text())
        return response.json()

    def names(self, server):
        return {f["name"]: f for f in self.statement(server, "SHOW FUNCTIONS;")[0]["functions"]}

    def test_listed_and_described(self):
        server = self.start(**{"ksql.extension.dir": EXAMPLE})
        self.assertRegex(server.log(), r"library=\S*example_functions\.so functions=GREET,HAMMING,LONGEST_RUN,POINT")
        names = self.names(server)
        self.assertEqual(names["HAMMING"], {"name": "HAMMING", "type": "SCALAR", "category": "STRING"})
        self.assertEqual(names["POINT"]["category"], "OTHER")
        described = self.statement(server, "DESCRIBE FUNCTION hamming;")[0]
        self.assertEqual((described["name"], described["author"], described["version"], described["type"]),
                         ("HAMMING", "Millrace examples", "1.0", "SCALAR"))
        self.assertTrue(described["path"].endswith("example_functions.so"), described["path"])
        self.assertEqual([[a["type"] for a in f["arguments"]] for f in described["functions"]],
                         [["VARCHAR", "VARCHAR"], ["BYTES", "BYTES"]])
        first = described["functions"][0]
        self.assertEqual(first["returnType"], "INT")
        self.assertEqual((first["arguments"][1]["name"], first["arguments"][1]["description"]),
                         ("b", "another of the same length"))

    def test_runs_and_logs_failures(self):
        server = self.start(**{"ksql.extension.dir": EXAMPLE, "ksql.functions.greet.word": "Moin",
                               "ksql.logging.processing.topic.auto.create": "true",
                               "ksql.logging.processing.stream.auto.create": "true"})
        self.statement(server, "CREATE STREAM s (a VARCHAR, b VARCHAR) WITH "
                               "(KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
                               "CREATE STREAM o AS SELECT GREET(a) AS g, HAMMING(a, b) AS d FROM s;",
                       {"auto.offset.reset": "earliest"})
        self.statement(server, "INSERT INTO s (a, b) VALUES ('x', 'y'); INSERT INTO s (a, b) VALUES ('x', 'yy');")
        answer = server.query("SELECT g, d FROM o EMIT CHANGES LIMIT 2;", {"auto.offset.reset": "earliest"},
                              accept="application/vnd.ksqlapi.delimited.v1", for_seconds=20)
        self.assertEqual([json.loads(line) for line in answer.text().splitlines()[1:3]],
                         [["Moin x", 1], ["Moin x", None]])

        self.statement(server, "CREATE STREAM failures (message STRUCT<recordProcessingError STRUCT<errorMessage VARCHAR>>) "
                               "WITH (KAFKA_TOPIC='default_ksql_processing_log', VALUE_FORMAT='JSON');")
        answer = server.query("SELECT message->recordProcessingError->errorMessage FROM failures EMIT CHANGES LIMIT 1;",
                              {"auto.offset.reset": "earliest"}, accept="application/vnd.ksqlapi.delimited.v1",
                              for_seconds=20)
        self.assertIn("HAMMING: the texts differ in length", answer.text())

    def test_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for library in pathlib.Path(REFUSED).glob("*.so"):
                (pathlib.Path(folder) / library.name).symlink_to(library)
            (pathlib.Path(folder) / "not_a_library.so").write_text("text", encoding="utf-8")
            (pathlib.Path(folder) / "README").write_text("text", encoding="utf-8")
            server = self.start(**{"ksql.extension.dir": folder})
            log = server.log()
            names = self.names(server)
        for library, reason in {
                "refused_collision": "function SUBSTRING is built in already",
                "refused_name": "'NO NAME' is no name of a function",
                "refused_signature": "function FINE: a type expected at character 8 of '(NUMBER x) -> INT'",
                "refused_symbol": "has no symbol millrace_udf_library",
                "refused_version": "made for version 2 of the function interface; this server has version 1",
                "not_a_library": ""}.items():
            self.assertRegex(log, rf"library=\S*{library}\.so refused: .*{reason.replace('(', '.').replace(')', '.')}")
        self.assertNotIn("FINE", names)
        self.assertNotIn("README", log)

    def test_two_libraries_with_one_function(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.so", "b.so"):
                (pathlib.Path(folder) / name).symlink_to(pathlib.Path(EXAMPLE) / "example_functions.so")
            server = self.start(**{"ksql.extension.dir": folder})
            self.assertRegex(server.log(), r"library=\S*/a\.so functions=")
            self.assertRegex(server.log(), r"library=\S*/b\.so refused: function HAMMING is in \S*/a\.so already")

    def test_switched_off(self):
        server = self.start(**{"ksql.extension.dir": EXAMPLE, "ksql.udfs.enabled": "false"})
        self.assertNotIn("HAMMING", self.names(server))

    def test_no_such_folder(self):
        server = self.start(**{"ksql.extension.dir": "no-such-folder"})
        self.assertIn("ksql.extension.dir=no-such-folder is no folder: no custom functions", server.log())

    def test_test_command_refuses(self):
        done = subprocess.run([PROGRAM, "test", "-e", REFUSED, __file__], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("refused_collision.so: function SUBSTRING is built in already", done.stderr)


if __name__ == "__main__":
    PROGRAM, EXAMPLE, REFUSED = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
