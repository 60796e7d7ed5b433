"""The demo's facts and wording against real data, found through BUTACA_TEST_DATA.

Where a fact differs from the data, data/demo/facts.tsv holds the decision: film, field, ours, theirs, why. The tests want each
difference there, and no line there without its difference. data/demo/unchecked.txt lists the films that no file knows.
"""

import csv
import json
import re

import demo
import pytest
from demo import films, plain, runs, words


class Overviews:
    """Films by every title they have there, a. k. a. and moved articles included."""

    def __init__(self, path):
        self.by_title = {}
        with open(path, encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))
        for row in self.rows:
            names, year = split_title(row["title"])
            for name in names:
                self.by_title.setdefault(name, []).append((year, row))

    def find(self, film):
        """The row and its year: the same year before one off by one."""
        near = [(abs(year - film["year"]), year, row) for name in titles(film) for year, row in self.by_title.get(name, ())]
        off, year, row = min(near, key=lambda one: one[:2], default=(9, 0, None))
        return (year, row) if off <= 1 else (0, None)


class Articles:
    def __init__(self, folder):
        self.rows, self.by_title = [], {}
        for path in sorted(folder.glob("movies-*.json")):
            self.rows += json.loads(path.read_text(encoding="utf-8"))
        for row in self.rows:
            self.by_title.setdefault(plain(row["title"]), []).append(row)

    def find(self, film):
        """Their year is the American release, which may be the next one."""
        near = [row for name in sorted(titles(film)) for row in self.by_title.get(name, ()) if abs(row["year"] - film["year"]) <= 1]
        return min(near, key=lambda row: abs(row["year"] - film["year"]), default=None)


def split_title(text):
    """'Third Man, The (Troisième homme, Le) (1949)' -> ({'the third man', ...}, 1949)"""
    match = re.fullmatch(r"(.*?)\s*\((\d{4})\)\s*", text)
    if not match:
        return set(), 0
    names = re.split(r"\s*[()]\s*", match[1])
    moved = (re.sub(r"^(.*), (The|A|An|Les|Le|La|Los|Las|El|Il|Das|Der|Die)$", r"\2 \1", n.removeprefix("a.k.a. ")) for n in names)
    return {plain(n) for n in moved if n}, int(match[2])


def titles(film):
    return {plain(film[n]) for n in ("title", "original_title", "title_es")} - {""}


@pytest.fixture(scope="module")
def overviews(test_data):
    return Overviews(test_data / "tmdb-overviews" / "movies_enriched.csv")


@pytest.fixture(scope="module")
def articles(test_data):
    return Articles(test_data / "wikipedia-movies")


def differences(film, overviews, articles):
    """(film, field, ours, theirs) of one film."""
    name = f"{film['title']} ({film['year']})"
    year, row = overviews.find(film)
    if row:
        if year != film["year"]:
            yield name, "year", film["year"], year
        runtime = round(float(row["runtime"] or 0))
        if runtime and abs(runtime - film["runtime"]) > 1:
            yield name, "runtime", film["runtime"], runtime
        ours, theirs = set(film["genres"]), set(row["genres"].split("|")) - {"IMAX"}
        if 2 * len(ours & theirs) < len(ours | theirs):
            yield name, "genres", "|".join(sorted(ours)), "|".join(sorted(theirs))
        language = {"cn": "zh"}.get(row["original_language"], row["original_language"])
        if film["languages"][0] != language:
            yield name, "language", film["languages"][0], language
    if article := articles.find(film):
        ours, theirs = {plain(n) for n in film["cast"]}, {plain(n) for n in article["cast"]}
        if len(ours & theirs) < min(2, len(theirs)):
            yield name, "cast", ", ".join(film["cast"]), ", ".join(article["cast"])
        extract = article.get("extract") or ""
        if (told := re.search(r"\bdirected\b[^.]*? by ([^.,]+)", extract)) and not any(
            words(one)[-1] in words(extract) for one in film["directors"]
        ):
            yield name, "director", ", ".join(film["directors"]), told[1]


def test_facts_agree_or_are_decided_by_hand(overviews, articles):
    found = {tuple(map(str, one)) for film in films() for one in differences(film, overviews, articles)}
    decided = {tuple(row[:4]) for row in demo.table("facts.tsv", ["film", "field", "ours", "theirs", "why"])}
    assert not found - decided, "decide these in data/demo/facts.tsv"
    assert not decided - found, "these no longer differ"


def test_films_that_no_file_knows_are_listed(overviews, articles):
    unknown = [f"{f['title']} ({f['year']})" for f in films() if overviews.find(f)[1] is None and articles.find(f) is None]
    listed = (demo.FOLDER / "unchecked.txt").read_text(encoding="utf-8").splitlines()
    assert listed == unknown
    assert len(unknown) <= 200


def test_synopses_are_our_own_words(overviews, articles):
    """No 6 consecutive words of the film's own overview or article, no 8 of any film's."""
    anywhere = set()
    for text in [row["overview"] for row in overviews.rows] + [row.get("extract") or "" for row in articles.rows]:
        anywhere |= runs(words(text), 8)
    for film in films():
        own = set()
        if row := overviews.find(film)[1]:
            own |= runs(words(row["overview"]), 6)
        if article := articles.find(film):
            own |= runs(words(article.get("extract") or ""), 6)
        for language, text in film["synopsis"].items():
            assert not runs(words(text), 6) & own, f"{film['title']} ({language})"
            assert not runs(words(text), 8) & anywhere, f"{film['title']} ({language})"
