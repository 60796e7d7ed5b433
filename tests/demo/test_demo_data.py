"""The demo catalogue and its simulated ratings: format, wording, facts, and the same bytes everywhere.

Facts and wording are compared with real data, found through BUTACA_TEST_DATA; the generator is found in the build folder that
BUTACA_BUILD names. Standard library and pytest alone.
"""

import collections
import csv
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import unicodedata

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
FILMS = DEMO / "films.jsonl"

GENRES = set(
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror Musical Mystery Romance "
    "Sci-Fi Thriller War Western".split()
)
FIELDS = {
    "id": int, "title": str, "original_title": str, "title_es": str, "year": int, "runtime": int, "countries": list,
    "languages": list, "directors": list, "cast": list, "genres": list, "themes": list, "synopsis": dict,
}  # fmt: skip
SPANISH_SPEAKING = set("AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE".split())


@functools.cache
def films():
    lines = FILMS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def words(text):
    """Lower-case words without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return re.findall(r"[a-z0-9']+", "".join(c for c in plain if not unicodedata.combining(c)))


def ngrams(text, n):
    w = words(text)
    return {tuple(w[i : i + n]) for i in range(len(w) - n + 1)}


# ---- the file alone ----


def test_forty_films_with_ids_in_order():
    assert [f["id"] for f in films()] == list(range(1, 41))


def test_every_field_is_there_and_typed():
    for film in films():
        assert list(film) == list(FIELDS), film["title"]
        for name, kind in FIELDS.items():
            assert type(film[name]) is kind and film[name], f"{film['title']}: {name}"
        for name in ("countries", "languages", "directors", "cast", "genres", "themes"):
            values = film[name]
            assert all(isinstance(v, str) and v == v.strip() and v for v in values), f"{film['title']}: {name}"
            assert len(set(values)) == len(values), f"{film['title']}: {name} repeats a value"
        assert all(re.fullmatch("[A-Z]{2}", c) for c in film["countries"]), film["title"]
        assert all(re.fullmatch("[a-z]{2}", c) for c in film["languages"]), film["title"]
        assert set(film["genres"]) <= GENRES, film["title"]
        assert 3 <= len(film["cast"]) <= 6, film["title"]
        assert 3 <= len(film["themes"]) <= 6, film["title"]
        assert all(t == t.lower() and len(t.split()) <= 3 for t in film["themes"]), film["title"]
        assert 1895 <= film["year"] <= 2026 and 1 <= film["runtime"] <= 300, film["title"]


def test_no_film_twice():
    for name in ("title", "original_title", "title_es"):
        count = collections.Counter((" ".join(words(f[name])), f["year"]) for f in films())
        assert max(count.values()) == 1, count.most_common(1)
    for language in ("en", "es"):
        assert len({f["synopsis"][language] for f in films()}) == 40


def test_synopses_have_40_to_80_words_in_both_languages():
    for film in films():
        assert list(film["synopsis"]) == ["en", "es"], film["title"]
        for language, text in film["synopsis"].items():
            assert 40 <= len(text.split()) <= 80, f"{film['title']} ({language}): {len(text.split())} words"
            assert text == " ".join(text.split()) and text.endswith("."), f"{film['title']} ({language})"


def test_each_synopsis_is_in_its_language():
    english = {"the", "of", "and", "with", "his", "her", "who", "to"}
    spanish = {"el", "la", "de", "y", "con", "su", "que", "los"}
    for film in films():
        for language, own, other in (("en", english, spanish), ("es", spanish, english)):
            text = [w.lower() for w in re.findall(r"\w+", film["synopsis"][language])]
            mine, theirs = sum(w in own for w in text), sum(w in other for w in text)
            assert mine >= 6 and mine > 3 * theirs, f"{film['title']} ({language}): {mine} against {theirs}"


def test_all_eras_and_countries():
    decades = {f["year"] // 10 for f in films()}
    assert decades == set(range(192, 203))
    assert len({c for f in films() for c in f["countries"]}) >= 12
    hispanic = [f for f in films() if "BR" in f["countries"] or set(f["countries"]) & SPANISH_SPEAKING and "es" in f["languages"]]
    assert len(hispanic) >= 10


def test_films_belong_together():
    """A taste shows only where several films share a theme or a genre."""
    themes = collections.Counter(t for f in films() for t in f["themes"])
    for film in films():
        assert sum(themes[t] >= 2 for t in film["themes"]) >= 2, f"{film['title']} shares fewer than two themes"


def test_licence_is_cc0():
    text = (DEMO / "LICENSE").read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: CC0-1.0" in text


# ---- against real data ----


@pytest.fixture(scope="module")
def shared():
    folder = os.environ.get("BUTACA_TEST_DATA")
    if not folder:
        pytest.skip("shared data absent")
    return pathlib.Path(folder)


@pytest.fixture(scope="module")
def overviews(shared):
    with open(shared / "tmdb-overviews" / "movies_enriched.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def wikipedia(shared):
    found = []
    for path in sorted((shared / "wikipedia-movies").glob("movies-*.json")):
        found += json.loads(path.read_text(encoding="utf-8"))
    return found


def split_title(text):
    """'Third Man, The (Troisième homme, Le) (1949)' -> ({'the third man', ...}, 1949)"""
    match = re.fullmatch(r"(.*?)\s*\((\d{4})\)\s*", text)
    if not match:
        return set(), 0
    names = re.split(r"\s*[()]\s*", match[1])
    moved = (re.sub(r"^(.*), (The|A|An|Les|Le|La|Los|Las|El|Il|Das|Der|Die)$", r"\2 \1", n.removeprefix("a.k.a. ")) for n in names)
    return {" ".join(words(n)) for n in moved if n}, int(match[2])


def names_of(film):
    return {" ".join(words(film[n])) for n in ("title", "original_title", "title_es")}


def overview_of(film, overviews):
    for row in overviews:
        names, year = split_title(row["title"])
        if year == film["year"] and names & names_of(film):
            return row
    return None


def article_of(film, wikipedia):
    """Wikipedia's year is the American release, which may be the next one."""
    for row in wikipedia:
        if abs(row["year"] - film["year"]) <= 1 and " ".join(words(row["title"])) in names_of(film):
            return row
    return None


