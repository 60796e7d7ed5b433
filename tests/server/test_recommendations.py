"""POST /api/v1/recommendations: the list for a taste, its reasons, and every way to ask for it wrongly."""

import json

import pytest
from api import check, check_problem

PATH = "/api/v1/recommendations"
ROWS = PATH + "/rows"
JSON = {"Content-Type": "application/json"}


def recommend(demo, body):
    reply = demo.post(PATH, body)
    assert reply.status == 200, reply.text
    check("POST", PATH, reply)
    return reply.json()


def like(*films):
    return [{"film_id": film, "verdict": "like"} for film in films]


def ids(found):
    return [item["film"]["id"] for item in found["items"]]


def test_a_like_brings_its_kin_with_the_reason(demo, film_id):
    alien, aliens = film_id("Alien"), film_id("Aliens")
    found = recommend(demo, {"profile": like(alien), "limit": 5, "explain": True})
    assert found["basis"] == "taste" and aliens in ids(found) and alien not in ids(found)
    for item in found["items"]:
        assert [reason["film"]["title"] for reason in item["reasons"]] == ["Alien"]
        assert abs(sum(reason["share"] for reason in item["reasons"]) - item["score"]) < 1e-4


def test_a_dislike_leaves_the_list_and_has_a_negative_share(demo, film_id):
    alien, aliens = film_id("Alien"), film_id("Aliens")
    found = recommend(demo, {"profile": like(alien) + [{"film_id": aliens, "verdict": "dislike"}], "limit": 40, "explain": True})
    assert aliens not in ids(found)
    shares = [(reason["taste"], reason["share"]) for item in found["items"] for reason in item["reasons"]]
    assert any(taste == "dislike" and share != 0 for taste, share in shares)


def test_the_same_request_gives_the_same_bytes(demo, film_id):
    body = {"profile": like(film_id("Alien"), film_id("Casablanca")), "explain": True}
    assert demo.post(PATH, body).body == demo.post(PATH, body).body


def test_opinions_may_come_in_any_order(demo, film_id):
    profile = like(film_id("Casablanca"), film_id("Alien")) + [{"film_id": film_id("Aliens"), "seen": True}]
    assert recommend(demo, {"profile": profile}) == recommend(demo, {"profile": profile[::-1]})


def test_facets(demo, film_id):
    alien, aliens = film_id("Alien"), film_id("Aliens")
    liked = recommend(demo, {"profile": like(alien)})
    assert recommend(demo, {"profile": [{"film_id": alien, "rating": 4.5}]}) == liked, "4 or more is a like"
    assert recommend(demo, {"profile": [{"film_id": alien, "rating": 1, "verdict": "like"}]}) == liked, "a verdict overrides"
    seen = recommend(demo, {"profile": like(alien) + [{"film_id": aliens, "seen": True}]})
    assert ids(seen) == [film for film in ids(recommend(demo, {"profile": like(alien), "limit": 21})) if film != aliens][:20]
    wanted = recommend(demo, {"profile": like(alien) + [{"film_id": aliens, "want": True}]})
    assert wanted == liked, "the watchlist has no say"
    nothing = {"film_id": aliens, "verdict": None, "seen": False, "rating": None, "want": False}
    assert recommend(demo, {"profile": like(alien) + [nothing]}) == liked


def test_no_taste_is_popularity(demo):
    found = recommend(demo, {"profile": [], "explain": True})
    assert found["basis"] == "popularity" and len(found["items"]) == 20
    assert all(item["reasons"] == [] for item in found["items"])


def test_filters_come_before_ranking(demo, film_id):
    alien = film_id("Alien")
    drama = recommend(demo, {"profile": like(alien), "limit": 5, "filters": {"genres": ["Drama"]}})
    assert len(drama["items"]) == 5 and all("Drama" in item["film"]["genres"] for item in drama["items"])
    old = recommend(demo, {"profile": like(alien), "filters": {"to_year": 1960, "from_year": None}})
    assert old["items"] and all(item["film"]["year"] <= 1960 for item in old["items"])
    first = ids(recommend(demo, {"profile": like(alien), "limit": 3}))
    assert not set(first) & set(ids(recommend(demo, {"profile": like(alien), "filters": {"without": first}})))
    assert recommend(demo, {"profile": like(alien), "filters": {"from_year": 2199}})["items"] == []


