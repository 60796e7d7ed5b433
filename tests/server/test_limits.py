"""How many requests a person and an address may make: headers that say what is left, 429 with Retry-After, and then on again."""

import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import program as butaca_program
import pytest
from api import check, check_problem
from test_accounts import Account, Holder
from test_events import LIST, PROFILE, Guest


def left(reply):
    name, n, seconds = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', reply.headers["ratelimit"]).groups()
    return name, int(n), int(seconds)


@pytest.fixture
def strict(server, demo_folder, tmp_path):
    """A person has 20 at once and 2 a second."""
    return server(shutil.copytree(demo_folder, tmp_path / "data"), "--person-rate", 2)


def spend(person, path=PROFILE):
    """Until it is refused."""
    for _ in range(2000):
        reply = person.get(path)
        if reply.status == 429:
            return reply
    raise AssertionError("it was never refused")


def test_what_is_left_is_said_and_then_it_is_429(strict):
    guest = Guest(strict)
    first, second = guest.get(PROFILE), guest.get(PROFILE)
    assert first.headers["ratelimit-policy"] == '"person";q=20;w=10'
    assert left(first)[:2] == ("person", 19) and left(second)[1] <= 18 + 2 and 1 <= left(second)[2] <= 10
    refused = spend(guest)
    assert check_problem(refused, 429)["type"].endswith("#too-many-requests")
    assert left(refused)[:2] == ("person", 0) and int(refused.headers["retry-after"]) == 1
    other = Guest(strict)
    assert other.get(PROFILE).status == 200, "others go on"
    for _ in range(100):  # and so does this one
        if guest.get(PROFILE).status == 200:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("it was never let through again")


def test_a_person_and_their_programs_are_one(strict):
    ana = Account(strict)
    token = ana.request("POST", "/api/v1/me/tokens", {"label": "script"}).json()["token"]
    spend(Holder(strict, token=token))
    assert ana.get(LIST).status == 429
    assert ana.request("POST", "/api/v1/events", {"film_id": 1, "facet": "seen", "value": True}).status == 429


def test_pages_and_health_are_free_and_so_is_this_machine(strict):
    guest = Guest(strict)
    spend(guest)
    for path in ("/", "/admin", "/healthz", "/readyz", "/metrics"):
        reply = strict.get(path, headers={"Cookie": guest.cookie})
        assert reply.status == 200 and "ratelimit" not in reply.headers
    for _ in range(50):  # nobody's session, from 127.0.0.1, as which a proxy would come
        assert "ratelimit" not in strict.get("/api/v1/genres").headers


def test_zero_is_no_limit(server, demo_folder, tmp_path):
    running = server(shutil.copytree(demo_folder, tmp_path / "data"), "--person-rate", 0, "--address-rate", 0)
    guest = Guest(running)
    assert all("ratelimit" not in guest.get(PROFILE).headers for _ in range(50))


def own_address():
    """This machine's, as others see it; None: it has none."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        found = probe.getsockname()[0]
    return None if found.startswith("127.") else found


def test_an_address_has_a_limit_whoever_asks(server, demo_folder, tmp_path, monkeypatch):
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but its own loopback")
    running = server(shutil.copytree(demo_folder, tmp_path / "data"), "--host", "0.0.0.0", "--address-rate", 2)
    monkeypatch.setattr(butaca_program, "HOST", address)
    replies = [running.get("/api/v1/genres") for _ in range(60)]
    assert replies[0].headers["ratelimit-policy"] == '"address";q=20;w=10'
    refused = next(reply for reply in replies if reply.status == 429)
    check("GET", "/api/v1/genres", refused)
    assert int(refused.headers["retry-after"]) >= 1 and left(refused)[:2] == ("address", 0)
    assert running.post("/api/v1/guests", {}).status == 429 and running.get("/").status == 200
    with ThreadPoolExecutor(8) as pool:  # all at once, they get no more
        assert list(pool.map(lambda _: running.get("/api/v1/genres").status, range(40))).count(200) <= 10
