"""Guests, their events, and the profile and list that follow: every reply as docs/openapi.yaml says."""

import itertools
import shutil
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from api import check, check_problem

EVENTS = "/api/v1/events"
BATCH = "/api/v1/events/batch"
PROFILE = "/api/v1/me/profile"
LIST = "/api/v1/me/recommendations"

_counter = itertools.count()


def new_id():
    """A UUID of version 7."""
    milliseconds = int(time.time() * 1000)
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | next(_counter) % 4096 << 64 | 2 << 62 | uuid.uuid4().int & (1 << 62) - 1))


class Guest:
    """Somebody with a session."""

    def __init__(self, server):
        self.server = server
        reply = server.post("/api/v1/guests", {})
        check("POST", "/api/v1/guests", reply)
        assert reply.status == 201, reply.text
        self.session = reply.json()
        self.cookie = reply.headers["set-cookie"].split(";")[0]

    def request(self, method, path, body=None, headers=None):
        reply = self.server.request(method, path, body, headers={"Cookie": self.cookie, **(headers or {})})
        check(method, path, reply)
        return reply

    def get(self, path, **headers):
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def say(self, film, facet, value, status=201, **more):
        reply = self.request("POST", EVENTS, {"event_id": new_id(), "film_id": film, "facet": facet, "value": value, **more})
        assert reply.status == status, reply.text
        return reply.json()

    def undo(self, event_id, status=201):
        reply = self.request("POST", EVENTS, {"event_id": new_id(), "undo_of": event_id})
        assert reply.status == status, reply.text
        return reply.json()

    def profile(self):
        """{film: (verdict, seen, rating, want)}"""
        items = self.get(PROFILE).json()["items"]
        return {item["film"]["id"]: (item["verdict"], item["seen"], item["rating"], item["want"]) for item in items}

    def titles(self, query=""):
        return [item["film"]["title"] for item in self.get(LIST + query).json()["items"]]


@pytest.fixture
def guest(demo):
    return Guest(demo)


# --- guests ------------------------------------------------------------------------------------------------------------


def test_a_guest_is_somebody(demo, guest):
    assert guest.session["kind"] == "guest" and guest.session["name"] is None
    again = guest.get("/api/v1/session").json()
    assert again == guest.session
    other = Guest(demo)
    assert other.session["user_id"] != guest.session["user_id"] and other.cookie != guest.cookie


