#!/usr/bin/env python3
"""The judge of the job must find right results right, and a single wrong row wrong."""
import argparse
import subprocess
import sys

import harness

CLICKS = 60_000
FLAWS = ["missing", "twice", "value", "tier", "count", "no-tombstone", "window", "timestamp"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    tool = harness.Tool(parser.parse_args().tool, harness.test_broker_or_skip())

    def judge(flaw, exactness):
        tool.run("remove", *harness.RESULT_TOPICS)
        for topic in harness.RESULT_TOPICS:
            tool.run("create", topic, 4)
        tool.run("fake", CLICKS, flaw)
        done = subprocess.run([tool.program, tool.brokers, "truth", str(CLICKS), exactness, "4"], check=False,
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    tool.run("remove", "raw_clicks", "users")
    for topic in ("raw_clicks", "users"):
        tool.run("create", topic, 4)
    tool.run("users")
    tool.run("clicks", CLICKS)
    failed = []
    for flaw, exactness, wanted in [("none", "exact", 0), *((flaw, "exact", 1) for flaw in FLAWS),
                                    ("twice", "at-least-once", 0), ("missing", "at-least-once", 1)]:
        status, output = judge(flaw, exactness)
        harness.say(f"{flaw}, {exactness}: {'right' if status == 0 else 'wrong'}")
        if status != wanted:
            failed.append(flaw)
            print(output)
    tool.run("remove", "raw_clicks", "users", *harness.RESULT_TOPICS)
    assert not failed, f"misjudged: {failed}"


if __name__ == "__main__":
    sys.exit(main())
