"""Accounts: registering keeps a guest's profile, logging in is braked, tokens and sessions end when they are ended, and what is erased
is gone."""

import csv
import io
import uuid

import pytest
from api import check, check_problem
from test_events import EVENTS, LIST, PROFILE, Guest

USERS, SESSION, TOKENS, SESSIONS = "/api/v1/users", "/api/v1/session", "/api/v1/me/tokens", "/api/v1/me/sessions"
PASSWORD = "correct horse battery staple"


def fresh_name(prefix="ana"):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Account(Guest):
    """Somebody with a name."""

    def __init__(self, server, name=None, guest=None):
        self.server, self.name = server, name or fresh_name()
        self.cookie = guest.cookie if guest else ""
        reply = self.request("POST", USERS, {"name": self.name, "password": PASSWORD})
        assert reply.status == 201, reply.text
        self.session, self.cookie = reply.json(), reply.headers["set-cookie"].split(";")[0]


class Holder(Guest):
    """Whoever has this cookie or this token."""

    def __init__(self, server, cookie=None, token=None):
        self.server, self.cookie, self.token = server, cookie, token

    def request(self, method, path, body=None, headers=None):
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {"Cookie": self.cookie} if self.cookie else {}
        reply = self.server.request(method, path, body, headers={**shown, **(headers or {})})
        check(method, path, reply)
        return reply


def log_in(server, name, password=PASSWORD):
    reply = server.post(SESSION, {"name": name, "password": password})
    check("POST", SESSION, reply)
    return reply


@pytest.fixture
def account(demo):
    return Account(demo)


def test_a_guest_who_registers_keeps_the_profile(demo, film_id):
    guest = Guest(demo)
    guest.say(film_id("Alien"), "verdict", "like")
    before, titles, old = guest.profile(), guest.titles(), guest.cookie
    ana = Account(demo, guest=guest)
    assert ana.session["kind"] == "account" and ana.session["name"] == ana.name and not ana.session["admin"]
    assert ana.session["user_id"] == guest.session["user_id"]
    assert ana.profile() == before and ana.titles() == titles
    assert ana.get(SESSION).json() == ana.session
    check_problem(demo.get(PROFILE, headers={"Cookie": old}), 401)  # the guest's session ended


def test_logging_in_and_out(demo, account, film_id):
    account.say(film_id("Alien"), "verdict", "like")
    reply = log_in(demo, account.name)
    assert reply.status == 200 and reply.json()["user_id"] == account.session["user_id"]
    assert "HttpOnly" in reply.headers["set-cookie"] and "SameSite=Strict" in reply.headers["set-cookie"]
    other = Holder(demo, reply.headers["set-cookie"].split(";")[0])
    assert other.profile() == account.profile() != {}
    assert other.request("DELETE", SESSION).status == 204
    check_problem(other.get(PROFILE), 401)
    assert account.get(PROFILE).status == 200


def test_names_are_unique_whatever_their_case(demo):
    name = fresh_name("Zoë")
    Account(demo, name)
    for same in (name, name.upper(), name.lower(), name.replace("ë", "e\u0308")):
        reply = demo.post(USERS, {"name": same, "password": PASSWORD})
        check("POST", USERS, reply)
        assert check_problem(reply, 409)["type"].endswith("#name-taken")
        assert log_in(demo, same).status == 200


@pytest.mark.parametrize("body, pointer", [({"name": "x"}, "/password"), ({"password": PASSWORD}, "/name"), ({"name": "", "password": PASSWORD}, "/name"),
                                           ({"name": " x", "password": PASSWORD}, "/name"), ({"name": "x" * 41, "password": PASSWORD}, "/name"),
                                           ({"name": "a\nb", "password": PASSWORD}, "/name"), ({"name": "x", "password": "short"}, "/password"),
                                           ({"name": "x", "password": "p" * 201}, "/password"), ({"name": "x", "password": PASSWORD, "admin": True}, "/admin")])
def test_what_is_no_account(demo, body, pointer):
    check_problem(demo.post(USERS, body), 422, pointer=pointer)


def test_guessing_is_braked(server, demo_folder):
    one = server(demo_folder)
    ana, eve = Account(one), Account(one)
    unknown = fresh_name("nobody")
    for name in (ana.name, unknown):  # whether there is such a name can't be told
        replies = [log_in(one, name, "wrong password") for _ in range(6)]
        assert [reply.status for reply in replies] == [401] * 5 + [429]
        assert {reply.json()["detail"] for reply in replies[:5]} == {"no account with this name and password"}
        assert int(replies[5].headers["retry-after"]) > 0
    assert check_problem(log_in(one, ana.name), 429)["type"].endswith("#throttled")  # not even the right one
    assert log_in(one, eve.name).status == 200
    assert ana.get(PROFILE).status == 200  # who is logged in stays so


