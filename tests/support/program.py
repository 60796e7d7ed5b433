"""The program from the outside: running `butaca` once, and a server of it with requests over plain HTTP."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass
class Result:
    rc: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)


def clean_environment(**extra):
    """The caller's environment without what would change the program's behaviour."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BUTACA_") and k not in ("NO_COLOR", "XDG_DATA_HOME")}
    return {**kept, "LC_ALL": "C.UTF-8", **extra}


def run(program, *arguments, rc=0, timeout=120, env=None, cwd=None, input=None):
    """Runs the program; fails if its exit code isn't `rc` (None: any)."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=timeout,
                          env=clean_environment(**(env or {})), cwd=cwd, input=input or "")
    result = Result(done.returncode, done.stdout, done.stderr)
    if rc is not None and result.rc != rc:
        call = " ".join(map(str, arguments))
        raise AssertionError(f"butaca {call}: exit code {result.rc}, expected {rc}\n{result.err}{result.out}")
    return result


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Server:
    """`butaca serve` on a free port, ready when it comes back from the constructor."""

    def __init__(self, program, data, log, *arguments, env=None, patience=30, **process):
        self.log = log
        for attempt in range(5):  # another process may take the port between asking for it and using it
            self.port = free_port()
            self.url = f"http://{HOST}:{self.port}"
            with open(log, "wb") as output:
                command = [program, "serve", "--data", data, "--host", HOST, "--port", self.port, *arguments]
                self.process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT,
                                                stdin=subprocess.DEVNULL, env=clean_environment(**(env or {})), **process)
            if self._wait(patience):
                return
            if "in use" not in self.output():
                break
        self.kill()
        raise AssertionError(f"the server did not come up:\n{self.output()}")

    def _wait(self, patience):
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.request("GET", "/healthz").status == 200:
                    return True
            except OSError:
                time.sleep(0.02)
        return False

    def output(self):
        return self.log.read_text(errors="replace")

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=headers)
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def stop(self, timeout=20):
        """Asks it to end, as Ctrl-C does, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop within {timeout} s:\n{self.output()}") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