def test_facts_agree_with_the_overviews(overviews):
    found = 0
    for film in films():
        row = overview_of(film, overviews)
        if row is None:
            continue
        found += 1
        assert film["runtime"] == round(float(row["runtime"])), film["title"]
        assert set(film["genres"]) == set(row["genres"].split("|")) - {"IMAX"}, film["title"]
        language = {"cn": "zh"}.get(row["original_language"], row["original_language"])
        assert film["languages"][0] == language, film["title"]
    assert found >= 33


def test_cast_agrees_with_wikipedia(wikipedia):
    found = 0
    for film in films():
        row = article_of(film, wikipedia)
        if row is None:
            continue
        found += 1
        ours, theirs = {tuple(words(n)) for n in film["cast"]}, {tuple(words(n)) for n in row["cast"]}
        assert len(ours & theirs) >= min(2, len(theirs)), f"{film['title']}: {row['cast']}"
    assert found >= 15


def test_synopses_are_our_own_words(overviews, wikipedia):
    """No 6 consecutive words of the film's own overview or article, no 8 of any film's."""
    anywhere = set()
    for row in overviews:
        anywhere |= ngrams(row["overview"], 8)
    for row in wikipedia:
        anywhere |= ngrams(row.get("extract") or "", 8)
    for film in films():
        near = set()
        if row := overview_of(film, overviews):
            near |= ngrams(row["overview"], 6)
        if row := article_of(film, wikipedia):
            near |= ngrams(row.get("extract") or "", 6)
        for language, text in film["synopsis"].items():
            assert not ngrams(text, 6) & near, f"{film['title']} ({language})"
            assert not ngrams(text, 8) & anywhere, f"{film['title']} ({language})"
