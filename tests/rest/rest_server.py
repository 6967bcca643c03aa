"""A `millrace server` of one's own and a client that sees what it sends, chunk by chunk. Standard library only."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SKIPPED = 77  # What ctest takes for "skipped" (SKIP_RETURN_CODE).
READY = re.compile(r"ready on http://127\.0\.0\.1:(\d+)")


class Response:
    """Status, headers in order, body; `chunks` when it was chunked; `end` as the golden files have it."""

    def __init__(self):
        self.status, self.headers, self.body, self.chunks, self.end = 0, [], b"", None, ""

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Connection:
    """One HTTP/1.1 connection; keep-alive unless the server says otherwise."""

    def __init__(self, port, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, method, path, body=None, headers=None):
        head = {"Host": "localhost", **(headers or {})}
        if body is not None:
            body = body if isinstance(body, bytes) else body.encode()
            head["Content-Length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def read_head(self):
        response = Response()
        lines = self._until(b"\r\n\r\n").decode().split("\r\n")
        response.status = int(lines[0].split()[1])
        response.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        return response

    def read_chunk(self):
        """The next chunk; b"" for the last."""
        size = int(self._until(b"\r\n"), 16)
        chunk = self._take(size)
        self._until(b"\r\n")
        return chunk

    def receive(self, for_seconds=None):
        """The whole answer, or what came of it within the time."""
        until = None if for_seconds is None else time.monotonic() + for_seconds
        response = self.read_head()
        if response.header("transfer-encoding") != "chunked":
            response.body = self._take(int(response.header("content-length") or 0))
            response.end = "content-length"
            return response
        response.chunks = []
        try:
            while True:
                if until is not None:
                    self.socket.settimeout(max(0.01, until - time.monotonic()))
                chunk = self.read_chunk()
                if not chunk:
                    response.end = "last chunk"
                    break
                response.chunks.append(chunk.decode())
        except TimeoutError:
            response.end = "timeout: the client hung up"
        response.body = "".join(response.chunks).encode()
        return response


class Server:
    """One server on a free port, with its topics in memory unless told otherwise."""

    def __init__(self, program, **properties):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="millrace-rest."))
        self.program = program
        self.properties = {"listeners": "http://127.0.0.1:0", "millrace.memory": "true",
                           "ksql.streams.commit.interval.ms": "100", "ksql.streams.num.stream.threads": "1",
                           **properties}
        self.process, self.port = None, None
        self.log_path = self.dir / "log"

    def start(self, *words, command="server", wait=True, before=None):
        arguments = [self.program, command, *words]
        for key, value in self.properties.items():
            arguments += ["-D", f"{key}={value}"]
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, cwd=self.dir, preexec_fn=before)
        if wait:
            self.port = int(self.wait_for_line(READY).group(1))
        return self

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_for_line(self, pattern, seconds=20):
        until = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.log())
            if found:
                return found
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"no line {pattern!r}, exit status {self.process.poll()}:\n{self.log()}")
            time.sleep(0.02)

    def connect(self):
        return Connection(self.port)

    def request(self, method, path, body=None, headers=None, for_seconds=None):
        connection = self.connect()
        try:
            connection.send(method, path, json.dumps(body) if isinstance(body, dict) else body, headers)
            return connection.receive(for_seconds)
        finally:
            connection.close()

    def ksql(self, text, properties=None):
        return self.request("POST", "/ksql", {"ksql": text, "streamsProperties": properties or {}})

    def query(self, sql, properties=None, accept=None, for_seconds=None):
        return self.request("POST", "/query-stream", {"sql": sql, "properties": properties or {}},
                            {"Accept": accept} if accept else None, for_seconds)

    def stop(self, seconds=20):
        """Asks it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the server did not end within {seconds} s:\n{self.log()}") from None
        return self.process.returncode

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not os.environ.get("MILLRACE_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)


def wait_until(what, condition, seconds=10):
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.03)
