"""kill -9 under load, in short (`make crash` does 200 cycles), and the checker itself, which has to see what it is there for."""

import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import checker  # noqa: E402


@pytest.fixture
def crash(program, demo_folder, tmp_path):
    one = checker.Crash(program, shutil.copytree(demo_folder, tmp_path / "data"), tmp_path / "log", seed=7)
    yield one
    one.server.kill()


def test_what_was_acknowledged_survives_kills(crash, butaca):
    for _ in range(6):
        assert crash.cycle(n_clients=4) == []
    assert crash.end() == []
    assert sum(len(client.answered) for client in crash.clients) > 100
    butaca("events", "replay", "--verify", "--data", crash.data)


@pytest.mark.parametrize("change, fault", [("DELETE FROM event WHERE position = {}", "lost"),
                                           ("UPDATE event SET at = at + 1 WHERE position = {}", "lost")])
def test_an_event_that_is_lost_or_changed_is_found(crash, change, fault):
    client = crash.load(1, 40)[0]
    with sqlite3.connect(crash.data / "events.db") as log:
        name = next(iter(client.answered)).replace("-", "").upper()
        position, = log.execute("SELECT position FROM event WHERE hex(id) = ?", (name,)).fetchone()
        log.execute(change.format(position))
    log.close()
    crash.start()
    assert any(fault in found for found in checker.faults_of_client(client_at(crash, client)))


def client_at(crash, client):
    client.server = crash.server
    client.hang_up()
    return client


def event(name, value="like"):
    return {"event_id": name, "film_id": 1, "facet": "verdict", "value": value}


SENT = [[event("a")], [event("b"), event("c")], [event("d")]]
STORED = [{**event(name), "version": place} for place, name in enumerate("abcd")]


def kinds(stored, unanswered=""):
    answered = {one["event_id"]: one for one in STORED if one["event_id"] not in unanswered}
    return [fault.split()[0] for fault in checker.faults_of(SENT, answered, stored)]


def test_the_checker_tells_faults_apart():
    a, b, c, d = STORED
    assert kinds(STORED) == []
    assert kinds([a, b, c], unanswered="d") == [] and kinds(STORED, unanswered="d") == []
    assert kinds([a, b, c]) == ["lost"]
    assert kinds([a, b, c, {**d, "version": 9}]) == ["lost"]
    assert kinds([a, b, b, c, d]) == ["twice"]
    assert "reordered" in kinds([b, a, c, d])
    assert kinds([a, b, c, d, event("e")]) == ["unknown"]
    assert kinds([a, b, c, event("d", "dislike")], unanswered="d") == ["lost"]


def test_the_profile_follows_from_the_events():
    sent = [[event("a", "like")], [event("b", "dislike")], [{"event_id": "c", "undo_of": "b"}], [{**event("d"), "facet": "seen", "value": True}]]
    assert checker.profile_of(sent, set("ab")) == {1: {**checker.NOTHING, "verdict": "dislike"}}
    assert checker.profile_of(sent, set("abcd")) == {1: {**checker.NOTHING, "verdict": "like", "seen": True}}
    assert checker.profile_of([[event("a", None)]], {"a"}) == {}
