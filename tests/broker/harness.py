"""Starts servers and brokers for the tests against a real Kafka, and talks to them. Standard library only."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # What ctest takes for "skipped" (SKIP_RETURN_CODE).

INPUTS = """
CREATE STREAM clickstream (user_id VARCHAR, page VARCHAR, event_time BIGINT)
  WITH (KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', TIMESTAMP='event_time', PARTITIONS=4);
"""
JOB = INPUTS + """
CREATE STREAM mobile_clicks AS SELECT user_id, page, event_time FROM clickstream WHERE page LIKE '/mobile/%' EMIT CHANGES;
CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views, WINDOWSTART AS window_start
  FROM clickstream WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;
CREATE TABLE users (user_id VARCHAR PRIMARY KEY, region VARCHAR, tier VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clickstream c LEFT JOIN users u ON c.user_id = u.user_id EMIT CHANGES;
CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n FROM clickstream WINDOW SESSION (30 MINUTES) GROUP BY user_id EMIT CHANGES;
"""
RESULT_TOPICS = ["MOBILE_CLICKS", "HOURLY_PAGE_VIEWS", "ENRICHED", "VISITS"]


def say(message):
    print(f"[{time.strftime('%H:%M:%S')}] {message}", flush=True)


def free_port(count=1):
    return int(subprocess.run([ROOT / "scripts" / "free-port", str(count)], check=True,
                              capture_output=True, text=True).stdout)


def wait_for(what, condition, seconds, step=0.02):
    """The first true answer of `condition`; an AssertionError that names `what` when the time is over."""
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(step)


class Tool:
    """broker_tool against one broker."""

    def __init__(self, program, brokers):
        self.program, self.brokers = str(program), brokers

    def run(self, *words, text=None, check=True, timeout=300):
        done = subprocess.run([self.program, self.brokers, *map(str, words)], input=text, check=False,
                              capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"broker_tool {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *words, **options):
        return subprocess.Popen([self.program, self.brokers, *map(str, words)], text=True, **options)

    def produce(self, topic, rows):
        """Rows are (key, value) or (key, value, timestamp); None is a null."""
        def field(value):
            return "\\N" if value is None else str(value)
        self.run("produce", topic, text="".join("\t".join(map(field, row)) + "\n" for row in rows))

    def dump(self, topic):
        """(partition, timestamp, key, value) of the committed records."""
        rows = [line.split("\t") for line in self.run("dump", topic).splitlines()]
        return [(int(p), int(ts), None if k == "\\N" else k, None if v == "\\N" else v) for p, ts, k, v in rows]

    def values(self, topic):
        return [json.loads(value) if value is not None else None for _, _, _, value in self.dump(topic)]


class Follower:
    """Times (ms since 1970) at which committed results were seen."""

    def __init__(self, tool, topic):
        self.process = tool.start("follow", topic, stdout=subprocess.PIPE)

    def first_after(self, moment_ms):
        for line in self.process.stdout:
            at = int(line.split()[0])
            if at > moment_ms:
                return at
        raise AssertionError("the follower ended")

    def close(self):
        self.process.kill()
        self.process.wait()


class Broker:
    """A broker of our own, which a test may kill; see scripts/kafka."""

    def __init__(self, advertised=None):
        """`advertised`: the port that clients are told, of a proxy in front of it."""
        self.advertised = advertised
        self.dir = tempfile.mkdtemp(prefix="millrace-broker.")
        self.port = free_port(2)
        self.brokers = f"127.0.0.1:{self.port}"

    def start(self):
        env = {**os.environ, "MILLRACE_KAFKA_HEAP": "-Xms192m -Xmx384m"}
        if self.advertised is not None:
            env["MILLRACE_KAFKA_ADVERTISED"] = str(self.advertised)
        subprocess.run([ROOT / "scripts" / "kafka", "start", self.dir, str(self.port)], check=True, env=env,
                       stdout=subprocess.DEVNULL)

    def kill(self):
        pid = int(pathlib.Path(self.dir, "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_for("the broker to be gone", lambda: not pathlib.Path(f"/proc/{pid}").exists(), 10)

    def close(self):
        subprocess.run([ROOT / "scripts" / "kafka", "stop", self.dir], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)


class Refused(Exception):
    """The server's answer with a status that is not 2xx."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Server:
    """One millrace process with a state directory that outlives it."""

    def __init__(self, program, properties, sql_file=None):
        self.program, self.sql_file = str(program), sql_file
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="millrace-server."))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = self.dir / "log"
        self.process = None
        everything = {"listeners": self.url, "ksql.streams.state.dir": self.dir / "state", **properties}
        self.properties = self.dir / "server.properties"
        self.properties.write_text("".join(f"{key}={value}\n" for key, value in everything.items()))

    def start(self):
        command = [self.program, "server", str(self.properties)]
        if self.sql_file:
            command = [self.program, "run", str(self.sql_file), "--config", str(self.properties)]
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def check_alive(self):
        if not self.alive():
            raise AssertionError(f"the server ended with {self.process.poll()}:\n{self.log()[-3000:]}")

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def request(self, path, body=None, timeout=60):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data,
                                         headers={"Content-Type": "application/vnd.ksql.v1+json"})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from None

    def ksql(self, statements, properties=None, timeout=60):
        body = {"ksql": statements, "streamsProperties": properties or {}}
        return json.loads(self.request("/ksql", body, timeout))

    def query(self, sql, properties=None, timeout=60):
        """Rows of /query-stream as lists, the metadata line left out."""
        answer = self.request("/query-stream", {"sql": sql, "properties": properties or {}}, timeout)
        return [json.loads(line) for line in answer.splitlines()[1:] if line]

    def answers(self):
        self.check_alive()
        try:
            return bool(self.request("/info", timeout=5))
        except Refused:
            return True  # With what it waits for.
        except OSError:
            return False

    def healthy(self):
        self.check_alive()
        try:
            return json.loads(self.request("/healthcheck", timeout=5)).get("isHealthy", False)
        except (OSError, Refused, ValueError):
            return False

    def wait_healthy(self, seconds=15):
        """Milliseconds until it was."""
        began = time.monotonic()
        wait_for("a healthy server", self.healthy, seconds, 0.01)
        return int((time.monotonic() - began) * 1000)

    def memory_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=30):
        """Asks it to end; its exit status."""
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the server did not end within {seconds} s") from None
        return self.process.returncode

    def close(self):
        if self.alive():
            self.kill()
        if os.environ.get("MILLRACE_KEEP"):
            say(f"kept {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


class BrokerTest(unittest.TestCase):
    """On a broker of its own, because some tests stop it or fill it with topics."""

    arguments = None  # Set by main().

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.broker.start()
        cls.tool = Tool(cls.arguments.tool, cls.broker.brokers)

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def setUp(self):
        say(self.id().split(".")[-1])

    def server_with(self, properties, brokers=None):
        return Server(self.arguments.millrace, {"bootstrap.servers": brokers or self.broker.brokers, **properties})

    def passed(self):
        result = self._outcome.result
        # What failed may be a subTest of it.
        return all(getattr(test, "test_case", test) is not self for test, _ in result.failures + result.errors)

    def end(self, server):
        """Closes it; what it said last is shown when the test has failed."""
        if not self.passed():
            print("--- last lines of the server's log", server.log()[-4000:], sep="\n", flush=True)
        server.close()


def test_broker_or_skip():
    brokers = os.environ.get("MILLRACE_TEST_BROKER")
    if not brokers:
        print("skipped: no broker; scripts/test starts one, or set MILLRACE_TEST_BROKER=HOST:PORT")
        sys.exit(SKIPPED)
    return brokers


def main(description, *options):
    """Runs the tests of the calling file. `options`: more for the parser, as (name, keywords)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--tool", required=True)
    for name, keywords in options:
        parser.add_argument(name, **keywords)
    BrokerTest.arguments, rest = parser.parse_known_args()
    test_broker_or_skip()
    unittest.main(argv=sys.argv[:1] + rest, verbosity=1)
