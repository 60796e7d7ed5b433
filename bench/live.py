"""How fast a running server takes events and gives lists, how much memory it takes, what it does when it is asked ten times what it can,
and Flask with implicit under gunicorn beside it, in the same run on the same machine.

    python bench/live.py PROGRAM LOAD DATA_FOLDER [--peer VENV] [--seconds 10] [--requests 1000000]

PROGRAM is butaca, LOAD bench/bench_load, the generator of requests. The folder is copied. It shares the machine with what it measures:
the CPU of both is in the table, which is printed as docs/benchmarks.md has it. A list is GET /api/v1/me/recommendations?limit=20&explain=1
of a guest of its own with opinions on 20 films.
"""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import program as butaca  # noqa: E402

LIST = "/api/v1/me/recommendations?limit=20&explain=1"
OPINIONS = 20


def get(cookie, path, **headers):
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n{more}\r\n".encode()


def event(cookie, film, rating):
    body = json.dumps({"film_id": film, "facet": "rating", "value": rating})
    return f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def processes(root):
    """A process and its children: gunicorn's workers count as the server."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_of(root):
    """Seconds that they computed."""
    total = 0
    for pid in processes(root):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def memory_of(root):
    """(private, all of it) MB."""
    private = rss = 0
    for pid in processes(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            private += int(rest.split()[0]) if name.startswith("Private_") else 0
            rss += int(rest.split()[0]) if name == "Rss" else 0
    return private / 1024, rss / 1024


class Bench:
    """Something that answers on a port, and what it is asked."""

    def __init__(self, load, port, pid, place):
        self.load, self.port, self.pid, self.place = load, port, pid, place

    def run(self, scripts, seconds, rate=0):
        """scripts: for each connection [(timed, bytes)]. What the generator says, with the server's CPU."""
        path = self.place / "script"
        with open(path, "wb") as out:
            for requests in scripts:
                out.write(b"C %d\n" % len(requests))
                for timed, text in requests:
                    out.write(b"%s %d\n%s" % (b"T" if timed else b"U", len(text), text))
        before = cpu_of(self.pid)
        done = subprocess.run([self.load, str(self.port), path, str(seconds), str(rate)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"the generator failed: {done.stderr}")
        result = json.loads(done.stdout)
        result["server"] = cpu_of(self.pid) - before
        result["replies"] = sum(result["status"].values())
        return result


def row(what, result, good, count=None):
    """A line of the table. `count`: of what; else of all replies."""
    wrong = {status: n for status, n in result["status"].items() if status not in good}
    n = result["replies"] if count is None else count
    seconds = result["seconds"]
    print(f"| {what} | {n / seconds:,.0f} | {result['p50']:.2f} | {result['p99']:.2f} | {1e6 * result['server'] / max(n, 1):,.0f} | "
          f"{result['server'] / seconds:.2f} | {result['cpu'] / seconds:.2f} |{f' others: {wrong}' if wrong else ''}", flush=True)
    return n / seconds


def changing(cookies, films, timed_event=False):
    """An event and the list after it, in turn, with another rating each time."""
    return [[part for i in range(4 * OPINIONS) for part in ((timed_event, event(cookie, films[(k + i) % OPINIONS], 1 + (k + i * 3) % 9 / 2)), (not timed_event, get(cookie, LIST)))]
            for k, cookie in enumerate(cookies)]


def other_tab(port, cookie, films, times):
    """ms from sending a like to the whole changed list in another tab, which hears of it by its stream: (p50, p99)."""
    def connect():
        made = socket.create_connection((butaca.HOST, port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def whole(connection):
        text = b""
        while b"\r\n\r\n" not in text:
            text += connection.recv(1 << 18)
        head, _, rest = text.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += connection.recv(1 << 18)
        return head

    def until_list(stream):
        text = b""
        while b"event: list" not in text or not text.endswith(b"\n\n"):
            text += stream.recv(1 << 16)

    mine, tab, stream, taken = connect(), connect(), connect(), []
    stream.sendall(get(cookie, "/api/v1/stream"))
    until_list(stream)
    for i in range(times):
        begin = time.perf_counter()
        mine.sendall(event(cookie, films[i % OPINIONS], 1 + i // OPINIONS % 9 / 2))
        until_list(stream)
        tab.sendall(get(cookie, LIST))
        assert b" 200 " in whole(tab)
        taken.append(1000 * (time.perf_counter() - begin))
        assert b" 201 " in whole(mine)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


def recovery(port, cookie):
    """Seconds until ten lists in a row come within 50 ms each."""
    begin, good = time.perf_counter(), 0
    while good < 10 and time.perf_counter() - begin < 30:
        with socket.create_connection((butaca.HOST, port)) as connection:
            asked = time.perf_counter()
            connection.sendall(get(cookie, LIST))
            head = connection.recv(1 << 16)
            good = good + 1 if head.startswith(b"HTTP/1.1 200") and time.perf_counter() - asked < 0.05 else 0
        last = time.perf_counter() - begin
    return last


def measure(options, server, bench):
    films = [film["id"] for film in server.get("/api/v1/films?limit=100&order=popular").json()["items"]]
    crowd = [server.post("/api/v1/guests", {}).headers["set-cookie"].split(";")[0] for _ in range(options.crowd)]
    cookies, seconds = crowd[:64], options.seconds
    for k, cookie in enumerate(crowd):
        server.request("POST", "/api/v1/events/batch", {"events": [{"film_id": film, "facet": "rating", "value": 1 + (k + i) % 9 / 2} for i, film in enumerate(films[:OPINIONS])]}, {"Cookie": cookie})
    about, at_rest = server.get("/api/v1/about").json(), memory_of(bench.pid)
    print(f"{about['films']:,} films, rank {about['model']['rank']}, load average {os.getloadavg()[0]:.1f} at the start; {seconds:g} s each\n")
    print("| what is asked | a second | p50 ms | p99 ms | server's CPU, us each | server, cores | generator, cores |\n| --- | --- | --- | --- | --- | --- | --- |")
    row("an event, durable: 64 connections", bench.run([[(True, event(cookie, films[i % OPINIONS], 1 + i % 9 / 2)) for i in range(180)] for cookie in cookies], seconds), ("201",))
    result = bench.run(changing(cookies, films), seconds, 500)
    row("the list after each change, 500 a second (the events between aren't timed, but their CPU counts)", result, ("200", "201"), result["timed"])
    result = bench.run(changing(cookies, films), seconds)
    sustainable = row("the same, closed loop, 64 connections", result, ("200", "201"), result["timed"])
    row("the list again, unchanged", bench.run([[(True, get(cookie, LIST))] for cookie in cookies], seconds), ("200",))
    tags = [server.get(LIST, headers={"Cookie": cookie}).headers["etag"] for cookie in cookies]
    row("the same with its ETag (304)", bench.run([[(True, get(cookie, LIST, If_None_Match=tag))] for cookie, tag in zip(cookies, tags)], seconds), ("304",))
    p50, p99 = other_tab(bench.port, cookies[0], films, 500)
    print(f"| a like to the changed list in another tab, one at a time | {1000 / p50:,.0f} | {p50:.2f} | {p99:.2f} | | | |")
    result = bench.run(changing(crowd, films), seconds, 10 * sustainable)
    row(f"ten times as many lists as in the closed loop, {len(crowd)} connections", result, ("200", "201", "503"))
    back, busy = recovery(bench.port, cookies[0]), memory_of(bench.pid)
    print(f"\nOf these {result['replies']:,} replies {result['status'].get('503', 0):,} were 503, {result['retry_after']:,} of them with Retry-After; "
          f"the times are of {result['timed']:,} lists that were made. Ten lists in a row within 50 ms: {back:.2f} s after it ended.")
    done, rounds, memory = 0, 0, []
    while done < options.requests:
        done += bench.run([[(True, get(cookie, LIST)), (True, get(cookie, "/api/v1/me/profile"))] for cookie in cookies], seconds)["replies"]
        done += bench.run(changing(cookies, films), seconds / 4)["replies"]
        memory.append(memory_of(bench.pid)[0])
        rounds += 1
    print(f"Private memory at rest {at_rest[0]:.0f} MB ({at_rest[1]:.0f} with what is mapped), after ten times the load {busy[0]:.0f} MB, then over {done:,} more requests "
          f"{memory[0] if memory else 0:.1f} to {memory[-1] if memory else 0:.1f} MB (at most {max(memory, default=0):.1f}).")
    return sustainable, about["films"], films


def peer(options, place, n_films, ours, films):
    """Flask and implicit, asked for the same."""
    port = butaca.free_port()
    environment = {**os.environ, "FILMS": str(n_films), "DATABASE": str(place / "peer.db"), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [options.peer / "bin" / "gunicorn", "-k", "gthread", "-w", "2", "--threads", "32", "--keep-alive", "60", "-b", f"{butaca.HOST}:{port}", "--chdir", Path(__file__).parent, "live_peer:app"]
    with open(place / "peer.log", "wb") as log:
        process = subprocess.Popen([str(part) for part in command], env=environment, stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                socket.create_connection((butaca.HOST, port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(2)
        bench = Bench(options.load, port, process.pid, place)
        cookies = [f"butaca=peer{k}" for k in range(64)]
        bench.run([[(True, event(cookie, film, 1 + (k + i) % 9 / 2)) for i, film in enumerate(films[:OPINIONS])] for k, cookie in enumerate(cookies)], 5)
        print("\n| Flask and implicit under gunicorn, 2 workers | a second | p50 ms | p99 ms | server's CPU, us each | server, cores | generator, cores |\n| --- | --- | --- | --- | --- | --- | --- |")
        result = bench.run(changing(cookies, films), options.seconds)
        theirs = row("the list after each change, closed loop, 64 connections", result, ("200", "201"), result["timed"])
        plain = [[(timed, text.replace(b"&explain=1", b"")) for timed, text in script] for script in changing(cookies, films)]
        result = bench.run(plain, options.seconds)
        row("the same without reasons", result, ("200", "201"), result["timed"])
        print(f"\nButaca gives {ours / theirs:.1f} times as many lists after a change a second, with reasons.")
    finally:
        process.terminate()
        process.wait(30)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", type=Path)
    arguments.add_argument("load", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--peer", type=Path)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--requests", type=int, default=1000000)
    arguments.add_argument("--crowd", type=int, default=512)
    options = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="butaca-bench-") as place:
        place = Path(place)
        data = shutil.copytree(options.data, place / "data", ignore=shutil.ignore_patterns("*.lock"))
        server = butaca.Server(options.program, data, place / "log", "--person-rate", 0, "--address-rate", 0, patience=300)
        ours, n_films, films = measure(options, server, Bench(options.load, server.port, server.process.pid, place))
        server.stop()
        if options.peer:
            peer(options, place, n_films, ours, films)


if __name__ == "__main__":
    main()
