"""Server-sent events: what a tab hears of what another one does, from where it left off, and what becomes of clients that don't read."""

import json
import re
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from api import check, check_problem
from test_events import LIST, PROFILE, Guest

STREAM = "/api/v1/stream"


class Stream:
    """One open stream, read as a browser reads it."""

    def __init__(self, guest, last=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", guest.server.port))
        resumed = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nCookie: {guest.cookie}\r\n{resumed}\r\n".encode())
        self.bytes = b""
        self.head = self.until(b"\r\n\r\n").decode()

    def until(self, end):
        while end not in self.bytes:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.bytes += piece
        part, _, self.bytes = self.bytes.partition(end)
        return part

    def event(self):
        """The next event: {"id", "event", "data"}; comments and `retry` are passed over."""
        while True:
            fields = dict(line.split(": ", 1) for line in self.until(b"\n\n").decode().splitlines() if not line.startswith(":"))
            if "event" in fields:
                return {**fields, "data": json.loads(fields["data"])}

    def until_version(self, version):
        """Kinds of the events up to and with the list of this version of the profile."""
        kinds = []
        while True:
            event = self.event()
            kinds.append(event["event"])
            if event["event"] == "list" and event["data"]["profile_version"] >= version:
                return kinds, event

    def ended(self):
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


@pytest.fixture
def guest(demo):
    return Guest(demo)


def metric(server, name):
    return float(re.search(rf"^{name} (\S+)$", server.get("/metrics").text, re.MULTILINE).group(1))


def until(true):
    for _ in range(3000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never came about")


def test_a_new_stream_is_told_what_is(demo, guest):
    with Stream(guest) as stream:
        assert stream.head.startswith("HTTP/1.1 200 OK")
        for header in ("Content-Type: text/event-stream", "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Content-Security-Policy: "):
            assert header in stream.head
        model = demo.get("/api/v1/about").json()["model"]["id"]
        events = [stream.event() for _ in range(3)]
        assert [event["event"] for event in events] == ["profile", "model", "list"]
        assert all(event["data"] == {"profile_version": 0, "model": model} and event["id"] == f"0-{model}" for event in events)


def test_a_like_is_seen_by_the_other_tab(guest, film_id):
    with Stream(guest) as one, Stream(guest) as other:
        for tab in (one, other):
            tab.until_version(0)
        before = guest.titles()
        said = guest.say(film_id("Alien"), "verdict", "like")
        for tab in (one, other):
            kinds, event = tab.until_version(said["profile_version"])
            assert kinds == ["profile", "list"] and event["data"]["profile_version"] == said["profile_version"]
        assert "Aliens" in guest.titles() and guest.titles() != before
        undone = guest.undo(said["event"]["event_id"])
        other.until_version(undone["profile_version"])
        assert guest.titles() == before


def test_nobody_hears_of_somebody_else(demo, guest, film_id):
    other = Guest(demo)
    with Stream(guest) as mine, Stream(other) as theirs:
        mine.until_version(0), theirs.until_version(0)
        other.say(film_id("Alien"), "seen", True)
        said = guest.say(film_id("Alien"), "verdict", "like")
        event = mine.event()
        assert event["data"]["profile_version"] == said["profile_version"]


def test_resumed_it_is_told_what_changed_and_nothing_else(guest, film_id):
    first = guest.say(film_id("Alien"), "verdict", "like")
    with Stream(guest) as stream:
        _, known = stream.until_version(first["profile_version"])
    with Stream(guest, last=known["id"]) as same:
        second = guest.say(film_id("Casablanca"), "seen", True)  # the first thing that it hears of
        kinds, event = same.until_version(second["profile_version"])
        assert kinds == ["profile", "list"]
    guest.say(film_id("Aliens"), "seen", True)
    with Stream(guest, last=event["id"]) as late:
        assert late.event()["event"] == "profile" and late.event()["event"] == "list"
    for nonsense in ("x", "-", "99", "1-zz", "1" * 30 + "-", "1-" + "0" * 40):
        with Stream(guest, last=nonsense) as other:
            assert [other.event()["event"] for _ in range(3)] == ["profile", "model", "list"]


def test_on_a_connection_that_was_used_before(demo, guest):
    """A browser asks for its stream on a connection that it has; the one after that is answered, too."""
    with socket.create_connection(("127.0.0.1", demo.port), timeout=60) as connection:
        head = f"Host: x\r\nCookie: {guest.cookie}\r\n\r\n"
        connection.sendall(f"GET /healthz HTTP/1.1\r\n{head}GET {PROFILE} HTTP/1.1\r\n{head}GET {STREAM} HTTP/1.1\r\n{head}".encode())
        text = ""
        while "event: list" not in text:
            text += connection.recv(65536).decode()
        assert text.count("HTTP/1.1 200 OK") == 3 and '"status":"ok"' in text
    assert demo.get("/healthz").status == 200


def test_head_and_refusals(demo, guest):
    head = demo.request("HEAD", STREAM, headers={"Cookie": guest.cookie})
    assert (head.status, head.headers["content-type"], head.body) == (200, "text/event-stream", b"")
    reply = demo.get(STREAM)
    check("GET", STREAM, reply)
    check_problem(reply, 401)
    check_problem(demo.get(STREAM + "?x=1", headers={"Cookie": guest.cookie}), 400)


def test_a_person_has_so_many_and_no_more(demo, guest):
    open_ones = [Stream(guest) for _ in range(64)]
    reply = demo.get(STREAM, headers={"Cookie": guest.cookie})
    check("GET", STREAM, reply)
    assert check_problem(reply, 503)["type"].endswith("#busy") and reply.headers["retry-after"]
    with Stream(Guest(demo)) as other:
        other.until_version(0)
    open_ones.pop().socket.close()
    def again():
        stream = Stream(guest)
        stream.socket.close()
        return stream.head.startswith("HTTP/1.1 200")
    until(again)
    for one in open_ones:
        one.socket.close()


def test_logging_out_ends_the_session_s_streams(demo, guest):
    with Stream(guest) as stream:
        stream.until_version(0)
        assert guest.request("DELETE", "/api/v1/session").status == 204
        assert stream.ended()


def test_who_leaves_is_forgotten(server, demo_folder):
    one = server(demo_folder)
    guest = Guest(one)
    streams = [Stream(guest) for _ in range(20)]
    assert metric(one, "butaca_streams") == 20
    for stream in streams:
        stream.socket.close()
    until(lambda: metric(one, "butaca_streams") == 0)


def test_who_reads_slowly_costs_nobody_anything(server, demo_folder):
    """Changes melt together: what waits for a client that doesn't read is one message, and who reads hears the last state."""
    one = server(demo_folder)
    guest = Guest(one)
    films = [film["id"] for film in one.get("/api/v1/films?limit=50").json()["items"]]
    with Stream(guest, receive_buffer=4096) as slow, Stream(guest) as quick:
        for value in (True, False) * 10:
            last = guest.request("POST", "/api/v1/events/batch", {"events": [{"film_id": film, "facet": "seen", "value": value} for film in films]})
            quick.until_version(last.json()["profile_version"])
        kinds, _ = slow.until_version(last.json()["profile_version"])
        assert len(kinds) <= 3 + 2 * 20 * len(films)


def test_the_end_of_the_server_ends_them(server, demo_folder, tmp_path):
    one = server(demo_folder)
    guest = Guest(one)
    film = one.get("/api/v1/films?limit=1").json()["items"][0]["id"]
    streams = [Stream(guest) for _ in range(10)]
    for stream in streams:
        stream.until_version(0)
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(guest.say, film, "verdict", "like")
        version = said.result()["profile_version"]
    assert one.stop() == 0
    for stream in streams:
        assert stream.until_version(version)[0] == ["profile", "list"]
        assert stream.ended()


@pytest.mark.slow
def test_10000_idle_streams(server, demo_folder):
    """Within 150 MB; and requests go on beside them."""
    one = server(demo_folder)

    def memory():
        with open(f"/proc/{one.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) / 1000

    guests = [Guest(one) for _ in range(200)]
    before, streams = memory(), []
    for guest in guests:
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", one.port), timeout=60)
            connection.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nCookie: {guest.cookie}\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
            streams.append(connection)
    until(lambda: metric(one, "butaca_streams") == 10000)
    grown = memory() - before
    print(f"10,000 streams: {grown:.1f} MB more than the {before:.1f} MB before")
    assert grown < 150
    film = one.get("/api/v1/films?limit=1").json()["items"][0]["id"]
    said = guests[7].say(film, "verdict", "like")
    for connection in streams[350:400]:
        text = b""
        while f"id: {said['profile_version']}-".encode() not in text:
            text += connection.recv(65536)
    assert guests[7].get(LIST).status == 200
    for connection in streams:
        connection.close()
    until(lambda: metric(one, "butaca_streams") == 0)
