#!/usr/bin/env python3
"""Sixty-five queries of thirteen kinds on a real broker, under load, exactly once, while everything around them fails.

The server is killed, the broker is killed, the server is stopped for longer than its session, topics that some
queries read are deleted and made again. Afterwards every row of every query is compared with the truth
(chaos_model.py): nothing lost, nothing twice. How long the server takes to be at work again is printed.

  chaos_test.py --millrace PROGRAM --tool PROGRAM [--kills 3] [--broker-kills 1] [--stops 1] [--topic-faults 2]
"""
import argparse
import json
import os
import random
import signal
import statistics
import sys
import threading
import time

import chaos_model
import harness
from harness import say

BACK_SECONDS = 60
LAST_LIFE_ROWS = 40
VICTIM = """CREATE STREAM victim_source (n INT) WITH (KAFKA_TOPIC='chaos_victim', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE STREAM victim AS SELECT n FROM victim_source EMIT CHANGES;"""


class Load(threading.Thread):
    """Events, orders and changes of tables at a steady rate until it is ended. Event time runs a little out of order."""

    def __init__(self, tool, rate, seed):
        super().__init__(daemon=True)
        self.rate, self.chance, self.ended = rate, random.Random(seed), threading.Event()
        self.sent = 0
        self.time = int(time.time() * 1000) - 3_600_000
        self.pipes = {topic: tool.start("produce", topic, stdin=-1) for topic in chaos_model.TOPICS}
        self.failure = None

    def send(self, topic, key, value, at):
        self.pipes[topic].stdin.write(f"{key}\t{json.dumps(value)}\t{at}\n")

    def flush(self):
        for pipe in self.pipes.values():
            pipe.stdin.flush()

    def tables(self):
        """Before the queries start: what a stream is joined with does not change later."""
        for n in range(0, chaos_model.KEYS, 2):
            self.send("chaos_users", f"k{n}", {"name": f"user {n}"}, self.time)
        for n in range(500):
            self.send("chaos_accounts", f"a{n}", {"p": f"p{n % chaos_model.PRODUCTS}"}, self.time)
        self.flush()

    def event(self):
        number, chance = self.sent, self.chance
        self.sent += 1
        self.time += 5
        at = self.time - chance.randrange(2_000)
        self.send("chaos_events", f"k{chance.randrange(chaos_model.KEYS)}",
                  {"id": number, "v": chance.randrange(1_000), "g": f"g{chance.randrange(chaos_model.GROUPS)}"}, at)
        if number % 4 == 0:
            self.send("chaos_orders", f"o{number}", {"oid": number // 4, "eid": max(0, number - chance.randrange(50))}, at)
        if number % 50 == 0:
            self.send("chaos_prices", f"p{chance.randrange(chaos_model.PRODUCTS)}", {"price": number}, at)
            self.send("chaos_accounts", f"a{chance.randrange(500)}", {"p": f"p{chance.randrange(chaos_model.PRODUCTS)}"}, at)

    def run(self):
        try:
            due = time.monotonic()
            while not self.ended.wait(max(0.0, due - time.monotonic())):
                for _ in range(self.rate // 10):
                    self.event()
                self.flush()
                due += 0.1
        except (OSError, ValueError) as error:
            self.failure = error

    def close(self):
        """Ends the load with later events of each key, so that windows close: by steps, because EMIT FINAL leaves out
        windows that a jump of time takes out of their retention, as ksqlDB does."""
        self.ended.set()
        if self.is_alive():
            self.join()
        assert self.failure is None, self.failure
        for _ in range(6):
            self.time += 5_000
            for n in range(chaos_model.KEYS * chaos_model.VARIANTS):
                self.send("chaos_events", f"k{n // chaos_model.VARIANTS}",
                          {"id": self.sent, "v": n % chaos_model.VARIANTS, "g": "g0"}, self.time)
                self.sent += 1
        for topic, pipe in self.pipes.items():
            pipe.stdin.close()
            assert pipe.wait(120) == 0, f"the producer of {topic} failed"

    def kill(self):
        self.ended.set()
        for pipe in self.pipes.values():
            pipe.kill()


class Chaos:
    def __init__(self, arguments):
        self.arguments = arguments
        self.chance = random.Random(arguments.seed)
        self.broker = harness.Broker()
        self.broker.start()
        self.tool = harness.Tool(arguments.tool, self.broker.brokers)
        self.server = harness.Server(arguments.millrace, {
            "bootstrap.servers": self.broker.brokers, "ksql.service.id": "chaos_",
            "ksql.streams.processing.guarantee": "exactly_once_v2", "ksql.streams.num.stream.threads": 2,
            "ksql.streams.auto.offset.reset": "earliest", "ksql.query.retry.backoff.initial.ms": 500,
            "ksql.query.retry.backoff.max.ms": 2000})
        self.load = Load(self.tool, arguments.rate, arguments.seed)
        self.follower = None
        self.back, self.victims = [], 0

    def begin(self):
        for topic in chaos_model.TOPICS:
            self.tool.run("create", topic, 4)
        self.load.tables()
        time.sleep(1)
        self.server.start()
        self.server.wait_healthy()
        began = time.monotonic()
        self.server.ksql(chaos_model.statements() + VICTIM, timeout=300)
        say(f"{len(chaos_model.results())} queries made in {time.monotonic() - began:.1f} s")
        self.load.start()
        self.follow()
        self.work_seen(0)

    def follow(self):
        if self.follower:
            self.follower.close()
        self.follower = harness.Follower(self.tool, "FILTERED_0")

    def work_seen(self, after_ms):
        """When committed rows were first seen after that moment."""
        found = []
        waiter = threading.Thread(target=lambda: found.append(self.follower.first_after(after_ms)), daemon=True)
        waiter.start()
        waiter.join(BACK_SECONDS)
        self.server.check_alive()
        assert found, f"no row came within {BACK_SECONDS} s"
        return found[0]

    def kill(self):
        self.server.kill()
        killed = time.time() * 1000
        self.server.start()
        # What was committed before is seen within milliseconds; what comes later is new.
        self.back.append(round(self.work_seen(killed + 60) - killed))
        return f"at work again after {self.back[-1]} ms"

    def broker_kill(self):
        self.follower.close()
        self.follower = None
        self.broker.kill()
        began = time.time() * 1000
        time.sleep(self.chance.uniform(0, 3))
        self.broker.start()
        self.follow()
        return f"at work again after {round(self.work_seen(time.time() * 1000) - began)} ms"

    def stop(self):
        os.kill(self.server.process.pid, signal.SIGSTOP)
        time.sleep(self.arguments.stop_seconds)
        os.kill(self.server.process.pid, signal.SIGCONT)
        began = time.time() * 1000
        return f"at work again after {round(self.work_seen(began + 60) - began)} ms"

    def topic_fault(self):
        """The topic of a query is gone for a while; the others do not notice, and it goes on with the new one."""
        self.tool.run("remove", "chaos_victim")
        time.sleep(self.chance.uniform(0.2, 3))
        self.tool.run("create", "chaos_victim", 2)
        self.victims += 1
        row = 100_000 * self.victims
        # Half the rows in each life: on Kafka a new topic is told from the old one by its end (docs/reliability.md).
        lives_left = self.arguments.topic_faults - self.victims
        want = {row + n for n in range(LAST_LIFE_ROWS << lives_left)}
        self.tool.produce("chaos_victim", [(f"k{n}", json.dumps({"n": n})) for n in sorted(want)])
        began = time.monotonic()
        harness.wait_for("the rows of the new topic", lambda: want <= {
            value["N"] for value in self.tool.values("VICTIM")}, BACK_SECONDS, 0.2)
        return f"its rows were there after {time.monotonic() - began:.1f} s"

    def faults(self):
        arguments = self.arguments
        plan = ([self.kill] * arguments.kills + [self.broker_kill] * arguments.broker_kills +
                [self.stop] * arguments.stops + [self.topic_fault] * arguments.topic_faults)
        self.chance.shuffle(plan)
        for number, fault in enumerate(plan, 1):
            time.sleep(self.chance.uniform(0.5, arguments.pause))
            said = fault()
            say(f"{number}/{len(plan)} {fault.__name__}: {said}")

    def wrong(self):
        """What is not as it must be, by topic."""
        inputs = chaos_model.Inputs(self.records)
        found = {}
        for kind, variant, topic in chaos_model.results():
            problem = chaos_model.judge(inputs, kind, variant, self.records(topic))
            if problem:
                found[topic] = problem
        return found

    def records(self, topic):
        return chaos_model.records_from(self.tool.dump(topic))

    def judge(self):
        until = time.monotonic() + self.arguments.wait
        while True:
            wrong = self.wrong()
            if not wrong or time.monotonic() > until:
                return wrong
            time.sleep(2)

    def run(self):
        self.begin()
        began = time.monotonic()
        self.faults()
        self.load.close()
        say(f"{self.load.sent} events in {time.monotonic() - began:.0f} s; waiting for the last rows")
        wrong = self.judge()
        for topic, problem in wrong.items():
            print(f"{topic}: {problem}", flush=True)
            if os.environ.get("MILLRACE_KEEP"):
                for name in (topic, *chaos_model.TOPICS):
                    (self.server.dir / f"{name}.tsv").write_text(self.tool.run("dump", name))
        assert not wrong, f"{len(wrong)} of {len(chaos_model.results())} queries are not the truth"
        if self.back:
            say(f"back at work after kill -9: p50 {statistics.median(self.back):.0f} ms, worst {max(self.back)} ms")
        say(f"every row of {len(chaos_model.results())} queries is right; peak memory {self.server.memory_mb()} MB")
        assert self.server.stop() == 0

    def close(self):
        self.load.kill()
        if self.follower:
            self.follower.close()
        self.server.close()
        self.broker.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--kills", type=int, default=3, help="kill -9 of the server (%(default)s)")
    parser.add_argument("--broker-kills", type=int, default=1, help="kill -9 of the broker (%(default)s)")
    parser.add_argument("--stops", type=int, default=1, help="SIGSTOPs of the server (%(default)s)")
    parser.add_argument("--stop-seconds", type=float, default=12, help="longer than its session (%(default)s)")
    parser.add_argument("--topic-faults", type=int, default=2, help="a topic deleted and made again (%(default)s)")
    parser.add_argument("--pause", type=float, default=3, help="seconds between two faults at most (%(default)s)")
    parser.add_argument("--rate", type=int, default=300, help="events a second (%(default)s)")
    parser.add_argument("--wait", type=float, default=60, help="seconds for the last rows to come (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    harness.test_broker_or_skip()
    chaos = Chaos(arguments)
    try:
        chaos.run()
    except BaseException:
        print("--- last lines of the server's log", chaos.server.log()[-6000:], sep="\n", flush=True)
        raise
    finally:
        chaos.close()


if __name__ == "__main__":
    sys.exit(main())
