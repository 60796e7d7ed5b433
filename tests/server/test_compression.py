"""Packed replies: who takes gzip gets it, byte for byte the same when unpacked, under an ETag of its own; lists that are kept, too."""

import gzip
import re
import shutil

import pytest
from test_events import LIST, Guest
from test_models import until_model

PAGES = ["/", "/admin", "/api/docs", "/api/openapi.yaml"]
LONG = "/api/v1/films?limit=100"


def packed(server, path, **headers):
    return server.get(path, headers={"Accept-Encoding": "gzip, deflate, br", **headers})


@pytest.mark.parametrize("path", [*PAGES, LONG, "/metrics"])
def test_it_is_the_same_unpacked(demo, path):
    plain, small = demo.get(path), packed(demo, path)
    assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
    assert len(small.body) < len(plain.body) / 2 and small.headers["content-length"] == str(len(small.body))
    if path != "/metrics":
        assert gzip.decompress(small.body) == plain.body
    head = demo.request("HEAD", path, headers={"Accept-Encoding": "gzip"})
    assert head.body == b"" and head.headers["content-encoding"] == "gzip"
    if path != "/metrics":
        assert head.headers["content-length"] == str(len(small.body))


@pytest.mark.parametrize("accepted", ["", "identity", "br, deflate", "gzip;q=0", "*;q=0", "gzipped"])
def test_who_does_not_take_it_does_not_get_it(demo, accepted):
    for path in ("/", LONG):
        reply = demo.get(path, headers={"Accept-Encoding": accepted})
        assert "content-encoding" not in reply.headers and reply.headers["vary"] == "Accept-Encoding"


def test_what_is_short_stays_as_it_is(demo):
    for path in ("/healthz", "/nothing"):
        reply = packed(demo, path)
        assert "content-encoding" not in reply.headers and "vary" not in reply.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_packed_page_has_a_tag_of_its_own(demo, path):
    plain, small = demo.get(path).headers["etag"], packed(demo, path).headers["etag"]
    assert plain != small and re.fullmatch('"[^"]+"', small)
    for tag in (plain, small):  # the reply names the one that the client has
        for text in (tag, f'"x", {tag}', f"W/{tag},\"y\""):
            reply = packed(demo, path, **{"If-None-Match": text})
            assert (reply.status, reply.headers["etag"], reply.headers["vary"], reply.body) == (304, tag, "Accept-Encoding", b"")
    for text in (plain[1:-1], plain[:-1], f'"x{plain}"', f'"x" {plain}'):  # what only holds the tag's text isn't it
        assert demo.get(path, headers={"If-None-Match": text}).status == 200, text


def test_the_list_is_kept_by_person_profile_question_and_encoding(server, demo_folder, tmp_path):
    running = server(shutil.copytree(demo_folder, tmp_path / "data"))
    ana, ben = Guest(running), Guest(running)
    hits = lambda: int(re.search(r"^butaca_lists_kept_hits_total (\d+)$", running.get("/metrics").text, re.M)[1])  # noqa: E731
    first = ana.get(LIST)
    for n in (1, 2):
        assert ana.get(LIST).body == first.body and hits() == n
    small = packed(running, LIST, Cookie=ana.cookie)
    assert hits() == 2 and gzip.decompress(small.body) == first.body and small.headers["etag"] != first.headers["etag"]
    assert packed(running, LIST, Cookie=ana.cookie).body == small.body and hits() == 3
    assert packed(running, LIST, Cookie=ana.cookie, **{"If-None-Match": small.headers["etag"]}).status == 304
    assert ben.get(LIST).json()["profile_version"] == 0 and hits() == 3, "another person's is another one"
    assert len(ana.get(f"{LIST}?limit=5").json()["items"]) == 5 and hits() == 3
    like = ana.say(1, "verdict", "like")
    changed = ana.get(LIST)
    assert changed.body != first.body and hits() == 3
    assert ana.get(LIST).body == changed.body and hits() == 4
    ana.undo(like["event"]["event_id"])
    assert ana.get(LIST).json()["items"] == first.json()["items"] and hits() == 4, "undo is a version of its own"
    assert ana.get(f"{LIST}?genre=no%22such").status == 400, "and a genre that there isn't is no list that was kept"


def test_another_model_or_catalogue_makes_it_anew(server, butaca, demo_folder, tmp_path):
    data = shutil.copytree(demo_folder, tmp_path / "data")
    running = server(data)
    guest = Guest(running)
    first = guest.get(LIST)
    model = first.json()["model"]
    butaca("train", "--data", data, "--rank", 8)
    until_model(running, model)
    second = guest.get(LIST)
    assert second.json()["model"] != model and second.headers["etag"] != first.headers["etag"]
    butaca("model", "rollback", "--data", data)
    until_model(running, second.json()["model"])
    assert guest.get(LIST).body == first.body and guest.get(LIST, If_None_Match=first.headers["etag"]).status == 304
    assert running.stop() == 0
    films = tmp_path / "films.csv"
    films.write_text("uid,film,stars,when,name\n7,1,4.5,1700000000,A film that is new (1995)\n")
    butaca("import", "--data", data, "--map", "user=uid,item=film,rating=stars,timestamp=when,title=name,source=shop", films)
    guest.server = server(data)
    assert guest.get(LIST, If_None_Match=first.headers["etag"]).status == 200, "cards of another catalogue are other bytes"
