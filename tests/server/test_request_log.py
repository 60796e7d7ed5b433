"""The log of requests: a line of JSON for each, with the id that its client got, and nothing of what anybody looked for or said."""

import json
import shutil
import socket
import time

import pytest
from test_accounts import PASSWORD, Account
from test_events import LIST, Guest
from test_stream import Stream

SECRETS = ["alien", "zebra", PASSWORD, "127.0.0.1", "butaca=", "my-label"]


def lines_of(path, n):
    """Its first n lines or more; a reply may be read before its line is written."""
    for _ in range(500):
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= n:
            return [json.loads(line) for line in lines]
        time.sleep(0.02)
    raise AssertionError(f"{len(lines)} lines, not {n}")


@pytest.fixture
def logging(server, demo_folder, tmp_path):
    """A server and the path of its log."""
    path = tmp_path / "requests.log"
    return server(shutil.copytree(demo_folder, tmp_path / "data"), "--log", path), path


def test_a_line_for_each_request_with_the_id_that_its_client_got(logging):
    running, path = logging
    before = len(lines_of(path, 1))  # asking whether it is up
    asked = [("GET", "/api/v1/films/1", "/api/v1/films/{id}", 200), ("GET", "/api/v1/films?text=zebra", "/api/v1/films", 200),
             ("GET", "/no/such/alien", "other", 404), ("HEAD", "/", "/", 200), ("BREW", "/api/v1/films", "/api/v1/films", 405),
             ("GET", "/api/v1/search?text=alien&limit=0", "/api/v1/search", 400)]
    replies = [running.request(method, target) for method, target, _, _ in asked]
    logged = {line["id"]: line for line in lines_of(path, before + len(asked))[before:]}
    assert len(logged) == len(asked)
    for (method, _, route, status), reply in zip(asked, replies):
        line = logged[reply.headers["x-request-id"]]
        assert (line["method"], line["route"], line["status"]) == (method if method != "BREW" else "other", route, status)
        assert line["bytes"] == len(reply.body) and line["ms"] > 0 and line["from"] == "127.0.0.0/24" and line["who"] == "nobody"
        assert time.strptime(line["time"][:19], "%Y-%m-%dT%H:%M:%S") and line["time"].endswith("Z")
        assert set(line) == {"time", "id", "method", "route", "status", "bytes", "ms", "from", "who"}


def test_it_says_nothing_of_anybody(logging):
    running, path = logging
    guest = Guest(running)
    guest.say(1, "verdict", "like", source="zebra")
    guest.get(LIST)
    with Stream(guest) as stream:
        stream.event()
    ana = Account(running, guest=guest)
    token = ana.request("POST", "/api/v1/me/tokens", {"label": "my-label"}).json()["token"]
    running.get("/api/v1/films?text=alien")
    running.get("/api/v1/search?text=zebra+alien")
    running.post("/api/v1/session", {"name": ana.name, "password": PASSWORD})
    running.request("GET", "/zebra/alien", headers={"X-Request-Id": "zebra", "User-Agent": "alien", "Referer": "http://zebra/"})
    running.request("ZEBRA", "/api/v1/session")
    assert running.stop() == 0
    text = path.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["who"] for line in lines} == {"nobody", "guest", "account"}
    assert {"/api/v1/events", "/api/v1/stream", "/api/v1/session", LIST} <= {line["route"] for line in lines}
    for secret in [*SECRETS, ana.name, token, guest.cookie.split("=")[1], ana.cookie.split("=")[1], ana.session["user_id"]]:
        assert secret.lower() not in text.lower(), secret
    assert path.stat().st_mode & 0o077 == 0, "it is the owner's"


def test_who_went_away_is_there_without_a_status(logging):
    running, path = logging
    before = len(lines_of(path, 1))
    with socket.create_connection(("127.0.0.1", running.port)) as rude:
        rude.sendall(b"POST /api/v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.2)
    line = lines_of(path, before + 1)[before]
    assert (line["status"], line["route"]) == (0, "/api/v1/recommendations")


def test_a_log_that_cannot_be_written_is_said_at_the_start(butaca, tmp_path):
    assert str(tmp_path / "no" / "log") in butaca("serve", "--data", tmp_path / "data", "--port", 0, "--log", tmp_path / "no" / "log", rc=1).err


def test_nobody_waits_for_a_log_that_nobody_reads(program, demo_folder, tmp_path):
    """A pipe of which nobody reads: the server goes on, and drops lines."""
    import os

    import program as butaca_program

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    running = butaca_program.Server(program, shutil.copytree(demo_folder, tmp_path / "data"), tmp_path / "out", "--log", pipe)
    try:
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            for _ in range(160):  # 16,000 lines are more than the pipe and the ring hold
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
                n = 0
                while n < 100:
                    n += connection.recv(1 << 20).count(b"HTTP/1.1 200")
        text = b""
        for _ in range(500):
            try:
                text += os.read(reader, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)
            if b'"dropped":' in text:
                break
        assert b'"dropped":' in text
        assert running.get("/healthz").status == 200
    finally:
        os.close(reader)
        running.kill()