def test_pages_continue_each_other(demo, film_id):
    wish = {"profile": like(film_id("Alien"), film_id("Casablanca")), "diversity": 0.3}
    whole = ids(recommend(demo, {**wish, "limit": 50}))
    page, pages = recommend(demo, {**wish, "limit": 20}), []
    pages += ids(page)
    page = recommend(demo, {**wish, "limit": 30, "cursor": page["next_cursor"]})
    assert pages + ids(page) == whole and page["total"] == 498
    check_problem(demo.post(PATH, {**wish, "dial": 3, "cursor": page["next_cursor"]}), 422, pointer="/cursor")
    check_problem(demo.post(PATH, {"profile": like(film_id("Alien")), "cursor": page["next_cursor"]}), 422, pointer="/cursor")
    last = recommend(demo, {**wish, "limit": 50, "filters": {"only": whole[:3]}})
    assert last["next_cursor"] is None and last["total"] == 3


def test_filters_of_every_kind(demo, film_id):
    wish = {"profile": like(film_id("Alien")), "limit": 100}
    spanish = recommend(demo, {**wish, "filters": {"languages": ["ES"]}})["items"]
    assert spanish and all("es" in demo.get(f"/api/v1/films/{item['film']['id']}").json()["languages"] for item in spanish[:10])
    from_spain = recommend(demo, {**wish, "filters": {"countries": ["es"], "to_runtime": 95}})["items"]
    for item in from_spain[:10]:
        film = demo.get(f"/api/v1/films/{item['film']['id']}").json()
        assert "ES" in film["countries"] and film["runtime"] <= 95
    known = recommend(demo, {"profile": [], "limit": 100, "filters": {"from_likes": 150}})["items"]
    assert known and all(item["score"] >= 150 for item in known)
    ship = recommend(demo, {**wish, "filters": {"text": "ship"}})
    found = demo.get("/api/v1/search?text=ship&limit=100").json()
    assert set(ids(ship)) == {item["film"]["id"] for item in found["items"]} - {film_id("Alien")}
    assert ids(recommend(demo, {**wish, "filters": {"only": [film_id("Casablanca")]}})) == [film_id("Casablanca")]
    assert ids(recommend(demo, {**wish, "filters": {"only": []}})) == []


def test_weights_and_few_reasons(demo, film_id):
    profile = like(film_id("Alien"), film_id("Casablanca"), film_id("Titanic"))
    plain = recommend(demo, {"profile": profile, "explain": True, "reasons": 1})
    for item in plain["items"]:
        assert len(item["reasons"]) == 1 and item["others"]["opinions"] == 2
        assert abs(item["reasons"][0]["share"] + item["others"]["share"] - item["score"]) < 1e-4
    muted = recommend(demo, {"profile": profile, "weights": [{"film_id": film_id("Titanic"), "weight": 0}]})
    seen = recommend(demo, {"profile": profile[:2] + [{"film_id": film_id("Titanic"), "seen": True}]})
    assert muted["items"] == seen["items"] and muted["items"] != plain["items"]


def test_what_if(demo, film_id):
    profile = like(film_id("Alien"))
    before, change = recommend(demo, {"profile": profile, "limit": 100}), {"film_id": film_id("Casablanca"), "verdict": "like"}
    after = recommend(demo, {"profile": profile, "what_if": [change]})
    assert ids(after) == ids(recommend(demo, {"profile": profile + [change]}))
    places = {film: place for place, film in enumerate(ids(before), 1)}
    for item in after["items"]:
        assert item["rank_before"] == places.get(item["film"]["id"], item["rank_before"])


def test_diversity_and_dial(demo, film_id):
    profile = like(film_id("Alien"))
    spread = recommend(demo, {"profile": profile, "diversity": 0.7})
    assert any(item["rank"] != place for place, item in enumerate(spread["items"], 1))
    lists = [ids(recommend(demo, {"profile": profile, "dial": dial})) for dial in (1, 2, 5)]
    assert lists[1] == ids(recommend(demo, {"profile": profile})) and lists[2] != lists[1]


def test_rows(demo, film_id):
    reply = demo.post(ROWS, {"profile": like(film_id("Alien"), film_id("Casablanca")), "limit": 6})
    check("POST", ROWS, reply)
    rows = reply.json()["rows"]
    assert [row["kind"] for row in rows][0] == "top" and "because" in [row["kind"] for row in rows]
    shown = [item["film"]["id"] for row in rows for item in row["items"]]
    assert len(shown) == len(set(shown)) and all(len(row["items"]) <= 6 for row in rows)
    for row in rows:
        if row["kind"] == "because":
            assert all(item["reasons"][0]["film"]["id"] == row["film"]["id"] for item in row["items"])
    for body in ({"profile": [], "cursor": "x"}, {"profile": [], "what_if": []}):
        check_problem(demo.post(ROWS, body), 422)


