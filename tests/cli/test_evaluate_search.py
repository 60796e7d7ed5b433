"""butaca evaluate --protocol search."""

import csv
import json
import random
import re

import pytest
import tree

DEMO = tree.ROOT / "data" / "demo"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def evaluate(butaca, folder, queries, *options):
    done = butaca("evaluate", "--protocol", "search", "--data", folder, "--queries", queries, *options, "--json")
    return {result["language"]: result for result in json.loads(done.out)["results"]}


def test_plots_of_the_demo_find_their_films_in_both_languages(butaca, demo_folder):
    results = evaluate(butaca, demo_folder, DEMO / "queries.tsv")
    assert {name: result["queries"] for name, result in results.items()} == {"": 120, "en": 60, "es": 60}
    assert results["en"]["hit_10"] >= 0.75 and results["es"]["hit_10"] >= 0.75
    assert abs(results["en"]["recall_20"] - results["es"]["recall_20"]) <= 0.1
    assert abs(results["en"]["hit_5"] - results["es"]["hit_5"]) <= 0.1


def test_halves_part_the_queries(butaca, demo_folder):
    halves = [evaluate(butaca, demo_folder, DEMO / "queries.tsv", "--half", half) for half in ("tune", "report")]
    assert sum(half[""]["queries"] for half in halves) == 120
    assert min(half[""]["queries"] for half in halves) > 40
    assert evaluate(butaca, demo_folder, DEMO / "queries.tsv", "--half", "tune", "--seed", 2)[""] != halves[0][""]


def test_the_figures_are_what_they_say(butaca, demo_folder, tmp_path):
    """Of two films by "alien" and one that no query of this file finds."""
    films = {film["title"]: film["id"] for film in map(json.loads, (DEMO / "films.jsonl").read_text().splitlines())}
    queries = tmp_path / "queries.jsonl"
    lines = [{"film": films["Alien"], "query": "alien"}, {"film": films["Aliens"], "query": "alien"},
             {"film": films["The Thing"], "query": "zzzzqqqq"}, {"film": 999999, "query": "nothing"}]
    queries.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = butaca("evaluate", "--protocol", "search", "--data", demo_folder, "--queries", queries, "--json")
    document = json.loads(done.out)
    assert (document["lines"], document["unknown_films"]) == (4, 1)
    [result] = document["results"]
    assert result["queries"] == 2
    assert (result["mrr"], result["hit_1"], result["hit_5"], result["hit_10"], result["hit_100"], result["recall_20"]) == (0.5,) * 6
    assert result["ndcg_10"] == pytest.approx(0.5, abs=0.1)
    assert result["mrr_95"] == pytest.approx(1.96 * 0.5, abs=1e-6)


def test_a_field_can_be_left_out(butaca, demo_folder, tmp_path):
    queries = tmp_path / "queries.tsv"
    queries.write_text("film\tquery\n1\tsigourney weaver nostromo\n")
    assert evaluate(butaca, demo_folder, queries)[""]["hit_1"] == 1
    assert evaluate(butaca, demo_folder, queries, "--without", "people", "--without", "overview")[""]["hit_100"] == 0


def test_questions_are_prepared(butaca, demo_folder, tmp_path):
    """What names the title, what was added later and what stands in brackets isn't asked."""
    queries = tmp_path / "queries.jsonl"
    thing = "zzzz qqqq. Is it The Third Man? No.\n**EDIT:** it is nostromo"
    queries.write_text(json.dumps({"film": 1, "title": "[Alien] [nostromo]", "text": thing}) + "\n")
    assert evaluate(butaca, demo_folder, queries)[""]["hit_1"] == 0
    queries.write_text(json.dumps({"film": 1, "title": "nostromo", "text": "I think it was Alien, with weaver."}) + "\n")
    assert evaluate(butaca, demo_folder, queries)[""]["hit_1"] == 1


