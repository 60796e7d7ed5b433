"""Administrators: how the first one comes to be, and what they can do."""

import re
import shutil
import sqlite3
import time
import uuid

import pytest
from api import check, check_problem
from test_accounts import PASSWORD, Account, Holder
from test_events import LIST, Guest
from test_models import until_model
from test_stream import Stream

CLAIM, USERS, MODELS, TRAINING = "/api/v1/admin/claim", "/api/v1/admin/users", "/api/v1/admin/models", "/api/v1/admin/training"


def code_of(server):
    """The code in the link that the server printed; None: it printed none."""
    for _ in range(3000):  # it answers before it says so; both lines come in one piece
        if "answers on" in server.output():
            break
        time.sleep(0.02)
    found = re.search(r"http://\S+/admin#([\w-]{43})\n", server.output())
    return found.group(1) if found else None


def administrator(server):
    """An account that took the code; once a server."""
    account = Account(server)
    reply = account.request("POST", CLAIM, {"code": code_of(server)})
    assert reply.status == 200 and reply.json()["admin"] and reply.json()["name"] == account.name
    return account


@pytest.fixture
def running(server, demo_folder, tmp_path):
    return server(shutil.copytree(demo_folder, tmp_path / "data"))


@pytest.fixture
def admin(running):
    return administrator(running)


def test_the_link_makes_one_administrator(running):
    code, ana, ben = code_of(running), Account(running), Account(running)
    for wrong in ("", "x", "A" * 43, code[:-1] + ("A" if code[-1] != "A" else "E"), code + "A"):
        assert check_problem(ana.request("POST", CLAIM, {"code": wrong}), 403)["type"].endswith("#wrong-code")
    check_problem(ana.request("POST", CLAIM, {}), 422, pointer="/code")
    check_problem(ana.get(USERS), 403)
    assert ana.request("POST", CLAIM, {"code": code}).json()["admin"]
    assert ana.get("/api/v1/session").json()["admin"] and ana.get(USERS).status == 200
    assert check_problem(ben.request("POST", CLAIM, {"code": code}), 403)["type"].endswith("#wrong-code")
    assert not ben.get("/api/v1/session").json()["admin"]


def test_a_guest_cannot_take_it(running):
    check_problem(Guest(running).request("POST", CLAIM, {"code": code_of(running)}), 403)
    assert administrator(running)


def test_each_start_makes_a_new_one_until_somebody_has_it(server, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    first = server(data)
    old = code_of(first)
    assert first.stop() == 0
    second = server(data)
    ana = Account(second)
    check_problem(ana.request("POST", CLAIM, {"code": old}), 403)
    assert ana.request("POST", CLAIM, {"code": code_of(second)}).status == 200
    assert second.stop() == 0
    third = server(data)
    assert code_of(third) is None
    assert Holder(third, ana.cookie).get(USERS).status == 200


def test_the_link_ends_after_a_day(server, program, demo_folder, tmp_path):
    """What is kept says when, and not what."""
    data = shutil.copytree(demo_folder, tmp_path / "data")
    running = server(data)
    code = code_of(running)
    with sqlite3.connect(data / "accounts.db") as database:
        (value,) = database.execute("SELECT value FROM note WHERE name = 'admin-claim'").fetchone()
        digest, expires = value.split()
        assert abs(int(expires) - time.time() - 86400) < 120
        assert code not in value
        database.execute("UPDATE note SET value = ?", (f"{digest} {int(time.time()) - 1}",))
    check_problem(Account(running).request("POST", CLAIM, {"code": code}), 403)


def test_users_are_listed_by_name_in_pages(running, admin):
    names = sorted([admin.name, *(Account(running).name for _ in range(4))])
    Guest(running)
    assert [user["name"] for user in admin.get(USERS).json()["items"]] == names
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"{USERS}?limit=2{cursor and '&cursor=' + cursor}").json()
        seen += page["items"]
        cursor = page["next_cursor"]
    assert [user["name"] for user in seen] == names
    assert [user["admin"] for user in seen] == [user["name"] == admin.name for user in seen]
    assert {user["id"] for user in seen if user["admin"]} == {admin.session["user_id"]}


def test_roles_are_given_and_taken(running, admin):
    ben, guest = Account(running), Guest(running)
    one = f"{USERS}/{ben.session['user_id']}"
    assert admin.request("PUT", one, {"admin": True}).json()["admin"] is True
    assert ben.get(USERS).status == 200  # at once, though the session was known in memory
    assert ben.request("PUT", f"{USERS}/{admin.session['user_id']}", {"admin": False}).status == 200
    check_problem(admin.get(USERS), 403)
    assert check_problem(ben.request("PUT", one, {"admin": False}), 409)["type"].endswith("#last-administrator")
    assert ben.get(USERS).status == 200
    assert check_problem(ben.request("PUT", f"{USERS}/{guest.session['user_id']}", {"admin": True}), 409)["type"].endswith("#no-account")
    check_problem(ben.request("PUT", f"{USERS}/{uuid.uuid4()}", {"admin": True}), 404)
    check_problem(ben.request("PUT", one, {}), 422, pointer="/admin")


def test_a_token_of_an_administrator_administers(running, admin):
    program = Holder(running, token=admin.request("POST", "/api/v1/me/tokens", {"label": "ops"}).json()["token"])
    assert program.get(USERS).status == 200 and program.get(MODELS).status == 200