def test_unknown_films_are_counted(demo, film_id):
    found = recommend(demo, {"profile": like(film_id("Alien"), 4294967295)})
    assert found["unknown_films"] == 1 and found["basis"] == "taste"
    assert recommend(demo, {"profile": like(4294967295)})["basis"] == "popularity"


@pytest.mark.parametrize("body, pointer", [
    ([], ""), ("x", ""), (None, ""), (3, ""), ({}, ""), ({"profile": None}, "/profile"), ({"profile": {}}, "/profile"),
    ({"profile": [], "extra": 1}, "/extra"), ({"profile": [], "a/b~c": 1}, "/a~1b~0c"), ({"profile": [], "Limit": 1}, "/Limit"),
    ({"profile": [], "limit": 0}, "/limit"), ({"profile": [], "limit": -1}, "/limit"), ({"profile": [], "limit": 101}, "/limit"),
    ({"profile": [], "limit": "20"}, "/limit"), ({"profile": [], "limit": 1.5}, "/limit"), ({"profile": [], "limit": None}, "/limit"),
    ({"profile": [], "limit": True}, "/limit"), ({"profile": [], "explain": 1}, "/explain"),
    ({"profile": [], "explain": None}, "/explain"), ({"profile": [1]}, "/profile/0"), ({"profile": [{}]}, "/profile/0"),
    ({"profile": [{"film_id": 1}, {"film_id": 0}]}, "/profile/1/film_id"), ({"profile": [{"film_id": -1}]}, "/profile/0/film_id"),
    ({"profile": [{"film_id": 4294967296}]}, "/profile/0/film_id"), ({"profile": [{"film_id": "1"}]}, "/profile/0/film_id"),
    ({"profile": [{"film_id": 1e300}]}, "/profile/0/film_id"),
    ({"profile": [{"film_id": 1, "verdict": "love"}]}, "/profile/0/verdict"),
    ({"profile": [{"film_id": 1, "verdict": 1}]}, "/profile/0/verdict"),
    ({"profile": [{"film_id": 1, "seen": "yes"}]}, "/profile/0/seen"), ({"profile": [{"film_id": 1, "want": None}]}, "/profile/0/want"),
    ({"profile": [{"film_id": 1, "rating": 0}]}, "/profile/0/rating"), ({"profile": [{"film_id": 1, "rating": 5.5}]}, "/profile/0/rating"),
    ({"profile": [{"film_id": 1, "rating": 3.3}]}, "/profile/0/rating"), ({"profile": [{"film_id": 1, "rating": "5"}]}, "/profile/0/rating"),
    ({"profile": [{"film_id": 1, "stars": 5}]}, "/profile/0/stars"),
    ({"profile": [{"film_id": 1}, {"film_id": 1}]}, "/profile"), ({"profile": [{"film_id": 1}] * 5001}, "/profile"),
    ({"profile": [], "filters": []}, "/filters"), ({"profile": [], "filters": None}, "/filters"),
    ({"profile": [], "filters": {"genre": "x"}}, "/filters/genre"), ({"profile": [], "filters": {"genres": "Drama"}}, "/filters/genres"),
    ({"profile": [], "filters": {"genres": [1]}}, "/filters/genres/0"), ({"profile": [], "filters": {"genres": ["Nope"]}}, "/filters/genres"),
    ({"profile": [], "filters": {"from_year": 12}}, "/filters/from_year"), ({"profile": [], "filters": {"to_year": "1990"}}, "/filters/to_year"),
    ({"profile": [], "filters": {"countries": [7]}}, "/filters/countries/0"), ({"profile": [], "filters": {"languages": 1}}, "/filters/languages"),
    ({"profile": [], "filters": {"from_runtime": 0}}, "/filters/from_runtime"), ({"profile": [], "filters": {"to_likes": 0}}, "/filters/to_likes"),
    ({"profile": [], "filters": {"text": 1}}, "/filters/text"), ({"profile": [], "filters": {"text": "x" * 8193}}, "/filters/text"),
    ({"profile": [], "filters": {"only": ["1"]}}, "/filters/only/0"), ({"profile": [], "cursor": 1}, "/cursor"),
    ({"profile": [], "cursor": "0-0"}, "/cursor"), ({"profile": [], "diversity": 2}, "/diversity"), ({"profile": [], "diversity": "1"}, "/diversity"),
    ({"profile": [], "dial": 0}, "/dial"), ({"profile": [], "dial": 6}, "/dial"), ({"profile": [], "reasons": 0}, "/reasons"),
    ({"profile": [], "weights": {}}, "/weights"), ({"profile": [], "weights": [{"film_id": 1}]}, "/weights/0"),
    ({"profile": [], "weights": [{"film_id": 1, "weight": 11}]}, "/weights/0/weight"),
    ({"profile": [], "weights": [{"film_id": 1, "weight": 1}, {"film_id": 1, "weight": 2}]}, "/profile"),
    ({"profile": [], "what_if": 1}, "/what_if"), ({"profile": [], "what_if": [{"film_id": 0}]}, "/what_if/0/film_id"),
    ({"profile": [], "filters": {"without": [0]}}, "/filters/without/0"), ({"profile": [], "filters": {"without": 1}}, "/filters/without"),
], ids=lambda value: json.dumps(value)[:60])
def test_bad_fields(demo, body, pointer):
    reply = demo.request("POST", PATH, body=json.dumps(body), headers=JSON)
    check_problem(reply, 422, pointer=pointer)
    check("POST", PATH, reply)


