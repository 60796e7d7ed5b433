"""Search over HTTP, on the demo."""

from urllib.parse import quote

import pytest
from api import check, check_problem


def ask(demo, what, text, more=""):
    path = f"/api/v1/{what}?text={quote(text)}{more}"
    reply = demo.get(path)
    assert reply.status == 200, reply.text
    check("GET", path, reply)
    return reply.json()


def titles(found):
    return [item["film"]["title"] for item in found["items"]]


@pytest.mark.parametrize("text, title, match", [
    ("alien", "Alien", "exact"),
    ("ALIEN, el octavo pasajero", "Alien", "exact"),
    ("thing, the", "The Thing", "exact"),
    ("alien 1979", "Alien", "exact"),
    ("aliem", "Alien", "near"),
    ("la vida de los otros", "The Lives of Others", "exact"),
    ("siete samurai", "Seven Samurai", "near"),
])
def test_titles_come_first(demo, text, title, match):
    for what in ("search", "suggest"):
        first = ask(demo, what, text)["items"][0]
        assert (first["film"]["title"], first["title_match"]) == (title, match)


def test_plots_find_films_in_both_languages(demo):
    assert titles(ask(demo, "search", "sled dog comes to a station in antarctica, they test each other with a hot wire and blood"))[0] == "The Thing"
    assert "Spirited Away" in titles(ask(demo, "search", "niña que trabaja en una casa de baños para dioses"))[:3]


def test_people_find_their_films(demo):
    found = ask(demo, "search", "sigourney weaver")
    assert {"Alien", "Aliens"} <= set(titles(found))
    assert {"Alien", "Aliens"} <= set(titles(ask(demo, "suggest", "sigurney weav"))), "a slip and a word broken off"


def test_the_sentence_that_matched_is_shown(demo):
    passage = ask(demo, "search", "cargo ship nostromo")["items"][0]["passage"]
    text = "".join(part["text"] for part in passage["parts"])
    assert passage["language"] == "en" and text.startswith("The seven people aboard the cargo ship Nostromo") and text.endswith(".")
    assert [part["text"] for part in passage["parts"] if part["match"]] == ["cargo ship Nostromo"]


def test_filters_go_before_ranking(demo):
    everything = ask(demo, "search", "love", "&limit=100")
    comedies = ask(demo, "search", "love", "&limit=100&genre=comedy")
    assert 0 < comedies["total"] < everything["total"]
    assert all("Comedy" in item["film"]["genres"] for item in comedies["items"])
    old = ask(demo, "search", "love", "&to_year=1960")
    assert old["items"] and all(item["film"]["year"] <= 1960 for item in old["items"])
    either = ask(demo, "search", "love", "&limit=100&genre=comedy,War")
    assert all({"Comedy", "War"} & set(item["film"]["genres"]) for item in either["items"])
    assert either["total"] > comedies["total"] and any("Comedy" not in item["film"]["genres"] for item in either["items"])
    only = ask(demo, "suggest", "alien", "&genre=comedy")
    assert "Alien" not in titles(only)