def test_tokens(demo, account, film_id):
    made = account.request("POST", TOKENS, {"label": "my script"})
    assert made.status == 201
    token = made.json()
    program = Holder(demo, token=token["token"])
    program.say(film_id("Alien"), "verdict", "like")
    assert program.profile() == account.profile() != {}
    listed = account.get(TOKENS).json()["items"]
    assert listed == [{key: token[key] for key in ("id", "label", "created")}]
    for method, path, body in (("POST", TOKENS, {"label": "x"}), ("GET", SESSIONS, None), ("PUT", "/api/v1/me/password", {"old": PASSWORD, "new": PASSWORD + "!"})):
        check_problem(program.request(method, path, body), 403)
    check_problem(account.request("DELETE", f"{TOKENS}/{uuid.uuid4()}"), 404)
    check_problem(Account(demo).request("DELETE", f"{TOKENS}/{token['id']}"), 404)
    assert account.request("DELETE", f"{TOKENS}/{token['id']}").status == 204
    check_problem(program.get(PROFILE), 401)
    assert account.get(TOKENS).json()["items"] == []


def test_sessions_are_listed_and_ended(demo, account):
    other = Holder(demo, log_in(demo, account.name).headers["set-cookie"].split(";")[0])
    items = account.get(SESSIONS).json()["items"]
    assert sorted(item["current"] for item in items) == [False, True]
    assert account.request("DELETE", SESSIONS).status == 204
    check_problem(other.get(PROFILE), 401)
    assert len(account.get(SESSIONS).json()["items"]) == 1


def test_changing_the_password(demo, account):
    other = Holder(demo, log_in(demo, account.name).headers["set-cookie"].split(";")[0])
    check_problem(account.request("PUT", "/api/v1/me/password", {"old": "not the old one", "new": "another long one"}), 403)
    check_problem(account.request("PUT", "/api/v1/me/password", {"old": PASSWORD, "new": "short"}), 422, pointer="/new")
    assert account.request("PUT", "/api/v1/me/password", {"old": PASSWORD, "new": "another long one"}).status == 204
    assert account.get(PROFILE).status == 200
    check_problem(other.get(PROFILE), 401)
    check_problem(log_in(demo, account.name), 401)
    assert log_in(demo, account.name, "another long one").status == 200


# --- export and erase -----------------------------------------------------------------------------------------------------


def test_export_as_json(account, film_id):
    for value in (1, 2, 3.5):
        account.say(film_id("Alien"), "rating", value)
    reply = account.get("/api/v1/me/export")
    assert reply.headers["content-disposition"] == 'attachment; filename="butaca.json"'
    whole = reply.json()
    assert whole["account"]["name"] == account.name
    assert whole["profile"] == account.get(PROFILE).json()["items"]
    assert whole["events"] == account.get(EVENTS).json()["items"] and len(whole["events"]) == 3


def test_export_of_more_than_a_page(demo, film_id):
    guest = Guest(demo)
    events = [{"film_id": film_id("Alien"), "facet": "seen", "value": bool(i % 2)} for i in range(500)]
    for _ in range(3):
        guest.request("POST", "/api/v1/events/batch", {"events": events})
    whole = guest.get("/api/v1/me/export").json()
    assert whole["account"] is None and len({event["event_id"] for event in whole["events"]}) == 1500


def test_export_as_csv(account, film_id):
    account.say(film_id("Alien"), "verdict", "like")
    account.say(film_id("Alien"), "rating", 4.5)
    account.say(film_id("Casablanca"), "seen", True)
    reply = account.get("/api/v1/me/export?format=csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert {row["title"]: (row["verdict"], row["seen"], row["rating"], row["want"]) for row in rows} == {
        "Alien": ("like", "false", "4.5", "false"), "Casablanca": ("", "true", "", "false")}
    check_problem(account.get("/api/v1/me/export?format=xml"), 400, parameter="format")


def test_erasing_a_guest(server, demo_folder, tmp_path, butaca):
    import shutil

    data = shutil.copytree(demo_folder, tmp_path / "data")
    one = server(data)
    guest, other = Guest(one), Guest(one)
    film = one.get("/api/v1/films?limit=1").json()["items"][0]["id"]
    said = guest.say(film, "verdict", "like")["event"]["event_id"]
    other.say(film, "verdict", "dislike")
    reply = guest.request("DELETE", "/api/v1/me")
    assert reply.status == 204 and "Max-Age=0" in reply.headers["set-cookie"]
    check_problem(guest.get(PROFILE), 401)
    assert other.profile() == {film: ("dislike", False, None, False)}
    one.stop()
    needle = uuid.UUID(said).bytes
    assert all(needle not in path.read_bytes() for path in data.glob("*.db*"))
    user = uuid.UUID(guest.session["user_id"]).bytes
    assert user not in (data / "accounts.db").read_bytes()
    butaca("events", "replay", "--verify", "--data", data)


def test_erasing_an_account_takes_its_password(demo, account, film_id):
    account.say(film_id("Alien"), "verdict", "like")
    check_problem(account.request("DELETE", "/api/v1/me"), 403)
    check_problem(account.request("DELETE", "/api/v1/me", {"password": "not the password"}), 403)
    assert account.profile() != {}
    assert account.request("DELETE", "/api/v1/me", {"password": PASSWORD}).status == 204
    check_problem(account.get(LIST), 401)
    check_problem(log_in(demo, account.name), 401)
    assert Account(demo, account.name).profile() == {}  # the name is free, and somebody else
