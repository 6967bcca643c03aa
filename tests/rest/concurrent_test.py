#!/usr/bin/env python3
"""Statements of several clients at once: what each was told holds afterwards. Topics and state on disk, no broker.

    concurrent_test.py MILLRACE
"""
import json
import pathlib
import sys
import threading
import unittest

from rest_server import Server

PROGRAM = None
ROUNDS = 15


class ConcurrentTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(PROGRAM, **{"millrace.memory": "false", "ksql.streams.state.dir": "data"})
        self.addCleanup(self.server.close)
        self.server.start()
        self.made("CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', value_format='json', partitions=1);")

    def made(self, statement):
        answer = self.server.ksql(statement)
        self.assertEqual(answer.status, 200, answer.text())

    def names(self, statement, kind):
        return {entry["name"] for entry in json.loads(self.server.ksql(statement).text())[0][kind]}

    def test_a_stream_made_while_its_topic_is_deleted_has_a_topic(self):
        create = "CREATE STREAM x AS SELECT * FROM s;"
        done = []

        def make():
            for _ in range(8):
                if self.server.ksql(create).status == 200:
                    done.append("made")
                    return

        for _ in range(ROUNDS):
            self.made(create)
            other = threading.Thread(target=make)
            other.start()
            self.made("DROP STREAM x DELETE TOPIC;")
            other.join()
            if "X" in self.names("SHOW STREAMS;", "streams"):
                self.assertIn("X", self.names("SHOW TOPICS;", "topics"))
                self.made("INSERT INTO x VALUES (1, 1);")
                self.made("DROP STREAM x DELETE TOPIC;")
        self.assertTrue(done, "the two never met")


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
