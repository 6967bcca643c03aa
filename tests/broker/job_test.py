#!/usr/bin/env python3
"""Runs the whole job on a real broker and compares every row of its results with the truth.

The input is made and the results are judged by broker_tool, which shares no code with the product. With
--kills the server is killed with SIGKILL that many times while clicks still arrive, and started again.
"""
import argparse
import json
import random
import subprocess
import sys
import time

import harness
from harness import say

SERVICE = "mrtest_"


def clear(tool):
    tool.run("remove", "raw_clicks", "users", *harness.RESULT_TOPICS, f"_confluent-ksql-{SERVICE}*", f"{SERVICE}*")
    tool.run("create", "raw_clicks", 4)
    tool.run("create", "users", 4)
    tool.run("users")


def start_job(server, door, cli):
    began = time.monotonic()
    server.start()
    say(f"healthy after {server.wait_healthy()} ms (launch to healthy {(time.monotonic() - began) * 1000:.0f} ms)")
    earliest = {"ksql.streams.auto.offset.reset": "earliest"}
    if door == "rest":
        answers = server.ksql(harness.JOB, earliest)
        assert len(answers) == 6, answers
    elif door == "shell":
        script = server.dir / "job.sql"
        script.write_text("SET 'auto.offset.reset'='earliest';\n" + harness.JOB)
        done = subprocess.run([cli, "cli", server.url, "--file", str(script)], capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def make_server(arguments, brokers):
    properties = {
        "bootstrap.servers": brokers,
        "ksql.service.id": SERVICE,
        "ksql.streams.processing.guarantee": arguments.guarantee,
        "ksql.streams.num.stream.threads": arguments.workers,
        "ksql.streams.commit.interval.ms": 200,
    }
    sql_file = None
    if arguments.door == "headless":
        properties["ksql.streams.auto.offset.reset"] = "earliest"
    server = harness.Server(arguments.millrace, properties)
    if arguments.door == "headless":
        sql_file = server.dir / "job.sql"
        sql_file.write_text(harness.JOB)
        server.sql_file = sql_file
    return server


def kill_and_restart(server, tool, kills, seed):
    """Kills it at random moments; each time, how long until new results are committed again."""
    chance = random.Random(seed)
    harness.wait_for("the result topic", lambda: "MOBILE_CLICKS" in tool.run("topics").split(), 30)
    follower = harness.Follower(tool, "MOBILE_CLICKS")
    back = []
    try:
        follower.first_after(0)
        for number in range(kills):
            time.sleep(chance.uniform(0.4, 2.0))
            server.check_alive()
            server.kill()
            killed = time.time() * 1000
            server.start()
            # What was committed before the kill is seen within milliseconds; what comes later is new.
            seen = follower.first_after(killed + 60)
            back.append(round(seen - killed))
            server.check_alive()
            say(f"kill {number + 1}: at work again after {back[-1]} ms")
    finally:
        follower.close()
    return back


def run(arguments, brokers):
    tool = harness.Tool(arguments.tool, brokers)
    say(f"job: {arguments.guarantee}, {arguments.workers} worker(s), {arguments.door}, {arguments.kills} kills, "
        f"{arguments.clicks} clicks")
    clear(tool)
    server = make_server(arguments, brokers)
    producer = None
    began = time.monotonic()
    try:
        if arguments.kills:
            # Live input, slow enough for the kills to fall into the middle.
            producer = tool.start("clicks", arguments.clicks, arguments.rate, stdout=subprocess.DEVNULL)
            start_job(server, arguments.door, arguments.millrace)
            back = kill_and_restart(server, tool, arguments.kills, arguments.seed)
            assert producer.poll() is None, "the input ended before the last kill: lower --rate"
            assert producer.wait(300) == 0
            say(f"back at work after {back} ms")
        else:
            tool.run("clicks", arguments.clicks)
            began = time.monotonic()
            start_job(server, arguments.door, arguments.millrace)
        exactness = "exact" if arguments.guarantee == "exactly_once_v2" else "at-least-once"
        verdict = subprocess.run([arguments.tool, brokers, "truth", str(arguments.clicks), exactness,
                                  str(arguments.wait)], check=False)
        server.check_alive()
        say(f"{time.monotonic() - began:.1f} s, peak memory {server.memory_mb()} MB")
        assert verdict.returncode == 0, "the results are not the truth"
        if arguments.kills:
            slow = [ms for ms in back if ms > arguments.back_ms]
            assert not slow, f"back at work only after {slow} ms (limit {arguments.back_ms})"
        if arguments.door != "headless":
            check_pull(server)
        status = server.stop()
        assert status == 0, f"the server ended with {status} when told to stop"
    except BaseException:
        print("--- last lines of the server's log", server.log()[-4000:], sep="\n", flush=True)
        raise
    finally:
        if producer is not None and producer.poll() is None:
            producer.kill()
        server.close()
    say("passed")


def check_pull(server):
    """The two queries that end the job."""
    rows = server.query("SELECT * FROM hourly_page_views WHERE page = '/home';")
    assert rows and all(row[0] == "/home" for row in rows), rows[:3]
    rows = server.query("SELECT * FROM mobile_clicks EMIT CHANGES LIMIT 5;", {"auto.offset.reset": "earliest"})
    assert len(rows) == 5 and all(row[1].startswith("/mobile/") for row in rows), rows
    queries = server.ksql("SHOW QUERIES;")[0]["queries"]
    assert len([q for q in queries if q["queryType"] == "PERSISTENT"]) == 4, json.dumps(queries)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--guarantee", default="exactly_once_v2", choices=["at_least_once", "exactly_once_v2"])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--door", default="rest", choices=["rest", "headless", "shell"])
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=35_000)
    parser.add_argument("--wait", type=int, default=180)
    parser.add_argument("--back-ms", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.randrange(1_000_000)
    print(f"seed {arguments.seed}")
    run(arguments, harness.test_broker_or_skip())


if __name__ == "__main__":
    sys.exit(main())
