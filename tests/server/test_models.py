"""Another model becomes active while the server runs: lists come from it, and no request is dropped or answered by halves."""

import json
import shutil
import threading
import time

import pytest
from test_events import LIST, Guest
from test_stream import Stream

WISH = {"profile": [{"film_id": 1, "verdict": "like"}, {"film_id": 7, "verdict": "dislike"}], "limit": 15, "explain": True}


@pytest.fixture
def running(server, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    return server(data), data


def model_of(server):
    return server.get("/api/v1/about").json()["model"]["id"]


def until_model(server, change):
    """The id of the active model once it isn't `change` any more."""
    for _ in range(3000):
        if (now := model_of(server)) != change:
            return now
        time.sleep(0.02)
    raise AssertionError("the model never changed")


class Load(threading.Thread):
    """Asks until it is told to stop, and keeps every answer."""

    def __init__(self, server, guest):
        super().__init__()
        self.server, self.guest, self.over, self.answers, self.failed = server, guest, threading.Event(), [], []

    def run(self):
        while not self.over.is_set():
            for reply in (self.server.post("/api/v1/recommendations", WISH), self.guest.get(LIST + "?limit=15"), self.server.get("/readyz")):
                if reply.status != 200:
                    self.failed.append((reply.status, reply.text))
                elif "model" in reply.json():
                    answer = reply.json()
                    self.answers.append((answer["model"], "profile_version" in answer, [(item["film"]["id"], item["score"]) for item in answer["items"]]))


def test_a_model_comes_and_goes_under_load(running, butaca):
    server, data = running
    guest = Guest(server)
    guest.say(1, "verdict", "like")
    first = model_of(server)
    loads = [Load(server, guest) for _ in range(4)]
    for load in loads:
        load.start()
    butaca("train", "--data", data, "--rank", 8, "--max-iter", 3)
    second = until_model(server, first)
    butaca("model", "rollback", "--data", data)
    assert until_model(server, second) == first
    butaca("model", "activate", second, "--data", data)
    assert until_model(server, first) == second
    for load in loads:
        load.over.set()
    for load in loads:
        load.join()
    assert [load.failed for load in loads] == [[]] * 4
    answers = [answer for load in loads for answer in load.answers]
    assert {model for model, _, _ in answers} == {first, second}
    for mine in (True, False):  # each list is wholly of the model that it names
        assert len({(model, str(items)) for model, is_mine, items in answers if is_mine == mine}) == 2
    assert server.stop() == 0


def test_streams_hear_of_it_and_etags_change(running, butaca):
    server, data = running
    guest = Guest(server)
    guest.say(1, "verdict", "like")
    before = guest.get(LIST)
    first = before.json()["model"]
    with Stream(guest) as stream:
        while stream.event()["event"] != "list":
            pass
        butaca("train", "--data", data, "--rank", 8, "--max-iter", 3)
        told = [stream.event(), stream.event()]
        assert [event["event"] for event in told] == ["model", "list"]
        assert told[0]["data"]["model"] == model_of(server) != first
    after = guest.get(LIST, If_None_Match=before.headers["etag"])
    assert after.status == 200 and after.json()["model"] == told[0]["data"]["model"]


def test_the_first_model(server, butaca, demo_data, data_folder):
    butaca("import", "--data", data_folder, demo_data)
    young = server(data_folder)
    assert young.get("/readyz").status == 503
    butaca("train", "--data", data_folder)
    for _ in range(3000):
        if young.get("/readyz").status == 200:
            break
        time.sleep(0.02)
    assert young.post("/api/v1/recommendations", WISH).json()["basis"] == "taste"


def test_a_model_that_cannot_be_opened_leaves_the_one_before(running, butaca):
    server, data = running
    first = model_of(server)
    butaca("train", "--data", data, "--rank", 8, "--max-iter", 3)
    second = until_model(server, first)
    butaca("model", "rollback", "--data", data)
    assert until_model(server, second) == first
    model = data / "models" / f"{second}.btm"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.unlink()
    model.write_bytes(content)
    active = (data / "models" / "active")
    active.write_text(active.read_text().replace(first, second, 1))
    for _ in range(3000):
        if "the one before stays" in server.output():
            break
        time.sleep(0.02)
    assert model_of(server) == first and server.post("/api/v1/recommendations", WISH).status == 200


def until(server, path, holds):
    """The answer once it is so."""
    for _ in range(3000):
        if holds(answer := server.get(path).json()):
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{path} never changed: {answer}")


def test_films_that_are_imported_beside_it_are_found(running, butaca, tmp_path):
    server, data = running
    guest = Guest(server)
    guest.say(1, "verdict", "like")
    loads = [Load(server, guest) for _ in range(2)]
    for load in loads:
        load.start()
    before = {genre["name"]: genre["films"] for genre in server.get("/api/v1/genres").json()["items"]}
    (tmp_path / "films.json").write_text(json.dumps([{
        "title": "The Lighthouse Keeper of Orsa", "year": 2021, "cast": ["Nobody"], "genres": ["Drama"], "href": "Orsa", "extract":
        "A keeper of a lighthouse finds a shipwrecked astronaut on the rocks below it."}]))
    butaca("import", "--data", data, tmp_path / "films.json")
    search = "/api/v1/search?text=lighthouse+keeper+of+orsa"
    film = until(server, search, lambda found: found["items"][:1] and "Orsa" in found["items"][0]["film"]["title"])["items"][0]["film"]
    assert server.get("/api/v1/suggest?text=the+lighthouse+keeper+of+o").json()["items"][0]["film"] == film
    assert {genre["name"]: genre["films"] for genre in server.get("/api/v1/genres").json()["items"]} == before | {"Drama": before["Drama"] + 1}
    assert server.get(f"/api/v1/films/{film['id']}/similar?by=text").status == 200
    for load in loads:
        load.over.set()
    for load in loads:
        load.join()
    assert [load.failed for load in loads] == [[]] * 2
    assert server.stop() == 0
