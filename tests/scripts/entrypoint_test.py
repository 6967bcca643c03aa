#!/usr/bin/env python3
"""The image's entrypoint turns KSQL_* variables into a properties file and starts the server with it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ENTRYPOINT = pathlib.Path(__file__).resolve().parents[2] / "docker" / "entrypoint"


class EntrypointTest(unittest.TestCase):
    def start(self, variables, *arguments):
        """Runs it with a stand-in for the binary; its arguments, its properties, what it said on stderr."""
        with tempfile.TemporaryDirectory() as folder:
            binary = pathlib.Path(folder) / "millrace"
            binary.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
            binary.chmod(0o755)
            properties = pathlib.Path(folder) / "out.properties"
            env = {"PATH": os.environ["PATH"], "MILLRACE_BIN": str(binary),
                   "MILLRACE_PROPERTIES": str(properties), **variables}
            done = subprocess.run([ENTRYPOINT, *arguments], env=env, text=True, capture_output=True, check=True)
            lines = properties.read_text().splitlines() if properties.exists() else []
            words = [w.replace(str(properties), "PROPERTIES") for w in done.stdout.splitlines()]
            # As a reader of properties files: the last line of a key wins.
            return words, dict(line.split("=", 1) for line in lines), done.stderr

    def test_names(self):
        words, properties, _ = self.start({
            "KSQL_LISTENERS": "http://0.0.0.0:9000",
            "KSQL_BOOTSTRAP_SERVERS": "a:9092,b:9092",
            "KSQL_KSQL_SERVICE_ID": "shop_",
            "KSQL_KSQL_STREAMS_NUM_STREAM_THREADS": "2",
            "KSQL_A__B": "dash", "KSQL_A___B": "underscore",
            "KSQL_SASL_JAAS_CONFIG": 'x required username="u" password="p=q";',
            "OTHER_VARIABLE": "1"})
        self.assertEqual(words, ["server", "PROPERTIES"])
        self.assertEqual(properties, {
            "listeners": "http://0.0.0.0:9000", "bootstrap.servers": "a:9092,b:9092",
            "ksql.service.id": "shop_", "ksql.streams.num.stream.threads": "2",
            "a-b": "dash", "a_b": "underscore",
            "sasl.jaas.config": 'x required username="u" password="p=q";',
            "ksql.streams.state.dir": "/var/lib/millrace"})

    def test_defaults(self):
        _, properties, _ = self.start({})
        self.assertEqual(properties["listeners"], "http://0.0.0.0:8088")

    def test_options_win(self):
        _, properties, _ = self.start({"KSQL_KSQL_SERVICE_ID": "a_",
                                       "KSQL_OPTS": "-Xmx1g -Dksql.service.id=b_ -Dlisteners=http://x:1"})
        self.assertEqual(properties["ksql.service.id"], "b_")
        self.assertEqual(properties["listeners"], "http://x:1")

    def test_jvm_variables_are_ignored(self):
        _, properties, _ = self.start({"KSQL_HEAP_OPTS": "-Xmx1g", "KSQL_JMX_OPTS": "x", "KSQL_LOG4J_OPTS": "y"})
        self.assertEqual(set(properties), {"listeners", "ksql.streams.state.dir"})

    def test_connect_worker_is_refused_with_a_sentence(self):
        _, _, said = self.start({"KSQL_CONNECT_GROUP_ID": "connect"})
        self.assertIn("no embedded Connect worker", said)

    def test_value_of_several_lines(self):
        _, properties, _ = self.start({"KSQL_X_Y": "one\ntwo\\three"})
        self.assertEqual(properties["x.y"], "one\\ntwo\\\\three")

    def test_other_commands(self):
        words, properties, _ = self.start({}, "cli", "http://server:8088")
        self.assertEqual((words, properties), (["cli", "http://server:8088"], {}))


if __name__ == "__main__":
    unittest.main()