@pytest.mark.parametrize("body", [
    b"", b"{", b'{"profile":[}', b"nonsense", b'{"profile":[],}', b'{"profile":[{"film_id":1,"rating":NaN}]}',
    b'{"profile":[],"limit":Infinity}', b'{"profile":[],"limit":1e999}', b'{"profile":[],"profile":[]}', b'{"profile":[]} x',
    b'\xff\xfe{\x00}\x00', b'{"profile":[{"film_id":1,"verdict":"\xff"}]}', b'{"profile":[],"\\u0000":1}', b"{'profile':[]}",
    b"[" * 17 + b"]" * 17, b"[" * 100000, b'{"a":' * 20000 + b"1" + b"}" * 20000,
], ids=lambda value: repr(value[:30]))
def test_bad_json(demo, body):
    reply = demo.request("POST", PATH, body=body, headers=JSON)
    assert check_problem(reply, 400)["type"].endswith("#invalid-json")
    check("POST", PATH, reply)


def test_depth_is_counted_outside_of_strings(demo):
    deep = json.dumps({"profile": [], "[[[[[[[[[[[[[[[[[[\\\"[": 1})
    check_problem(demo.request("POST", PATH, body=deep, headers=JSON), 422, pointer="/[[[[[[[[[[[[[[[[[[\\\"[")


@pytest.mark.parametrize("size, status", [(256 << 10, 200), ((256 << 10) + 1, 413), (3 << 20, 413)])
def test_body_limit(demo, size, status):
    body = b'{"profile":[]' + b" " * (size - 14) + b"}"
    reply = demo.request("POST", PATH, body=body, headers=JSON)
    assert reply.status == status
    check("POST", PATH, reply)


def test_a_huge_body_is_refused_before_it_is_sent(demo):
    import socket

    with socket.create_connection(("127.0.0.1", demo.port), timeout=10) as connection:
        connection.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_content_type(demo, kind):
    reply = demo.request("POST", PATH, body=b'{"profile":[]}', headers={"Content-Type": kind} if kind else {})
    check_problem(reply, 415)
    check("POST", PATH, reply)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_content_type_of_json(demo, kind):
    assert demo.request("POST", PATH, body=b'{"profile":[]}', headers={"Content-Type": kind}).status == 200


def test_query_parameters_are_refused(demo):
    check_problem(demo.post(PATH + "?limit=3", {"profile": []}), 400, parameter="limit")


def test_predicted_ratings(demo, film_id):
    """They come when asked for, lie in their interval, follow the ratings and don't move a film."""
    plain = recommend(demo, {"profile": like(film_id("Alien")), "limit": 30})
    assert all("predicted" not in item for item in plain["items"])
    generous, strict = ([{"film_id": film_id(title), "rating": rating} for title in ("Alien", "Casablanca", "Titanic", "Psycho")] for rating in (5, 4))
    found = [recommend(demo, {"profile": profile, "limit": 30, "predict": True}) for profile in (generous, strict)]
    assert ids(found[0]) == ids(found[1]) == ids(recommend(demo, {"profile": strict, "limit": 30}))
    stars = []
    for items in (found[0]["items"], found[1]["items"]):
        known = [item["predicted"] for item in items if item["predicted"]]
        assert len(known) >= 20
        assert all(0.5 <= p["low"] <= p["stars"] <= p["high"] <= 5 and p["low"] < p["high"] for p in known)
        stars.append(sum(p["stars"] for p in known) / len(known))
    assert stars[0] > stars[1], "who gives five stars gives more than who gives four"
    check_problem(demo.post(PATH, {"profile": [], "predict": 1}), 422)
    check_problem(demo.post(ROWS, {"profile": [], "predict": True}), 422)
