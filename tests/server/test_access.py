"""Who may do what: every operation of docs/openapi.yaml as nobody, as a guest, as a program with a token, as the owner, as somebody else
and as an administrator. What is expected follows from the description's `security` alone."""

import re
import uuid

import pytest
from api import METHODS, SPEC, check, check_problem
from test_accounts import Account, Holder
from test_admin import administrator
from test_events import EVENTS, Guest

OPERATIONS = [(method.upper(), path, item[method]) for path, item in SPEC["paths"].items() for method in METHODS if method in item]
LAST = {"/api/v1/session", "/api/v1/me", "/api/v1/me/sessions"}  # with DELETE: they end what the others need


def ask(server, shown, method, path, described):
    """The operation with a body that has no sense, so that whoever may do it does no harm, by somebody who shows this."""
    plain = re.sub(r"{\w+}", "1" if "/films/" in path else "0" * 16 if "/models/" in path else str(uuid.uuid4()), path)
    headers = {"Content-Type": "application/json", **shown}
    query = "?text=a" if path.endswith(("search", "suggest")) else ""
    if path == "/api/v1/stream":
        method = "HEAD"
    return server.request(method, plain + query, body='{"nonsense":1}' if method in ("POST", "PUT") else None, headers=headers)


def scopes(described):
    """None: anybody; else the scopes that a session, and a token, need: {"session": [...], "bearer": [...]}"""
    security = described.get("security", [{}])
    return None if {} in security else {name: needed for one in security for name, needed in one.items()}


@pytest.fixture(scope="module")
def people(demo):
    def token(account):
        return {"Authorization": f"Bearer {account.request('POST', '/api/v1/me/tokens', {'label': 'walk'}).json()['token']}"}

    owner, admin = Account(demo), administrator(demo)
    return {"nobody": {}, "guest": {"Cookie": Guest(demo).cookie}, "owner": {"Cookie": owner.cookie}, "program": token(owner),
            "admin": {"Cookie": admin.cookie}, "admin's program": token(admin)}


@pytest.mark.parametrize("method, path, described", OPERATIONS, ids=[f"{method} {path}" for method, path, _ in OPERATIONS])
def test_who_may(demo, people, method, path, described):
    needed = scopes(described)
    for who, shown in people.items():
        if method == "DELETE" and path in LAST and who != "nobody":
            continue  # in test_accounts.py
        status = ask(demo, shown, method, path, described).status
        if needed is None:
            assert status not in (401, 403), f"{who}: {status}"
        elif who == "nobody":
            assert status == 401
        elif "program" in who and "bearer" not in needed or who == "guest" and needed["session"] or "admin" in needed["session"] and "admin" not in who:
            assert status == 403, f"{who}: {status}"
        else:
            assert status not in (401, 403), f"{who}: {status}"


def test_nobody_sees_what_is_somebody_else_s(demo, film_id):
    mine, other = Account(demo), Account(demo)
    said = mine.say(film_id("Alien"), "verdict", "like")["event"]
    token = mine.request("POST", "/api/v1/me/tokens", {"label": "mine"}).json()
    for path in ("/api/v1/me/profile", EVENTS, "/api/v1/me/export", "/api/v1/me/export?format=csv", "/api/v1/me/tokens", "/api/v1/session"):
        text = other.get(path).text
        assert said["event_id"] not in text and mine.session["user_id"] not in text and token["id"] not in text and mine.name not in text
    check_problem(other.request("POST", EVENTS, {"undo_of": said["event_id"]}), 404)
    check_problem(other.request("DELETE", f"/api/v1/me/tokens/{token['id']}"), 404)
    assert Holder(demo, token=token["token"]).profile() == mine.profile() != {}


@pytest.mark.parametrize("shown", [{"Cookie": "butaca=" + "A" * 43}, {"Authorization": "Bearer " + "A" * 43}, {"Authorization": "Basic YTpi"},
                                   {"Authorization": "Bearer"}])
def test_what_shows_nothing_of_ours_is_nobody(demo, shown):
    reply = demo.get("/api/v1/me/profile", headers=shown)
    check("GET", "/api/v1/me/profile", reply)
    check_problem(reply, 401)
