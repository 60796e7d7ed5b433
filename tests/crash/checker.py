"""kill -9 under load, again and again, and a check from outside the product that no acknowledged event was lost, doubled or moved.

    python tests/crash/checker.py PROGRAM DATA_FOLDER [--cycles 200] [--clients 8] [--seed 1]

In each cycle every client is a new guest that says things one after the other: single events, batches, undos. After a number of
answers that chance decides, the server is killed with -9, and one time in four once more while it starts. What is then asked of the
server, and read from its log's file with Python's own SQLite, has to be what the clients' notes say:

    lost        an acknowledged event isn't there, or comes back another than it was answered
    twice       an event is there more than once
    reordered   a client's events aren't in the order in which it said them
    unknown     an event is there that nobody sent
    profile     the profile isn't what the events make

An event that was sent and not answered may be there or not. It is sent again: then it has to be there, once.
"""

import argparse
import http.client
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import program as butaca  # noqa: E402

ASKED = ("event_id", "film_id", "facet", "value")
VALUES = {"verdict": ("like", "dislike", None), "seen": (True, False), "want": (True, False), "rating": (None, 0.5, 2, 3.5, 5)}
NOTHING = {"verdict": None, "seen": False, "rating": None, "want": False}


def new_id(chance):
    """A UUID of version 7."""
    return str(uuid.UUID(int=int(time.time() * 1000) << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62)))


class Client:
    """One guest, who notes what was sent and what was answered."""

    def __init__(self, server, films, seed):
        self.server, self.films, self.chance = server, films, random.Random(seed)
        self.connection = None
        self.sent = []  # requests in their order: a list of events each
        self.answered = {}  # event id -> the event as the server answered it
        status, headers, body = self.ask("POST", "/api/v1/guests", {})
        assert status == 201, body
        self.cookie, self.user = headers["set-cookie"].split(";")[0], body["user_id"]

    def ask(self, method, path, body=None):
        """(status, headers, JSON); OSError or HTTPException once the server is gone."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(butaca.HOST, self.server.port, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if hasattr(self, "cookie"):
            headers["Cookie"] = self.cookie
        try:
            self.connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            reply = self.connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.hang_up()
            raise

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def invent(self):
        """The next request: one event, several, or an undo of the last one."""
        if self.chance.random() < 0.1 and self.sent and "undo_of" not in self.sent[-1][-1]:
            return [{"event_id": new_id(self.chance), "undo_of": self.sent[-1][-1]["event_id"]}]
        events = []
        for _ in range(1 if self.chance.random() < 0.7 else self.chance.randint(2, 9)):
            facet = self.chance.choice(list(VALUES))
            events.append({"event_id": new_id(self.chance), "film_id": self.chance.choice(self.films), "facet": facet,
                           "value": self.chance.choice(VALUES[facet])})
        return events

    def send(self, events):
        """Sends a request; its events are answered when this returns."""
        if len(events) == 1:
            status, _, body = self.ask("POST", "/api/v1/events", events[0])
            items = [body]
        else:
            status, _, body = self.ask("POST", "/api/v1/events/batch", {"events": events})
            items = body.get("items", [])
        if status not in (200, 201):
            raise AssertionError(f"an event was answered {status}: {body}")
        for asked, item in zip(events, items, strict=True):
            assert item["outcome"] in ("accepted", "known"), item
            assert item["event"]["event_id"] == asked["event_id"], item
            self.answered[asked["event_id"]] = item["event"]

    def run(self, count):
        """Says things until the server is gone; count() after each answer."""
        while True:
            events = self.invent()
            self.sent.append(events)
            try:
                self.send(events)
            except (OSError, http.client.HTTPException, ValueError):
                return
            count(len(events))

    def stored(self):
        """This guest's events as the server lists them, oldest first."""
        events, cursor = [], ""
        while cursor is not None:
            status, _, page = self.ask("GET", "/api/v1/events?limit=100" + (cursor and f"&cursor={cursor}"))
            assert status == 200, page
            events += page["items"]
            cursor = page["next_cursor"]
        return events[::-1]

    def profile(self):
        status, _, body = self.ask("GET", "/api/v1/me/profile")
        assert status == 200, body
        return {item["film"]["id"]: {facet: item[facet] for facet in NOTHING} for item in body["items"]}


# --- what is wrong; pure functions of the notes and of what is there ---------------------------------------------------------------


def faults_of(sent, answered, stored):
    """["lost ID", …]: `sent` requests in their order, `answered` events by id, `stored` events oldest first."""
    faults = []
    places = {}
    for place, event in enumerate(stored):
        if event["event_id"] in places:
            faults.append(f"twice {event['event_id']}")
        places[event["event_id"]] = place
    order = [event["event_id"] for request in sent for event in request]
    for name, event in answered.items():
        if name not in places or stored[places[name]] != event:
            faults.append(f"lost {name}")
    faults += [f"unknown {name}" for name in places if name not in set(order)]
    there = [name for name in order if name in places]
    faults += [f"reordered {after}" for before, after in zip(there, there[1:]) if places[before] > places[after]]
    asked = {event["event_id"]: event for request in sent for event in request}
    for name, place in places.items():
        if name in asked and any(asked[name][key] != stored[place][key] for key in ASKED if key in asked[name]):
            faults.append(f"lost {name}: stored as another")
    return faults