@pytest.mark.parametrize("name, text, message", [
    ("a.tsv", "film\tquery\n", "no query for a film"),
    ("a.tsv", "query\nalien\n", "a.tsv:2: expected film"),
    ("a.tsv", "film\n1\n", "a.tsv:2: expected query"),
    ("a.tsv", "film\tquery\n1\t\xff\n", "a.tsv:2: expected UTF-8"),
    ("a.jsonl", "{\n", "a.jsonl:1: expected a JSON object"),
    ("a.jsonl", "[]\n", "a.jsonl:1: expected a JSON object"),
    ("a.jsonl", '{"film": 1}\n', "a.jsonl:1: expected query"),
    ("a.jsonl", "", "no query for a film"),
])
def test_files_that_are_none(butaca, demo_folder, tmp_path, name, text, message):
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    done = butaca("evaluate", "--protocol", "search", "--data", demo_folder, "--queries", tmp_path / name, rc=1)
    assert message in done.err


def test_usage(butaca, demo_folder):
    line = ["evaluate", "--protocol", "search", "--data", demo_folder]
    assert "--queries" in butaca(*line, rc=2).err
    assert "--half" in butaca(*line, "--queries", "x", "--half", "third", rc=2).err
    assert "--without" in butaca(*line, "--queries", "x", "--without", "plot", rc=2).err
    assert "x.tsv" in butaca(*line, "--queries", "x.tsv", rc=1).err


# --- titles, broken off and with a slip -------------------------------------------------------------------------------


def slip(title, dice):
    """One letter left out, put in, changed or swapped, in a word of at least 4 letters; None: the title has none."""
    words = [match for match in re.finditer(r"[a-z]{4,}", title)]
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start(), word.end() - 1)
    kind = dice.choice(["out", "in", "change", "swap"])
    if kind == "out":
        return title[:at] + title[at + 1:]
    if kind == "in":
        return title[:at] + dice.choice(LETTERS) + title[at:]
    if kind == "change":
        return title[:at] + dice.choice(LETTERS.replace(title[at], "")) + title[at + 1:]
    return title[:at] + title[at + 1] + title[at] + title[at + 2:]


def broken_off(title, dice):
    """The beginning of a title, at least two thirds of it and 6 letters, broken off after a letter."""
    if len(title) < 8:
        return None
    text = title[:dice.randrange(max(6, len(title) * 2 // 3), len(title))]
    return text if text[-1].isalpha() else None


def bare(title):
    """Only its letters, without a leading article."""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"^(the|a|an) ", "", title)).strip()


def write_title_queries(path, films, column, make, n=1000):
    """Lines of (id, text): `films` is [(id, title)]. Films of one title, and those whose title begins with the text, are as good."""
    dice = random.Random(7)
    plain = [(id, title.lower()) for id, title in films if title.isascii()]
    bares = {bare(title) for _, title in plain}
    lines = []
    asked = set()
    while len(asked) < n:
        _, title = dice.choice(plain)
        text = make(title, dice)
        if text is None or text in asked or bare(text) in bares:
            continue  # which is another film's title
        asked.add(text)
        wanted = [id for id, other in plain if other == title or (make is broken_off and bare(other).startswith(bare(text)))]
        lines += [f"{id}\t{text}\n" for id in wanted]
    path.write_text(f"{column}\tquery\n" + "".join(lines))


@pytest.mark.parametrize("make", [slip, broken_off])
def test_a_typed_title_has_its_film_first_on_the_demo(butaca, demo_folder, tmp_path, make):
    films = [(film["id"], film["title"]) for film in map(json.loads, (DEMO / "films.jsonl").read_text().splitlines())]
    write_title_queries(tmp_path / "titles.tsv", films, "film", make)
    result = evaluate(butaca, demo_folder, tmp_path / "titles.tsv")[""]
    assert result["queries"] == 1000 and result["hit_1"] >= 0.98


@pytest.mark.parametrize("make", [slip, broken_off])
def test_a_typed_title_has_its_film_first_on_movielens(butaca, movielens_folder, test_data, tmp_path, make):
    films = []
    with (test_data / "ml-latest-small" / "movies.csv").open(encoding="utf-8", newline="") as lines:
        for film in csv.DictReader(lines):
            title = re.sub(r"\s*\(.*", "", film["title"])
            films.append((film["movieId"], re.sub(r"^(.*), (The|A|An)$", r"\2 \1", title)))
    write_title_queries(tmp_path / "titles.tsv", films, "movieId", make)
    result = evaluate(butaca, movielens_folder, tmp_path / "titles.tsv")[""]
    assert result["queries"] == 1000 and result["hit_1"] >= 0.98
