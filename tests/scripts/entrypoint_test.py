#!/usr/bin/env python3
"""The image's entrypoint starts the server, or any other command. What KSQL_* variables mean is the server's to know."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ENTRYPOINT = pathlib.Path(__file__).resolve().parents[2] / "docker" / "entrypoint"


class EntrypointTest(unittest.TestCase):
    def start(self, variables, *arguments):
        """Runs it with a stand-in for the binary; its arguments, a variable it saw, what was said on stderr."""
        with tempfile.TemporaryDirectory() as folder:
            binary = pathlib.Path(folder) / "millrace"
            binary.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "$KSQL_LISTENERS"\n')
            binary.chmod(0o755)
            env = {"PATH": os.environ["PATH"], "MILLRACE_BIN": str(binary), **variables}
            done = subprocess.run([ENTRYPOINT, *arguments], env=env, text=True, capture_output=True, check=True)
            return done.stdout.splitlines(), done.stderr

    def test_the_server_gets_its_file_and_the_variables(self):
        words, _ = self.start({"KSQL_LISTENERS": "http://0.0.0.0:9000"})
        self.assertEqual(words, ["server", "/etc/millrace/server.properties", "http://0.0.0.0:9000"])
        words, _ = self.start({"MILLRACE_PROPERTIES": "/my.properties"}, "server")
        self.assertEqual(words, ["server", "/my.properties", ""])

    def test_connect_worker_is_refused_with_a_sentence(self):
        _, said = self.start({"KSQL_CONNECT_GROUP_ID": "connect"})
        self.assertIn("no embedded Connect worker", said)

    def test_other_commands(self):
        words, _ = self.start({}, "cli", "http://server:8088")
        self.assertEqual(words, ["cli", "http://server:8088", ""])

    def test_health_is_that_of_the_server_with_the_file(self):
        words, _ = self.start({"MILLRACE_PROPERTIES": "/my.properties"}, "health")
        self.assertEqual(words, ["health", "/my.properties", ""])
        words, _ = self.start({}, "health", "http://other:8088")
        self.assertEqual(words, ["health", "http://other:8088", ""])


if __name__ == "__main__":
    unittest.main()