def test_facets_count_every_film_found(demo):
    found = ask(demo, "search", "love", "&facets=true&limit=1")
    assert "facets" not in ask(demo, "search", "love", "&facets=false")
    everything, cursor = [], ""
    while cursor is not None:
        page = ask(demo, "search", "love", f"&limit=100{cursor}")
        everything += [item["film"] for item in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert len(everything) == found["total"] > 100
    genres, decades = {}, {}
    for film in everything:
        decade = str(film["year"] // 10 * 10)
        decades[decade] = decades.get(decade, 0) + 1
        for genre in film["genres"]:
            genres[genre] = genres.get(genre, 0) + 1
    facets = {name: {count["name"]: count["films"] for count in counts} for name, counts in found["facets"].items()}
    assert facets["genres"] == genres and facets["decades"] == decades
    assert list(facets["decades"]) == sorted(decades)
    for name, films in facets["languages"].items():
        assert ask(demo, "search", "love", f"&language={name.upper()}")["total"] == films
    [(_, films), *_] = facets["genres"].items()
    drama = ask(demo, "search", "love", f"&facets=true&genre={next(iter(facets['genres']))}")
    assert drama["total"] == films == max(facets["genres"].values())


def test_a_score_is_taken_apart(demo):
    text = "alien monster that hunts the crew of a ship from the late 70s"
    found = ask(demo, "search", text, "&explain=true&limit=20")
    assert found["items"][0]["film"]["title"] == "Alien"
    for item in found["items"]:
        parts = item["explanation"]
        assert parts["words"] and parts["popularity"] == item["popularity"]
        assert sum(word["score"] for word in parts["words"]) + parts["popularity"] + parts["years"] == pytest.approx(item["score"], abs=1e-4)
    assert any(item["explanation"]["years"] < 0 for item in found["items"]) and found["items"][0]["explanation"]["years"] == 0
    assert "explanation" not in ask(demo, "search", text)["items"][0]


@pytest.mark.parametrize("more, parameter", [("explain=yes", "explain"), ("facets=1", "facets"), ("explain=true&limit=21", "limit")])
def test_flags_are_checked(demo, more, parameter):
    check_problem(demo.get(f"/api/v1/search?text=x&{more}"), 400, parameter=parameter)


def test_pages_follow_each_other(demo):
    whole = titles(ask(demo, "search", "woman", "&limit=100"))
    assert len(whole) > 20
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(demo, "search", "woman", f"&limit=7{cursor}")
        seen += titles(page)
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert seen[:len(whole)] == whole and len(seen) == page["total"] == len(set(seen))


def test_any_text_has_an_answer(demo):
    for text in ("", " ", "$", "%00"[:0], "🎬🎬", "\x01\x02", "a" * 5000, "the " * 2000, "' OR 1=1 --", "((((", "ñ" * 2000, "映画"):
        found = ask(demo, "search", text)
        assert found["total"] >= len(found["items"])
        ask(demo, "suggest", text)


HOSTILE = ["", "+", "%01%02%1B[31m%7F", "%FF%FE%C0%80", "%ED%A0%80", "a%FFb%80", "%E2%80", "%F4%90%80%80", "%CC%81" * 500, "%00", "a%00b", "%",
           "%zz", "%E2%80%AE", "%EF%BB%BFalien", "a+" * 4000, "x" * 8192, "x" * 8193, "x" * 30_000, "x" * 100_000, "((((%22%27--%3B%2A%3F"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{len(text)} {text[:12]}")
def test_any_bytes_are_answered_or_clearly_refused(demo, text):
    """Through each mode, with and without everything that looks at the text again; the server goes on."""
    for path in ("suggest?", "search?mode=hybrid&", "search?mode=lexical&facets=true&explain=true&", "search?mode=semantic&"):
        reply = demo.get(f"/api/v1/{path}text={text}")
        assert reply.status in (200, 400, 414, 431), reply.text
        if reply.status == 200:
            assert reply.json()["items"] is not None
        elif reply.status == 400:
            assert reply.json()["detail"]
    assert titles(ask(demo, "search", "alien"))[0] == "Alien"


@pytest.mark.parametrize("query, parameter", [
    ("", "text"), ("?text=" + "a" * 8193, "text"), ("?text=x&genre=nothing", "genre"), ("?text=x&limit=0", "limit"),
    ("?text=x&limit=101", "limit"), ("?text=x&from_year=1800", "from_year"),
])
def test_wrong_parameters(demo, query, parameter):
    for what in ("search", "suggest"):
        check_problem(demo.get(f"/api/v1/{what}{query}"), 400, parameter=parameter)


def test_a_cursor_belongs_to_one_query(demo):
    cursor = ask(demo, "search", "woman", "&limit=1")["next_cursor"]
    check_problem(demo.get(f"/api/v1/search?text=man&cursor={cursor}"), 400, parameter="cursor")
    check_problem(demo.get(f"/api/v1/search?text=woman&from_year=1990&cursor={cursor}"), 400, parameter="cursor")
    check_problem(demo.get("/api/v1/suggest?text=woman&cursor=1"), 400, parameter="cursor")


def test_modes(demo):
    """The demo's server has no vectors here; tests/encoders has those."""
    assert titles(ask(demo, "search", "woman", "&mode=hybrid")) == titles(ask(demo, "search", "woman", "&mode=lexical"))
    check_problem(demo.get("/api/v1/search?text=woman&mode=magic"), 400, parameter="mode")
    assert "butaca embed" in str(check_problem(demo.get("/api/v1/search?text=woman&mode=semantic"), 400, parameter="mode"))
