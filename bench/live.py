"""How fast a running server takes events and gives lists, by a client that shares the machine with it.

    python bench/live.py PROGRAM DATA_FOLDER [--seconds 5] [--connections 64]

The folder is copied. Every connection sends one request after the other (a closed loop), each for a guest of its own; the client's CPU
is printed beside, since it takes what the server doesn't get, and the server's for each request, which says more on a machine that does
other things, too.
"""

import argparse
import json
import os
import resource
import selectors
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import program as butaca  # noqa: E402


class Connection:
    """Non-blocking; knows when a reply is whole."""

    def __init__(self, port, cookie):
        self.socket = socket.create_connection((butaca.HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cookie, self.bytes, self.sent = cookie, b"", 0.0

    def request(self, method, path, body=None, etag=None):
        text = "" if body is None else json.dumps(body)
        more = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n" if body is not None else ""
        more += f"If-None-Match: {etag}\r\n" if etag else ""
        return f"{method} {path} HTTP/1.1\r\nHost: x\r\nCookie: {self.cookie}\r\n{more}\r\n{text}".encode()

    def send(self, request):
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def take(self):
        """The whole reply, or None: more is to come."""
        self.bytes += self.socket.recv(262144)
        head, found, rest = self.bytes.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.lower().find(b"content-length: ")
        length = int(head[at + 16:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return None
        self.bytes = b""
        return head, rest

    def ask(self, request):
        self.send(request)
        while (reply := self.take()) is None:
            pass
        return reply


def server_cpu(process):
    """Seconds that it computed."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loop(process, connections, next_request, seconds, good):
    """Each connection asks again as soon as it is answered: (replies a second, p50 ms, p99 ms, client's CPU, server's us a reply)."""
    ready, times = selectors.DefaultSelector(), []
    for one in connections:
        ready.register(one.socket, selectors.EVENT_READ, one)
    begin, cpu, of_server = time.perf_counter(), time.process_time(), server_cpu(process)
    for one in connections:
        one.send(next_request(one))
    while time.perf_counter() - begin < seconds:
        for key, _ in ready.select(1):
            one = key.data
            reply = one.take()
            if reply is None:
                continue
            assert reply[0].split(b" ", 2)[1] in good, reply
            times.append(time.perf_counter() - one.sent)
            one.send(next_request(one))
    spent, cpu, of_server = time.perf_counter() - begin, time.process_time() - cpu, server_cpu(process) - of_server
    for one in connections:  # the last ones
        while one.take() is None:
            pass
    times.sort()
    return len(times) / spent, 1000 * times[len(times) // 2], 1000 * times[int(len(times) * 0.99)], cpu / spent, 1e6 * of_server / len(times)


def show(what, figures):
    rate, p50, p99, cpu, of_server = figures
    print(f"{what:44} {rate:8,.0f}/s  p50 {p50:6.2f} ms  p99 {p99:7.2f} ms  server {of_server:6.0f} us of CPU each, client {cpu:4.0%} of a core", flush=True)


def other_tab(server, cookie, films, times):
    """From sending a like to the changed list in another tab, which hears of it by its stream."""
    mine, tab = Connection(server.port, cookie), Connection(server.port, cookie)
    stream = socket.create_connection((butaca.HOST, server.port))
    stream.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    text, taken = b"", []
    while b"event: list" not in text:
        text += stream.recv(65536)
    for i in range(times):
        begin = time.perf_counter()
        mine.send(mine.request("POST", "/api/v1/events", {"film_id": films[i % len(films)], "facet": "verdict", "value": ("like", "dislike")[i // len(films) % 2]}))
        text = b""
        while b"event: list" not in text:
            text += stream.recv(65536)
        head, _ = tab.ask(tab.request("GET", "/api/v1/me/recommendations?limit=20&explain=1"))
        taken.append(time.perf_counter() - begin)
        assert b" 200 " in head
        while mine.take() is None:
            pass
    taken.sort()
    return 1000 * taken[len(taken) // 2], 1000 * taken[int(len(taken) * 0.99)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--connections", type=int, default=64)
    options = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="butaca-bench-") as place:
        data = shutil.copytree(options.data, Path(place) / "data", ignore=shutil.ignore_patterns("*.lock"))
        server = butaca.Server(options.program, data, Path(place) / "log")
        films = [film["id"] for film in server.get("/api/v1/films?limit=100").json()["items"]]
        cookies = [server.post("/api/v1/guests", {}).headers["set-cookie"].split(";")[0] for _ in range(options.connections)]
        connections = [Connection(server.port, cookie) for cookie in cookies]
        turn = {one: 0 for one in connections}
        print(f"{server.get('/api/v1/about').json()['films']:,} films, {options.connections} connections")

        def event(one):
            turn[one] += 1
            return one.request("POST", "/api/v1/events", {"film_id": films[turn[one] % 20], "facet": "rating", "value": turn[one] // 20 % 5 + 1})

        said = dict.fromkeys(connections, False)

        def changed(one):
            said[one] = not said[one]
            return event(one) if said[one] else one.request("GET", "/api/v1/me/recommendations?limit=20&explain=1")

        show("events, durable", loop(server.process, connections, event, options.seconds, (b"201",)))
        show("an event, the list after it: requests", loop(server.process, connections, changed, options.seconds, (b"201", b"200")))
        same = {one: one.request("GET", "/api/v1/me/recommendations?limit=20&explain=1") for one in connections}
        show("lists of an unchanged profile", loop(server.process, connections, same.get, options.seconds, (b"200",)))
        for one in connections:
            head, _ = one.ask(same[one])
            etag = next(line.split(": ", 1)[1] for line in head.decode().split("\r\n") if line.lower().startswith("etag: "))
            same[one] = one.request("GET", "/api/v1/me/recommendations?limit=20&explain=1", etag=etag)
        show("the same with its ETag (304)", loop(server.process, connections, same.get, options.seconds, (b"304",)))
        p50, p99 = other_tab(server, cookies[0], films[:50], 500)
        print(f"{'a like to the changed list in another tab':44} {'':10}  p50 {p50:6.2f} ms  p99 {p99:7.2f} ms")
        server.stop()


if __name__ == "__main__":
    main()
