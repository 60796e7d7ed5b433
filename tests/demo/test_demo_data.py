"""The demo catalogue and its simulated ratings: format, wording, facts, and the same bytes everywhere.

Facts and wording are compared with real data, found through BUTACA_TEST_DATA; the generator is found in the build folder that
BUTACA_BUILD names (default build/release). Standard library and pytest alone.
"""

import collections
import csv
import functools
import hashlib
import json
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
def overviews(test_data):
    with open(test_data / "tmdb-overviews" / "movies_enriched.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def wikipedia(test_data):
    found = []
    for path in sorted((test_data / "wikipedia-movies").glob("movies-*.json")):
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


# ---- the generator ----

# The generator was frozen before the first model was trained on its ratings: these change only with the catalogue.
FROZEN = {
    "ratings.csv": "c5c581002ea050ba58ae93118bcd9bd6b0f5df2e4737b6b760377f5b5eae671f",
    "held-out.csv": "a25722a4f3dbf6e9290e57ed0c1396e533ee1c664d22e1af29716e8a45faebe2",
}


@pytest.fixture(scope="module")
def generator(build):
    path = build.resolve() / "demo-ratings"
    assert path.is_file(), f"{path} is not built"
    return path


def run(generator, *arguments):
    return subprocess.run([generator, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def generate(generator, folder, *options):
    done = run(generator, FILMS, folder, *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def read_ratings(path):
    with open(path, encoding="utf-8", newline="") as file:
        assert file.readline() == "userId,movieId,rating,timestamp\n"
        return [(int(u), int(m), float(r), int(t)) for u, m, r, t in csv.reader(file)]


@pytest.fixture(scope="module")
def simulated(generator, tmp_path_factory):
    return generate(generator, tmp_path_factory.mktemp("demo") / "out")


def test_default_seed_gives_the_frozen_bytes(simulated):
    assert {p.name for p in simulated.iterdir()} == {*FROZEN, "films.jsonl"}
    assert (simulated / "films.jsonl").read_bytes() == FILMS.read_bytes()
    for name, expected in FROZEN.items():
        assert hashlib.sha256((simulated / name).read_bytes()).hexdigest() == expected, name


def test_seed_changes_the_ratings_and_more_users_do_not(generator, simulated, tmp_path):
    other = generate(generator, tmp_path / "seed", "--seed", 2)
    assert (other / "ratings.csv").read_bytes() != (simulated / "ratings.csv").read_bytes()
    fewer = generate(generator, tmp_path / "fewer", "--users", 50, "--held-out", 7)
    few, all_ = read_ratings(fewer / "ratings.csv"), read_ratings(simulated / "ratings.csv")
    assert few == all_[: len(few)] and {r[0] for r in few} == set(range(1, 51))
    held = read_ratings(fewer / "held-out.csv")
    assert held == [r for r in all_ if 51 <= r[0] <= 57]


def test_ratings_are_well_formed(simulated):
    ids = {f["id"] for f in films()}
    for name, users in (("ratings.csv", range(1, 2001)), ("held-out.csv", range(2001, 2401))):
        ratings = read_ratings(simulated / name)
        assert [r[0] for r in ratings] == sorted(r[0] for r in ratings)
        of_user = collections.defaultdict(list)
        for user, film, rating, time in ratings:
            assert film in ids and 0.5 <= rating <= 5 and (2 * rating).is_integer()
            of_user[user].append((time, film))
        assert set(of_user) == set(users)
        for rows in of_user.values():
            assert 8 <= len(rows) <= 25 and len({film for _, film in rows}) == len(rows)
            assert rows == sorted(rows)


def test_tastes_differ(simulated):
    """Popularity knows little: no film is liked by nearly everyone, and who likes Alien likes Aliens far more than others do."""
    liked = collections.defaultdict(set)
    for user, film, rating, _ in read_ratings(simulated / "ratings.csv"):
        if rating >= 4:
            liked[film].add(user)
    assert all(300 <= len(users) <= 1000 for users in liked.values()) and len(liked) == 40
    title = {f["title"]: f["id"] for f in films()}
    for one, two in (("Alien", "Aliens"), ("High Noon", "Once Upon a Time in the West"), ("Spirited Away", "My Neighbor Totoro")):
        a, b = liked[title[one]], liked[title[two]]
        assert len(a & b) / len(a) >= 1.5 * len(b) / 2000, (one, two)


def test_clear_errors(generator, tmp_path):
    out = tmp_path / "out"
    cases = [
        ((), 2, "FILMS.jsonl is missing"),
        ((FILMS,), 2, "OUTDIR is missing"),
        ((FILMS, out, out), 2, "one argument too many"),
        ((FILMS, out, "--users", "many"), 2, '--users needs a whole number from 0 to 1000000, not "many"'),
        ((FILMS, out, "--seed"), 2, "--seed needs a whole number"),
        ((FILMS, out, "--fast"), 2, 'no option "--fast"'),
        ((tmp_path / "none.jsonl", out), 1, "none.jsonl: No such file"),
    ]
    lines = FILMS.read_text(encoding="utf-8").splitlines()
    broken = {
        "json": ("{", ":3: not JSON"),
        "id": (lines[2].replace('"id": 3', '"id": 2'), ":3: `id` 2 is already that of film 2"),
        "year": (lines[2].replace('"year": 1982', '"year": "1982"'), ":3: `year` must be"),
        "genres": (re.sub(r'"genres": \[.*?\]', '"genres": []', lines[2]), ":3: `genres` must be"),
    }
    for name, (line, message) in broken.items():
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join([*lines[:2], line, *lines[3:]]), encoding="utf-8")
        cases.append(((path, out), 1, message))
    short = tmp_path / "short.jsonl"
    short.write_text("\n".join(lines[:24]), encoding="utf-8")
    cases.append(((short, out), 1, "24 films, expected at least 25"))
    for arguments, code, message in cases:
        done = run(generator, *arguments)
        assert done.returncode == code and message in done.stderr and done.stdout == "", (arguments, done)
        assert not out.exists()


def test_help_has_an_example(generator):
    done = run(generator, "--help")
    assert done.returncode == 0 and "example: demo-ratings" in done.stdout
