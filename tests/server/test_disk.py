"""A server whose disk is full or whose folder may only be read: what reads goes on, what writes says so, nothing is lost.

The disk is full by the limit on the size of files (RLIMIT_FSIZE) that the process gets: any user may set it, and take it away again
while the server runs. What a really full disk does to the stores is in the tests of tests/faults.md.
"""

import os
import resource
import shutil
import tempfile
from pathlib import Path

import program as butaca_program
import pytest
from api import check, check_problem
from test_events import BATCH, EVENTS, LIST, PROFILE, Guest, new_id

READS = ["/", "/api/v1/films", "/api/v1/films/1", "/api/v1/search?text=alien", "/api/v1/about", "/readyz", "/metrics"]


def fill_disk(server, size):
    """From now on no file of the server grows beyond `size` bytes; None: it may again."""
    hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def say_until_full(guest, films):
    """[(request, reply)] of events, the last of which was refused."""
    said = []
    for i in range(100000):
        body = {"event_id": new_id(), "film_id": films[i % len(films)], "facet": "rating", "value": (i // len(films)) % 5 + 1}
        said.append((body, guest.request("POST", EVENTS, body)))
        if said[-1][1].status not in (200, 201):
            return said
    raise AssertionError("the disk was never full")


def all_events(guest):
    events, cursor = [], ""
    while cursor is not None:
        page = guest.get(f"{EVENTS}?limit=100{cursor and '&cursor=' + cursor}").json()
        events += page["items"]
        cursor = page["next_cursor"]
    return events[::-1]


@pytest.fixture
def full(server, demo_folder, tmp_path):
    """(server, guest, what the guest said): the last event was answered 507."""
    data = shutil.copytree(demo_folder, tmp_path / "data")
    one = server(data)
    guest = Guest(one)
    films = [film["id"] for film in one.get("/api/v1/films?limit=40").json()["items"]]
    guest.say(films[0], "verdict", "like")
    fill_disk(one, (data / "events.db-wal").stat().st_size + (512 << 10))
    return one, guest, say_until_full(guest, films)


def test_reads_go_on_and_writes_say_507(full):
    one, guest, said = full
    assert check_problem(said[-1][1], 507)["type"].endswith("#no-space")
    for path in READS:
        assert one.get(path).status == 200, path
    for path in (PROFILE, LIST, EVENTS, "/api/v1/session"):
        assert guest.get(path).status == 200, path
    assert guest.titles()
    check_problem(guest.request("POST", BATCH, {"events": [said[-1][0], said[0][0]]}), 507)
    assert one.process.poll() is None


def test_nothing_is_lost_and_it_goes_on_when_there_is_space(full, server):
    one, guest, said = full
    kept = [reply.json()["event"] for _, reply in said[:-1]]
    assert len(kept) > 10
    stored = all_events(guest)[1:]
    assert stored[:len(kept)] == kept and len(stored) <= len(said)
    fill_disk(one, None)
    again = guest.request("POST", EVENTS, said[-1][0])
    assert again.status in (200, 201), again.text
    everything = kept + [again.json()["event"]]
    assert all_events(guest)[1:] == everything
    last = {event["film_id"]: event["value"] for event in everything}
    assert {film: facets[2] for film, facets in guest.profile().items()} == last
    assert one.stop() == 0


def test_a_full_disk_and_then_a_crash(full, server, butaca, tmp_path):
    one, guest, said = full
    kept = [reply.json()["event"] for _, reply in said[:-1]]
    one.kill()
    guest.server = server(tmp_path / "data")
    assert all_events(guest)[1:len(kept) + 1] == kept
    assert guest.request("POST", EVENTS, said[-1][0]).status in (200, 201)
    guest.server.stop()
    butaca("events", "replay", "--verify", "--data", tmp_path / "data")


def test_nobody_becomes_a_guest_on_a_full_disk(server, demo_folder):
    one = server(demo_folder)
    fill_disk(one, 0)
    reply = one.post("/api/v1/guests", {})
    check("POST", "/api/v1/guests", reply)
    check_problem(reply, 507)
    fill_disk(one, None)
    assert Guest(one).profile() == {}


@pytest.fixture
def read_only(server, program, demo_folder):
    """A server on a folder that may only be read, by somebody whom that stops: root becomes nobody."""
    with tempfile.TemporaryDirectory(prefix="butaca-", ignore_cleanup_errors=True) as place:
        os.chmod(place, 0o755)
        data = shutil.copytree(demo_folder, f"{place}/data", ignore=shutil.ignore_patterns("*.lock"))
        copied = shutil.copy(program, f"{place}/butaca")
        for path, _, files in os.walk(data):
            for file in files:
                os.chmod(f"{path}/{file}", 0o444)
            os.chmod(path, 0o555)
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        one = butaca_program.Server(copied, data, Path(place) / "log", **user)
        yield one
        one.kill()
        for path, _, _ in os.walk(data):
            os.chmod(path, 0o755)


def test_a_folder_that_may_only_be_read(read_only):
    assert "nothing that people say can be kept" in read_only.output()
    for path in READS:
        assert read_only.get(path).status == 200, path
    films = read_only.get("/api/v1/films?limit=1").json()["items"]
    assert read_only.post("/api/v1/recommendations", {"profile": [{"film_id": films[0]["id"], "verdict": "like"}]}).json()["basis"] == "taste"
    reply = read_only.post("/api/v1/guests", {})
    check("POST", "/api/v1/guests", reply)
    assert check_problem(reply, 503)["type"].endswith("#read-only")
    assert read_only.get("/api/v1/session").status == 200
    assert read_only.stop() == 0