def profile_of(sent, there):
    """{film: facets} that the events whose ids are in `there` make, by the rules of the API alone."""
    films, history = {}, {}
    for event in (event for request in sent for event in request if event["event_id"] in there):
        if "undo_of" in event:
            film, facet, value = history[event["undo_of"]]  # of the event right before it: nothing came in between
        else:
            film, facet, value = event["film_id"], event["facet"], event["value"]
            history[event["event_id"]] = film, facet, films.get(film, NOTHING)[facet]
        films[film] = {**films.get(film, NOTHING), facet: value}
    return {film: facets for film, facets in films.items() if facets != NOTHING}


def faults_of_client(client):
    stored = client.stored()
    faults = faults_of(client.sent, client.answered, stored)
    if not faults and client.profile() != profile_of(client.sent, {event["event_id"] for event in stored}):
        faults.append("profile")
    return [f"{client.user}: {fault}" for fault in faults]


def faults_of_log(data, clients):
    """The same from the log's own file, read by Python's SQLite while no server runs."""
    log = sqlite3.connect(f"file:{data / 'events.db'}?mode=ro", uri=True)
    rows = log.execute("SELECT hex(user), hex(id) FROM event ORDER BY position").fetchall()
    log.close()
    names = {}
    for user, name in rows:
        names.setdefault(str(uuid.UUID(user)), []).append({"event_id": str(uuid.UUID(name))})
    faults = []
    for client in clients:
        there = names.pop(client.user, [])
        sent = [[{"event_id": event["event_id"]} for event in request] for request in client.sent]
        answered = {name: {"event_id": name} for name in client.answered}
        faults += [f"{client.user}, events.db: {fault}" for fault in faults_of(sent, answered, there)]
    return faults + [f"{user}, events.db: unknown" for user in names]


# --- cycles ------------------------------------------------------------------------------------------------------------------------


class Crash:
    """A data folder and the server on it, which comes back on the same port."""

    def __init__(self, program, data, log, seed=1):
        self.program, self.data, self.log, self.chance = program, data, log, random.Random(seed)
        self.server = butaca.Server(program, data, log)
        self.films = [item["id"] for item in self.server.get("/api/v1/films?limit=30").json()["items"]]
        self.clients, self.n_kills = [], 0

    def kill(self):
        self.server.process.kill()
        self.server.process.wait()
        self.n_kills += 1

    def start(self):
        if self.chance.random() < 0.25:  # killed once more while it starts and puts right what the last kill left
            command = [str(self.program), "serve", "--data", str(self.data), "--port", "0"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=butaca.clean_environment()) as young:
                time.sleep(self.chance.random() * 0.2)
                young.kill()
            self.n_kills += 1
        self.server = butaca.Server(self.program, self.data, self.log)

    def load(self, n_clients, n_answers):
        """New clients say things at once until n_answers events were answered; then the server is killed."""
        clients = [Client(self.server, self.films, self.chance.getrandbits(64)) for _ in range(n_clients)]
        enough, lock, left = threading.Event(), threading.Lock(), [n_answers]

        def count(n):
            with lock:
                left[0] -= n
                if left[0] <= 0:
                    enough.set()

        threads = [threading.Thread(target=client.run, args=(count,), daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        reached = enough.wait(120)
        self.kill()
        for thread in threads:
            thread.join(60)
        assert reached, f"{n_answers} events were not answered in two minutes"
        self.clients += clients
        return clients

    def check(self, clients):
        """Faults after a restart, before and after the events without an answer are sent again."""
        faults = []
        for client in clients:
            client.server = self.server
            client.hang_up()
            faults += faults_of_client(client)
            for events in client.sent:
                if events[0]["event_id"] not in client.answered:
                    client.send(events)
            faults += faults_of_client(client)
            client.hang_up()
        return faults

    def cycle(self, n_clients):
        clients = self.load(n_clients, self.chance.randint(1, 60 * n_clients))
        self.start()
        return self.check(clients)

    def end(self):
        """Faults of the log's file as a whole; the server is stopped."""
        self.server.stop()
        return faults_of_log(self.data, self.clients)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--cycles", type=int, default=200)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="butaca-crash-") as place:
        data = shutil.copytree(options.data, Path(place) / "data", ignore=shutil.ignore_patterns("*.lock"))
        crash = Crash(options.program, data, Path(place) / "log", options.seed)
        faults = []
        for number in range(1, options.cycles + 1):
            faults += crash.cycle(options.clients)
            if number % 20 == 0 or number == options.cycles or faults:
                answered = sum(len(client.answered) for client in crash.clients)
                print(f"{number} cycles, {crash.n_kills} kills, {answered} events acknowledged, {len(faults)} faults", flush=True)
            if faults:
                break
        faults += crash.end()
        verified = butaca.run(options.program, "events", "replay", "--verify", "--data", data, rc=None)
    print("\n".join(faults[:20]))
    print(verified.out + verified.err, end="")
    print("no acknowledged event was lost, none is there twice, none moved" if not faults else f"{len(faults)} faults")
    return 1 if faults or verified.rc else 0


if __name__ == "__main__":
    sys.exit(main())
