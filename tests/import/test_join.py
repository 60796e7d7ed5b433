"""Real overviews and Wikipedia's films, joined to MovieLens: how many, and twins apart. docs/data.md has the figures."""

import sqlite3

import program as butaca_program
import pytest


@pytest.fixture(scope="module")
def catalogue(program, test_data, tmp_path_factory):
    data = tmp_path_factory.mktemp("join") / "data"
    summaries = {}
    for name in ("ml-latest-small", "tmdb-overviews", "wikipedia-movies"):
        done = butaca_program.run(program, "import", "--data", data, test_data / name, "--json", timeout=300)
        summaries[name] = done.json()["imports"][0]
    return sqlite3.connect(data / "butaca.db"), summaries


def test_overviews_go_to_their_films(catalogue):
    database, summaries = catalogue
    films = summaries["tmdb-overviews"]["films"]
    assert (films["read"], films["new"]) == (9742, 0)
    assert database.execute("SELECT count(*) FROM film_text WHERE source = 'tmdb'").fetchone()[0] == 9621


def test_wikipedia_joins_two_thirds_of_movielens(catalogue):
    database, summaries = catalogue
    joined = database.execute("SELECT count(*) FROM film_id a JOIN film_id b USING (film_id) WHERE a.source = 'movielens'"
                              " AND b.source = 'wikipedia'").fetchone()[0]
    assert joined == 6311
    films = summaries["wikipedia-movies"]["films"]
    assert (films["read"], films["new"]) == (36112, 29800)
    assert summaries["wikipedia-movies"]["rejected"]["reasons"] == {"film id stands twice in this file": 157,
                                                                    "may be any of several films": 4}


@pytest.mark.parametrize("movie, address", [(915, "Sabrina_(1954_film)"), (7, "Sabrina_(1995_film)"), (1411, "Hamlet_(1996_film)"),
                                            (1201, "The_Good,_the_Bad_and_the_Ugly"), (142020, None)])
def test_twins_and_neighbours(catalogue, movie, address):
    """142020 is the French "Oscar" of 1967; Wikipedia's list has the American "The Oscar" of 1966."""
    database, _ = catalogue
    found = database.execute("SELECT b.value FROM film_id a LEFT JOIN film_id b ON b.film_id = a.film_id AND b.source = 'wikipedia'"
                             " WHERE a.source = 'movielens' AND a.value = ?", (str(movie),)).fetchone()[0]
    assert found == address
