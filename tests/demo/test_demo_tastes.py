"""The demo's recommendations against 20 tastes written by hand before any model was trained on it (tastes.json).

A case holds when every check holds on the first k films of the list: `in_top` wants films by name, `genres` and `language` want
films that carry one, `none_of` wants no film of a genre. The same checks on the popular films show that popularity can't pass.
"""

import json
import pathlib

import demo
import program as butaca_program
import pytest

CASES = json.loads(pathlib.Path(__file__).with_name("tastes.json").read_text(encoding="utf-8"))["cases"]


def check_holds(check, films):
    (kind, rule), = check.items()
    top = films[: rule["k"]]
    assert len(top) == rule["k"]
    if kind == "in_top":
        assert all(name in demo.by_name() for name in rule["any_of"])
        return sum(name in rule["any_of"] for name in top) >= rule["at_least"]
    carried = [set(demo.by_name()[name]["genres" if kind != "language" else "languages"]) for name in top]
    if kind == "none_of":
        return not any(genres & set(rule["genres"]) for genres in carried)
    assert kind in ("genres", "language")
    return sum(bool(one & set(rule["any_of"])) for one in carried) >= rule["at_least"]


def holds(case, films):
    return all(check_holds(check, films) for check in case["checks"])


@pytest.fixture(scope="module")
def recommend(program, demo_folder):
    """recommend("--like", title, …) -> titles, the best first; the demo's names and the catalogue's are the same."""

    def call(*arguments):
        listed = butaca_program.run(program, "recommend", "--data", demo_folder, *arguments, "--json").json()
        return [f"{item['film']['title']} ({item['film']['year']})" for item in listed["items"]]

    return call


def test_twenty_cases_that_name_films_of_the_demo():
    assert len(CASES) == len({case["name"] for case in CASES}) == 20
    for case in CASES:
        named = case["likes"] + case.get("dislikes", [])
        assert case["likes"] and all(name in demo.by_name() for name in named), case["name"]
        for check in case["checks"]:
            assert not set(check.get("in_top", {}).get("any_of", [])) & set(named), case["name"]


def test_seventeen_of_twenty_tastes_hold_and_popularity_fails_most(recommend):
    popular = recommend("--limit", 30)
    failed, popular_holds = [], []
    for case in CASES:
        likes, dislikes = case["likes"], case.get("dislikes", [])
        opinions = [part for name in likes for part in ("--like", name)] + [part for name in dislikes for part in ("--dislike", name)]
        if not holds(case, recommend(*opinions, "--limit", 10)):
            failed.append(case["name"])
        if holds(case, [name for name in popular if name not in likes + dislikes]):
            popular_holds.append(case["name"])
    assert len(failed) <= 3, failed
    assert len(popular_holds) <= 2, popular_holds