def test_the_cookie_is_for_the_server_alone(demo):
    cookie = demo.post("/api/v1/guests", {}).headers["set-cookie"]
    parts = [part.strip() for part in cookie.split(";")]
    assert parts[0].startswith("butaca=") and {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(parts[1:])


def test_who_has_a_session_keeps_it(guest):
    reply = guest.request("POST", "/api/v1/guests", {})
    assert reply.status == 200 and reply.json()["user_id"] == guest.session["user_id"] and "set-cookie" not in reply.headers


@pytest.mark.parametrize("path", [EVENTS, PROFILE, LIST])
def test_nobody_gets_nothing(demo, path):
    assert check_problem(demo.get(path), 401)["type"].endswith("#no-session")


@pytest.mark.parametrize("cookie", ["butaca=", "butaca=x", "butaca=" + "A" * 43, "butaca=" + "A" * 5000])
def test_a_session_that_is_none_is_refused_and_cleared(demo, cookie):
    reply = demo.get("/api/v1/session", headers={"Cookie": cookie})
    check_problem(reply, 401)
    assert "Max-Age=0" in reply.headers["set-cookie"]


def test_logging_out(guest):
    assert guest.request("DELETE", "/api/v1/session").status == 204
    check_problem(guest.request("GET", PROFILE), 401)


# --- events ------------------------------------------------------------------------------------------------------------


def test_what_is_said_is_in_the_profile_and_the_list_at_once(guest, film_id):
    alien, aliens = film_id("Alien"), film_id("Aliens")
    said = guest.say(alien, "verdict", "like")
    assert said["outcome"] == "accepted" and said["profile_version"] == said["event"]["version"]
    assert guest.profile() == {alien: ("like", False, None, False)}
    listed = guest.get(LIST).json()
    assert listed["profile_version"] == said["profile_version"] and listed["basis"] == "taste"
    assert "Aliens" in guest.titles()
    guest.say(aliens, "seen", True)
    assert "Aliens" not in guest.titles()
    guest.say(alien, "rating", 4.5)
    guest.say(alien, "want", True)
    assert guest.profile() == {alien: ("like", False, 4.5, True), aliens: (None, True, None, False)}


def test_the_list_is_the_one_that_the_profile_gives(demo, guest, film_id):
    alien, heat = film_id("Alien"), film_id("Casablanca")
    guest.say(alien, "verdict", "like")
    guest.say(heat, "verdict", "dislike")
    profile = [{"film_id": alien, "verdict": "like"}, {"film_id": heat, "verdict": "dislike"}]
    asked = demo.post("/api/v1/recommendations", {"profile": profile, "limit": 7, "explain": True, "filters": {"genres": ["Drama"], "from_year": 1950}}).json()
    mine = guest.get(LIST + "?limit=7&explain=1&genre=drama&from_year=1950").json()
    asked.pop("next_cursor")  # the list of a profile has no pages yet
    assert mine.pop("profile_version") > 0 and mine == asked


def test_two_guests_have_two_profiles(demo, film_id):
    one, two = Guest(demo), Guest(demo)
    one.say(film_id("Alien"), "verdict", "like")
    assert two.profile() == {} and two.get(EVENTS).json()["items"] == []


def test_the_same_event_again_changes_nothing(guest, film_id):
    body = {"event_id": new_id(), "film_id": film_id("Alien"), "facet": "verdict", "value": "like"}
    first = guest.request("POST", EVENTS, body)
    again = guest.request("POST", EVENTS, body)
    by_header = guest.request("POST", EVENTS, {key: body[key] for key in body if key != "event_id"}, headers={"Idempotency-Key": body["event_id"]})
    assert (first.status, again.status, by_header.status) == (201, 200, 200)
    assert again.json()["outcome"] == by_header.json()["outcome"] == "known"
    assert first.json()["event"] == again.json()["event"] == by_header.json()["event"]
    assert len(guest.get(EVENTS).json()["items"]) == 1
    check_problem(guest.request("POST", EVENTS, {**body, "value": "dislike"}), 409)


def test_an_id_of_somebody_else_is_no_leak(demo, film_id):
    one, two = Guest(demo), Guest(demo)
    said = one.say(film_id("Alien"), "verdict", "like")["event"]
    problem = check_problem(two.request("POST", EVENTS, {"event_id": said["event_id"], "film_id": film_id("Alien"), "facet": "verdict", "value": "like"}), 409)
    assert one.session["user_id"] not in str(problem)
    check_problem(two.request("POST", EVENTS, {"undo_of": said["event_id"]}), 404)


def test_undo_restores_exactly(guest, film_id):
    alien = film_id("Alien")
    guest.say(alien, "verdict", "like")
    guest.say(film_id("Casablanca"), "rating", 2)
    before, profile = guest.get(LIST + "?explain=1").json(), guest.profile()
    said = guest.say(alien, "verdict", "dislike")["event"]
    assert guest.get(LIST + "?explain=1").json()["items"] != before["items"]
    undone = guest.undo(said["event_id"])
    assert undone["event"]["value"] == "like" and undone["event"]["undo_of"] == said["event_id"]
    after = guest.get(LIST + "?explain=1").json()
    assert {**after, "profile_version": 0} == {**before, "profile_version": 0} and guest.profile() == profile


def test_an_undo_of_what_was_replaced_changes_nothing_and_says_so(guest, film_id):
    alien = film_id("Alien")
    first = guest.say(alien, "verdict", "like")["event"]
    guest.say(alien, "verdict", "dislike")
    assert guest.undo(first["event_id"], status=200)["outcome"] == "not_deciding"
    assert guest.profile() == {alien: ("dislike", False, None, False)}
    check_problem(guest.request("POST", EVENTS, {"undo_of": new_id()}), 404)


def test_a_batch_is_taken_in_its_order(guest, film_id):
    alien, twice = film_id("Alien"), new_id()
    events = [{"event_id": twice, "film_id": alien, "facet": "verdict", "value": "like"}, {"film_id": alien, "facet": "verdict", "value": "dislike"},
              {"event_id": twice, "film_id": alien, "facet": "verdict", "value": "like"}, {"undo_of": twice}, {"undo_of": new_id()}]
    done = guest.request("POST", BATCH, {"events": events}).json()
    assert [item["outcome"] for item in done["items"]] == ["accepted", "accepted", "known", "not_deciding", "nothing_to_undo"]
    assert guest.profile() == {alien: ("dislike", False, None, False)}
    assert done["profile_version"] == guest.get(PROFILE).json()["profile_version"]


def test_one_that_is_none_refuses_the_batch(guest, film_id):
    events = [{"film_id": film_id("Alien"), "facet": "verdict", "value": "like"}, {"film_id": film_id("Alien"), "facet": "verdict", "value": "love"}]
    check_problem(guest.request("POST", BATCH, {"events": events}), 422, pointer="/events/1/value")
    assert guest.profile() == {}


def test_the_list_of_events_pages(guest, film_id):
    alien = film_id("Alien")
    said = [guest.say(alien, "rating", value)["event"] for value in (1, 2, 3, 4, 5)]
    pages, cursor = [], ""
    while cursor is not None:
        page = guest.get(f"{EVENTS}?limit=2{cursor and '&cursor=' + cursor}").json()
        pages.append(page["items"])
        cursor = page["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 1] and sum(pages, []) == said[::-1]
    check_problem(guest.get(EVENTS + "?cursor=abc"), 400, parameter="cursor")


@pytest.mark.parametrize("change, pointer", [
    ({"film_id": 4000000}, "/film_id"), ({"film_id": "1"}, "/film_id"), ({"film_id": None}, "/film_id"), ({"facet": "love"}, "/facet"),
    ({"facet": "erase", "value": None}, "/facet"), ({"value": "love"}, "/value"), ({"value": True}, "/value"), ({"facet": "seen"}, "/value"),
    ({"facet": "rating", "value": 5.5}, "/value"), ({"facet": "rating", "value": 3.3}, "/value"), ({"at": "yesterday"}, "/at"),
    ({"at": "2026-02-30T00:00:00Z"}, "/at"), ({"event_id": "1"}, "/event_id"), ({"event_id": str(uuid.uuid4())}, "/event_id"), ({"undo_of": "x"}, "/undo_of"),
    ({"source": "A B"}, "/source"), ({"source": "x" * 16}, "/source"), ({"user_id": str(uuid.uuid4())}, "/user_id"), ({"undo_of": str(uuid.uuid4())}, "/film_id")])
def test_wrong_fields(guest, film_id, change, pointer):
    body = {"event_id": new_id(), "film_id": film_id("Alien"), "facet": "verdict", "value": "like", **change}
    check_problem(guest.request("POST", EVENTS, {key: value for key, value in body.items() if not (key == "film_id" and value is None)}), 422, pointer=pointer)
    assert guest.profile() == {}


def test_missing_fields_and_another_key(guest, film_id):
    check_problem(guest.request("POST", EVENTS, {"film_id": film_id("Alien"), "facet": "seen"}), 422, pointer="/value")
    check_problem(guest.request("POST", BATCH, {"events": []}), 422, pointer="/events")
    body = {"event_id": new_id(), "film_id": film_id("Alien"), "facet": "seen", "value": True}
    check_problem(guest.request("POST", EVENTS, body, headers={"Idempotency-Key": new_id()}), 422, pointer="/event_id")


def test_the_time_that_a_client_claims_is_kept_and_orders_nothing(guest, film_id):
    alien = film_id("Alien")
    late = guest.say(alien, "verdict", "like", at="2099-01-01T02:30:00.5+02:30")["event"]
    early = guest.say(alien, "verdict", "dislike", at="1969-12-31T23:59:59.999999Z")["event"]
    assert (late["at"], early["at"]) == ("2099-01-01T00:00:00.500000Z", "1969-12-31T23:59:59.999999Z")
    assert early["version"] > late["version"] and guest.profile()[alien][0] == "dislike"


# --- ETags --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PROFILE, LIST])
def test_etags_follow_the_profile(guest, film_id, path):
    guest.say(film_id("Alien"), "verdict", "like")
    first = guest.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    same = guest.get(path, If_None_Match=first.headers["etag"])
    assert same.status == 304 and same.body == b"" and same.headers["etag"] == first.headers["etag"]
    guest.say(film_id("Casablanca"), "seen", True)
    assert guest.get(path, If_None_Match=first.headers["etag"]).status == 200


def test_another_question_has_another_etag(guest):
    tags = {guest.get(LIST + query).headers["etag"] for query in ("", "?limit=5", "?explain=1", "?genre=drama", "?from_year=1990", "?to_year=1990")}
    assert len(tags) == 6


# --- many at once, and over an end ---------------------------------------------------------------------------------------


def test_many_at_once_are_all_there(demo, film_id):
    films = [film["id"] for film in demo.get("/api/v1/films?limit=40").json()["items"]]
    guests = [Guest(demo) for _ in range(4)]
    with ThreadPoolExecutor(32) as pool:
        done = list(pool.map(lambda pair: pair[0].say(pair[1], "seen", True), itertools.product(guests, films)))
    assert len({one["event"]["event_id"] for one in done}) == 160
    for guest in guests:
        assert set(guest.profile()) == set(films)
        versions = [event["version"] for event in guest.get(EVENTS + "?limit=100").json()["items"]]
        assert versions == sorted(set(versions), reverse=True)


def test_profiles_and_sessions_outlive_the_server(server, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    one = server(data)
    guest = Guest(one)
    film = one.get("/api/v1/films?limit=1").json()["items"][0]["id"]
    guest.say(film, "verdict", "like")
    before = guest.get(LIST).json()
    assert one.stop() == 0
    guest.server = server(data)
    assert guest.get(LIST).json() == before and guest.profile()[film][0] == "like"


def test_two_servers_on_one_folder(server, butaca, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    first = server(data)
    done = butaca("serve", "--data", data, "--port", 0, rc=1)
    assert "in use by another butaca" in done.err and str(first.process.pid) in done.err
    assert Guest(first).profile() == {}


def test_what_was_accepted_is_counted_as_that(guest, film_id):
    name = 'butaca_http_requests_total{route="/api/v1/events",status="201"} '
    guest.say(film_id("Alien"), "verdict", "like")
    assert name in guest.server.get("/metrics").text


# --- filters of the list -------------------------------------------------------------------------------------------------

FILTERS = [  # a query, and what POST /api/v1/recommendations takes for the same
    ("", {}),
    ("genre=drama,sci-fi", {"filters": {"genres": ["drama", "sci-fi"]}}),
    ("language=es,FR&from_year=1950&to_year=2000", {"filters": {"languages": ["es", "FR"], "from_year": 1950, "to_year": 2000}}),
    ("country=ES,it&to_runtime=120&from_runtime=80", {"filters": {"countries": ["ES", "it"], "from_runtime": 80, "to_runtime": 120}}),
    ("from_likes=100&to_likes=150", {"filters": {"from_likes": 100, "to_likes": 150}}),
    ("text=ship", {"filters": {"text": "ship"}}),
    ("only=1,2,3,4,5,6&without=2,3", {"filters": {"only": [1, 2, 3, 4, 5, 6], "without": [2, 3]}}),
    ("dial=5&explain=1", {"dial": 5, "explain": True}),
]


@pytest.mark.parametrize("query, wish", FILTERS, ids=[query or "none" for query, _ in FILTERS])
def test_the_list_by_get_is_the_list_by_post(guest, film_id, query, wish):
    guest.say(film_id("Alien"), "verdict", "like")
    guest.say(film_id("Titanic"), "verdict", "dislike")
    profile = [{"film_id": film_id("Alien"), "verdict": "like"}, {"film_id": film_id("Titanic"), "verdict": "dislike"}]
    by_get = guest.get(f"{LIST}?limit=50&{query}".rstrip("&")).json()
    by_post = guest.request("POST", "/api/v1/recommendations", {"profile": profile, "limit": 50, **wish}).json()
    assert by_get["items"] and by_get["items"] == by_post["items"]


def test_each_question_has_a_list_and_a_tag_of_its_own(guest, film_id):
    guest.say(film_id("Alien"), "verdict", "like")
    replies = [guest.get(f"{LIST}?{query}") for query, _ in FILTERS for _ in range(2)]  # the second one is kept from the first
    tags = [reply.headers["etag"] for reply in replies]
    assert tags[::2] == tags[1::2] and len(set(tags)) == len(FILTERS)
    assert [reply.body for reply in replies[::2]] == [reply.body for reply in replies[1::2]]
    assert guest.get(f"{LIST}?{FILTERS[1][0]}", If_None_Match=tags[2]).status == 304
    assert guest.get(f"{LIST}?{FILTERS[2][0]}", If_None_Match=tags[2]).status == 200


@pytest.mark.parametrize("query, name", [("only=1,x", "only"), ("without=0", "without"), ("genre=", "genre"), ("dial=6", "dial"),
                                         ("only=4294967296", "only"), ("language=es,,fr", "language"), ("from_likes=0", "from_likes"),
                                         ("to_runtime=-1", "to_runtime"), ("genre=drama,nonsense", "genre"), ("year=1999", "year")])
def test_filters_that_are_wrong_are_named(demo, guest, query, name):
    reply = demo.request("GET", f"{LIST}?{query}", headers={"Cookie": guest.cookie})
    check_problem(reply, 400, parameter=name)


def test_predicted_ratings_in_my_list(demo, guest):
    film = guest.get(LIST + "?limit=1").json()["items"][0]["film"]["id"]
    guest.say(film, "rating", 4.5)
    mine = guest.get(LIST + "?predict=1&limit=10").json()["items"]
    posted = demo.post("/api/v1/recommendations", {"profile": [{"film_id": film, "rating": 4.5}], "limit": 10, "predict": True}).json()["items"]
    assert mine == posted and any(item["predicted"] for item in mine)
    assert all("predicted" not in item for item in guest.get(LIST).json()["items"])
