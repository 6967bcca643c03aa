"""The innocent clients beside an attack, in a process of their own: what an attacker computes here would be counted as the
server's slowness. Standard library only.

    prober.py PORT PID FIRST    reads "mark" and "stop" from its input, answers each with a line of JSON

A numbered row is produced every 50 ms, and looked for in a filter's push query; health checks come on new connections, look-ups
by key on one that stays. "mark" tells the longest waits since the last mark, of those that still wait, too. `late` is how late
this process itself woke up: the machine's part in every wait.
"""
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rest"))
from rest_server import Connection  # pylint: disable=wrong-import-position

STEP = 0.05
TIME_ZERO = 1_700_000_000_000
PUSH = "SELECT id, n FROM beside WHERE n % 2 = 0 EMIT CHANGES;"
LOOK_UP = "SELECT id, c FROM latest WHERE id = 'k3';"
DELIMITED = {"Accept": "application/vnd.ksqlapi.delimited.v1"}


def row_of(number):
    return json.dumps({"topic": "beside", "key": f"k{number % 10}", "value": json.dumps({"n": number, "g": number % 7}),
                       "timestamp": TIME_ZERO + number * 50})


class Waits:
    """The longest wait of a kind, and since when somebody waits now."""

    def __init__(self):
        self.lock, self.longest, self.begun = threading.Lock(), 0.0, {}

    def begin(self, what):
        with self.lock:
            self.begun[what] = time.monotonic()

    def end(self, what):
        with self.lock:
            self.longest = max(self.longest, time.monotonic() - self.begun.pop(what))

    def take(self):
        with self.lock:
            now = time.monotonic()
            longest = max([self.longest] + [now - at for at in self.begun.values()])
            self.longest = 0.0
            return longest


class Prober:
    def __init__(self, port, pid, first):
        self.port, self.pid, self.sent, self.rows = port, pid, first, []
        self.stopped, self.largest, self.refused, self.faults = threading.Event(), 0, 0, []
        self.waits = {name: Waits() for name in ("row", "produce", "health", "lookup")}
        self.late = Waits()
        self.push = Connection(port, 600)
        self.push.send("POST", "/query-stream", json.dumps({"sql": PUSH, "properties": {"auto.offset.reset": "latest"}}), DELIMITED)
        assert self.push.read_head().status == 200
        self.push.read_chunk()  # The header: it stands.
        self.threads = [threading.Thread(target=self.guard, args=(act,), daemon=True)
                        for act in (self.produce, self.read, self.check_health, self.look_up, self.watch)]

    def guard(self, act):
        try:
            act()
        except Exception as fault:  # pylint: disable=broad-except
            if not self.stopped.is_set():
                self.faults.append(f"{act.__name__}: {type(fault).__name__}: {fault}")

    def produce(self):
        connection, due = Connection(self.port, 600), time.monotonic()
        while not self.stopped.is_set():
            due += STEP
            number, wait = self.sent, self.waits["produce"]
            if number % 2 == 0:
                self.waits["row"].begin(number)
            wait.begin(number)
            while True:
                connection.send("POST", "/millrace/produce", row_of(number))
                answer = connection.receive()
                if answer.status == 200:
                    break
                self.refused += 1
                assert answer.status in (429, 503), answer.text()
                time.sleep(0.02)
            wait.end(number)
            self.sent += 1
            time.sleep(max(0.0, due - time.monotonic()))

    def read(self):
        rest = b""
        while chunk := self.push.read_chunk():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                row = json.loads(line)
                assert isinstance(row, list), row
                self.rows.append(row[1])
                self.waits["row"].end(row[1])
        raise ConnectionError("the push query has ended")

    def check_health(self):
        while not self.stopped.is_set():
            self.waits["health"].begin(0)
            connection = Connection(self.port, 600)
            connection.send("GET", "/healthcheck")
            answer = connection.receive()
            assert answer.status == 200 and answer.json()["isHealthy"], answer.text()
            connection.close()
            self.waits["health"].end(0)
            time.sleep(2 * STEP)

    def look_up(self):
        connection, last = Connection(self.port, 600), 0
        while not self.stopped.is_set():
            self.waits["lookup"].begin(0)
            connection.send("POST", "/query-stream", json.dumps({"sql": LOOK_UP}), DELIMITED)
            answer = connection.receive()
            if answer.status == 200:
                lines = answer.text().splitlines()
                count = json.loads(lines[1])[1] if len(lines) > 1 else 0
                assert count >= last, f"{count} after {last}"
                last = count
                self.waits["lookup"].end(0)
            else:  # Told to come again: it waits on.
                assert answer.status in (429, 503), answer.text()
                self.refused += 1
            time.sleep(2 * STEP)

    def watch(self):
        while not self.stopped.is_set():
            self.late.begin(0)
            time.sleep(0.02)
            self.late.end(0)
            with open(f"/proc/{self.pid}/status", encoding="utf-8") as status:
                self.largest = max(self.largest, int(status.read().split("VmRSS:")[1].split()[0]) * 1024)

    def figures(self):
        figures = {name: wait.take() for name, wait in self.waits.items()}
        figures.update(late=max(0.0, self.late.take() - 0.02), largest=self.largest, refused=self.refused, faults=self.faults,
                       sent=self.sent, received=len(self.rows))
        self.largest = self.refused = 0
        return figures

    def stop(self, first):
        """All that was sent must have come: the rows."""
        self.stopped.set()
        self.threads[0].join(30)
        until = time.monotonic() + 30
        while len(self.rows) < (self.sent + 1) // 2 - (first + 1) // 2 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)  # And nothing more.
        return {**self.figures(), "rows": self.rows}


def main():
    first = int(sys.argv[3])
    prober = Prober(int(sys.argv[1]), int(sys.argv[2]), first)
    for thread in prober.threads:
        thread.start()
    for line in sys.stdin:
        answer = prober.stop(first) if line.strip() == "stop" else prober.figures()
        print(json.dumps(answer), flush=True)
        if "rows" in answer:
            break


if __name__ == "__main__":
    main()
