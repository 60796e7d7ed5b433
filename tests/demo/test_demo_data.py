"""The demo catalogue by itself: form, spread, wording, and the plot queries. Standard library and pytest alone; part of make lint."""

import collections
import itertools
import re

import demo
from demo import films, plain, runs, words

GENRES = set(
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror Musical Mystery Romance "
    "Sci-Fi Thriller War Western".split()
)
FIELDS = {
    "id": int, "title": str, "original_title": str, "title_es": str, "year": int, "runtime": int, "countries": list,
    "languages": list, "directors": list, "writers": list, "cast": list, "genres": list, "themes": list, "synopsis": dict,
}  # fmt: skip
SIZES = {"countries": 9, "languages": 6, "directors": 3, "writers": 3, "genres": 6, "cast": 6, "themes": 6}  # at most


def test_500_films_with_ids_in_order():
    assert [f["id"] for f in films()] == list(range(1, 501))


def test_every_field_is_there_and_typed():
    for film in films():
        assert list(film) == list(FIELDS), film["title"]
        for name, kind in FIELDS.items():
            assert type(film[name]) is kind and film[name], f"{film['title']}: {name}"
        for name, most in SIZES.items():
            values = film[name]
            assert all(isinstance(v, str) and v == v.strip() and v for v in values), f"{film['title']}: {name}"
            assert len(set(values)) == len(values) <= most, f"{film['title']}: {name}: {values}"
        assert all(re.fullmatch("[A-Z]{2}", c) for c in film["countries"]), film["title"]
        assert all(re.fullmatch("[a-z]{2}", c) for c in film["languages"]), film["title"]
        assert set(film["genres"]) <= GENRES and film["genres"] == sorted(film["genres"]), film["title"]
        assert len(film["cast"]) >= 3 and len(film["themes"]) >= 3, film["title"]
        assert all(t == t.lower() and len(t.split()) <= 3 for t in film["themes"]), film["title"]
        assert 1895 <= film["year"] <= 2026 and 1 <= film["runtime"] <= 300, film["title"]


def test_no_film_twice():
    for name in ("title", "original_title", "title_es"):
        count = collections.Counter((plain(f[name]) or f[name], f["year"]) for f in films())
        assert max(count.values()) == 1, count.most_common(1)


def test_synopses_have_40_to_80_words_in_both_languages():
    for film in films():
        assert list(film["synopsis"]) == ["en", "es"], film["title"]
        for language, text in film["synopsis"].items():
            assert 40 <= len(text.split()) <= 80, f"{film['title']} ({language}): {len(text.split())} words"
            assert text == " ".join(text.split()) and text[-1] in ".?!", f"{film['title']} ({language})"


def test_each_synopsis_is_in_its_language():
    english = {"the", "of", "and", "with", "his", "her", "who", "to", "in", "is"}
    spanish = {"el", "la", "de", "y", "con", "su", "que", "los", "en", "un", "una"}
    for film in films():
        for language, own, other in (("en", english, spanish), ("es", spanish, english)):
            text = [w.lower() for w in re.findall(r"\w+", film["synopsis"][language])]
            mine, theirs = sum(w in own for w in text), sum(w in other for w in text)
            assert mine >= 6 and mine > 3 * theirs, f"{film['title']} ({language}): {mine} against {theirs}"


def test_both_languages_say_the_same():
    """As far as a test can tell: about as long, the same numerals, and mostly a name in common where there are some."""
    apart = []
    for film in films():
        english, spanish = film["synopsis"]["en"], film["synopsis"]["es"]
        assert 0.7 <= len(english.split()) / len(spanish.split()) <= 1.35, film["title"]
        assert set(re.findall(r"\d+", english)) == set(re.findall(r"\d+", spanish)), film["title"]
        names = set(words(" ".join(re.findall(r"(?<=[a-z,;] )[A-Z]\w+", english))))
        if len(names) >= 3 and not names & set(words(spanish)):
            apart.append((film["title"], names))
    assert len(apart) <= 25, apart


def test_no_two_synopses_are_alike():
    for language in ("en", "es"):
        texts = [(film["title"], words(film["synopsis"][language])) for film in films()]
        often = collections.Counter(w for _, text in texts for w in set(text))
        rare = [(title, {w for w in text if often[w] < 50}) for title, text in texts]
        for (one, a), (two, b) in itertools.combinations(rare, 2):
            assert 5 * len(a & b) < len(a | b), f"{one}, {two} ({language}): {a & b}"
        owners = collections.defaultdict(set)
        for title, text in texts:
            for run in runs(text, 7):
                owners[run].add(title)
        assert not [(run, who) for run, who in owners.items() if len(who) > 1], language


def test_all_eras_countries_and_kinds():
    decades = collections.Counter(f["year"] // 10 for f in films())
    assert all(decades[d] >= 10 for d in range(192, 203)) and min(f["year"] for f in films()) < 1910
    assert len({c for f in films() for c in f["countries"]}) >= 50
    assert sum(f["languages"][0] == "es" for f in films()) >= 120
    kinds = collections.Counter(g for f in films() for g in f["genres"])
    assert set(kinds) == GENRES and kinds["Animation"] >= 30 and kinds["Documentary"] >= 15 and min(kinds.values()) >= 7


def test_films_belong_together():
    """A taste shows only where several films share a theme or a genre."""
    themes = collections.Counter(t for f in films() for t in f["themes"])
    for film in films():
        assert sum(themes[t] >= 2 for t in film["themes"]) >= 2, f"{film['title']} shares fewer than two themes"


def test_licence_is_cc0():
    text = (demo.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: CC0-1.0" in text


# ---- queries.tsv ----

# Words that carry no plot; a run of three content words is counted with these left out.
STOP = set(
    "a an and any are as at be because but by can can't do doesn't don't everyone for from gets has have he he's her him his if in "
    "into is isn't it it's its next no not of off on one or out over she she's since so somebody someone that the their them then "
    "they they're this to until up want was what when where which while who whose with won't without you "
    "a al algo alguien ante aunque con cuando de del desde donde e el ella en es esa ese eso esta este ha hacia han hasta hay la las "
    "le les lo los mas mi muy ni no nunca o para pero por porque que quien se si sin sobre su sus tal tan te todo todos u un una uno "
    "unos unas y ya".split()
)  # fmt: skip


def content(text):
    return [w for w in words(text) if w not in STOP]


def test_60_queries_in_each_language():
    rows = demo.table("queries.tsv", ["film", "language", "query"])
    assert collections.Counter(language for _, language, _ in rows) == {"en": 60, "es": 60}
    ids = {str(f["id"]) for f in films()}
    for film, language, query in rows:
        assert film in ids and 4 <= len(content(query)) and len(query.split()) <= 25, query
    assert len({(film, language) for film, language, _ in rows}) == 120, "a film is asked for once in a language"


def test_queries_are_not_taken_from_the_synopses():
    taken = []
    for film, _, query in demo.table("queries.tsv", ["film", "language", "query"]):
        one = films()[int(film) - 1]
        for text in one["synopsis"].values():
            taken += [(one["title"], run) for run in runs(content(query), 3) & runs(content(text), 3)]
        for title in (one["title"], one["original_title"], one["title_es"]):
            if f" {plain(title)} " in f" {plain(query)} ":
                taken.append((one["title"], title))
    assert not taken