def test_erasing_somebody(running, admin):
    ben, guest = Account(running), Guest(running)
    for person in (ben, guest):
        person.say(1, "verdict", "like")
        assert admin.request("DELETE", f"{USERS}/{person.session['user_id']}").status == 204
        check_problem(person.get("/api/v1/me/profile"), 401)
        check_problem(admin.request("DELETE", f"{USERS}/{person.session['user_id']}"), 404)
    assert running.post("/api/v1/session", {"name": ben.name, "password": PASSWORD}).status == 401
    assert check_problem(admin.request("DELETE", f"{USERS}/{admin.session['user_id']}"), 409)["type"].endswith("#last-administrator")
    assert [user["name"] for user in admin.get(USERS).json()["items"]] == [admin.name]


def test_the_same_by_command_line(server, butaca, demo_folder, tmp_path):
    """Roles and erasing without a server; while one runs, it names who has the folder."""
    data = shutil.copytree(demo_folder, tmp_path / "data")
    running = server(data)
    ana, ben = Account(running), Account(running)
    ana.say(1, "verdict", "like")
    assert "administrator" not in (refused := butaca("user", "list", "--data", data, rc=1).err) and str(running.process.pid) in refused
    assert running.stop() == 0
    user = lambda *line, **how: butaca("user", *line, "--data", data, **how)  # noqa: E731
    listed = user("list", "--json").json()["users"]
    assert [(one["name"], one["admin"]) for one in listed] == sorted([(ana.name, False), (ben.name, False)])
    assert {one["id"] for one in listed} == {ana.session["user_id"], ben.session["user_id"]}
    assert "no account is called" in user("promote", "nobody", rc=1).err
    user("promote", ana.name.upper())
    assert [line.split()[:2] for line in user("list").out.splitlines()[1:] if "administrator" in line] == [[ana.name, "administrator"]]
    assert "administer" in user("demote", ana.name, rc=1).err, "the last one stays"
    assert "--yes" in user("erase", ben.name, rc=2).err and len(user("list", "--json").json()["users"]) == 2
    user("promote", ben.name)
    user("demote", ben.name)
    user("erase", ana.name, "--yes")
    assert [one["name"] for one in user("list", "--json").json()["users"]] == [ben.name]
    assert "erase" in butaca("events", "list", "--data", data).out and "like" not in butaca("events", "list", "--data", data).out
    assert butaca("events", "replay", "--verify", "--data", data).rc == 0


def wait_for_training(admin):
    for _ in range(6000):
        state = admin.get(TRAINING).json()
        if state["state"] != "running":
            return state
        time.sleep(0.02)
    raise AssertionError("the training never ended")


def active(admin):
    return [model["id"] for model in admin.get(MODELS).json()["items"] if model["active"]]


def test_training_activating_and_rolling_back(running, admin):
    """Each change counts when its reply is there."""
    first = active(admin)[0]
    assert admin.get(TRAINING).json()["state"] == "never"
    with Stream(admin) as stream:
        begun = admin.request("POST", TRAINING, {"rank": 8})
        assert begun.status == 202 and begun.json()["state"] == "running" and begun.json()["iterations"] > 0
        done = wait_for_training(admin)
        assert done["state"] == "done" and done["model"] != first
        assert until_model(running, first) == done["model"]
        while (event := stream.event())["event"] != "model" or event["data"]["model"] == first:
            pass
        assert event["data"]["model"] == done["model"]
    for change, path in ((first, f"{MODELS}/rollback"), (done["model"], f"{MODELS}/{done['model']}/activate"), (first, f"{MODELS}/{first}/activate")):
        reply = admin.request("POST", path, {})
        assert reply.status == 200 and [model["id"] for model in reply.json()["items"] if model["active"]] == [change]
        assert admin.get(LIST).json()["model"] == change
    check_problem(admin.request("POST", f"{MODELS}/{'0' * 16}/activate", {}), 404)


def test_a_training_takes_no_more_memory_than_the_server_was_told(server, demo_folder, tmp_path):
    admin = administrator(server(shutil.copytree(demo_folder, tmp_path / "data"), "--train-memory", 1))
    first = active(admin)
    assert admin.request("POST", TRAINING, {"rank": 256}).status == 202
    state = wait_for_training(admin)
    assert state["state"] == "failed" and "MiB" in state["detail"]
    assert active(admin) == first


def test_one_training_at_a_time_and_the_end_of_the_server_ends_it(running, admin):
    assert admin.request("POST", TRAINING, {"rank": 512}).status == 202
    reply = admin.request("POST", TRAINING, {"rank": 8})
    if reply.status == 409:  # else the first one was faster
        assert check_problem(reply, 409)["type"].endswith("#training-runs")
    assert running.stop() == 0


def test_a_damaged_model_is_refused_and_the_one_in_use_stays(server, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    admin = administrator(server(data))
    first = active(admin)[0]
    bad = data / "models" / "00112233aabbccdd.btm"
    content = bytearray((data / "models" / f"{first}.btm").read_bytes())
    content[len(content) // 2] ^= 1
    bad.write_bytes(content)
    assert check_problem(admin.request("POST", f"{MODELS}/00112233aabbccdd/activate", {}), 409)["type"].endswith("#bad-model")
    assert active(admin) == [first] and admin.get(LIST).json()["model"] == first


def test_nothing_to_roll_back_to(running, admin):
    check_problem(admin.request("POST", f"{MODELS}/rollback", {}), 404)


def test_the_page_takes_the_code_out_of_the_address(running):
    reply = running.get("/admin")
    check("GET", "/admin", reply)
    assert "location.hash" in reply.text and "replaceState" in reply.text
