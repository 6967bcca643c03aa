#!/usr/bin/env python3
"""Topics that come, go and change under a server on a real broker: no row is lost, and what happened is told."""
import json
import re
import subprocess
import time

import harness

EARLIEST = {"ksql.streams.auto.offset.reset": "earliest"}
LATEST = {"ksql.streams.auto.offset.reset": "latest"}
ROUNDS = 20


def rows(first, last):
    return [(f"k{n}", json.dumps({"n": n})) for n in range(first, last)]


class TopicsTest(harness.BrokerTest):
    def setUp(self):
        super().setUp()
        self.server = self.server_with({
            "ksql.service.id": f"topics_{time.time_ns()}_",
            "ksql.streams.commit.interval.ms": 100, "ksql.query.retry.backoff.initial.ms": 1000})
        self.server.start()
        self.server.wait_healthy()

    def tearDown(self):
        self.end(self.server)

    def numbers(self, topic):
        return sorted(value["N"] for value in self.tool.values(topic))

    def wait_numbers(self, topic, wanted, seconds=30):
        wanted = sorted(wanted)
        try:
            harness.wait_for(f"the rows of {topic}", lambda: self.numbers(topic) == wanted, seconds, 0.2)
        except AssertionError:
            self.assertEqual(self.numbers(topic), wanted)

    def assert_logged(self, pattern, seconds=20):
        try:
            harness.wait_for(pattern, lambda: re.search(pattern, self.server.log()), seconds, 0.1)
        except AssertionError:
            self.fail(f"the server's log says nothing like {pattern!r}")

    def test_a_topic_dropped_and_made_again_takes_rows_at_once(self):
        """A statement that deletes or makes a topic ends when every broker says so."""
        make = "CREATE STREAM again (n INT) WITH (KAFKA_TOPIC='again', VALUE_FORMAT='JSON', PARTITIONS=2);"
        self.server.ksql(make)
        lost = []
        for number in range(ROUNDS):
            # Nothing between them: what a broker has not heard of yet would be taken for the truth.
            self.server.ksql("DROP STREAM again DELETE TOPIC;")
            self.server.ksql(make)
            self.server.ksql(f"INSERT INTO again (n) VALUES ({number});")
            found = self.tool.values("again") if "again" in self.tool.run("topics").split() else "no topic"
            if found != [{"N": number}]:
                lost.append((number, found))
        self.server.ksql("DROP STREAM again DELETE TOPIC;")
        self.assertNotIn("again", self.tool.run("topics").split())
        self.assertEqual(lost, [])

    def run_copy(self, properties, partitions=2):
        """A query from topic `src` to topic COPY; rows are numbers."""
        self.tool.run("remove", "src", "COPY")
        harness.wait_for("the topics to be gone",
                         lambda: not {"src", "COPY"} & set(self.tool.run("topics").split()), 15)
        self.server.ksql(f"CREATE STREAM src (n INT) WITH (KAFKA_TOPIC='src', VALUE_FORMAT='JSON', PARTITIONS={partitions});")
        self.server.ksql("CREATE STREAM copy AS SELECT * FROM src EMIT CHANGES;", properties)

    def make_again(self, partitions=2):
        self.tool.run("remove", "src")
        harness.wait_for("the topic to be gone", lambda: "src" not in self.tool.run("topics").split(), 15)
        self.tool.run("create", "src", partitions)

    def test_added_partitions_are_read_from_their_beginning(self):
        self.run_copy(LATEST)
        self.tool.produce("src", rows(0, 20))
        self.wait_numbers("COPY", range(20))
        subprocess.run([harness.ROOT / "scripts" / "kafka", "topics", self.broker.dir, "--alter", "--topic", "src",
                        "--partitions", "5"], check=True, stdout=subprocess.DEVNULL)
        self.tool.produce("src", rows(100, 180))  # Before the server has seen the partitions.
        self.wait_numbers("COPY", [*range(20), *range(100, 180)])

    def test_a_topic_made_again_is_read_from_its_beginning(self):
        for properties in (EARLIEST, LATEST):
            for down in (False, True):
                with self.subTest(properties=properties, down=down):
                    self.run_copy(properties)
                    self.tool.produce("src", rows(0, 60))
                    self.wait_numbers("COPY", range(60))
                    if down:
                        self.server.stop()
                    self.make_again()
                    self.tool.produce("src", rows(100, 120))
                    if down:
                        self.server.start()
                        self.server.wait_healthy()
                    self.wait_numbers("COPY", [*range(60), *range(100, 120)], 60)
                    self.assert_logged("made again")
                    self.server.ksql("DROP STREAM copy; DROP STREAM src;")

    def test_a_latest_start_is_that_of_the_statement(self):
        self.run_copy(LATEST)
        self.server.kill()
        self.tool.produce("src", rows(0, 30))
        self.server.start()
        self.server.wait_healthy()
        self.wait_numbers("COPY", range(30))


if __name__ == "__main__":
    harness.main(__doc__)
