"""Finding the film that a person means."""

import pytest


@pytest.mark.parametrize("typed, found", [
    ("Alien", "Alien"),  # an exact title beats the prefix of Aliens
    ("alien (1979)", "Alien"),
    ("The Matrix", "The Matrix"),
    ("Matrix, The (1999)", "The Matrix"),
    ("matrix", "The Matrix"),
    ("amelie", "Amélie"),
    ("Le fabuleux destin d'Amelie Poulain", "Amélie"),
    ("love actually", 'Love, "Actually"'),
    ("hamlet (1996)", "Hamlet"),
    ("千と千尋", "千と千尋の神隠し"),
])
def test_found(butaca, small_folder, typed, found):
    assert butaca("similar", "--data", small_folder, typed, "--json").json()["film"]["title"] == found


def test_ambiguous_titles_are_listed(butaca, small_folder):
    result = butaca("recommend", "--data", small_folder, "--like", "Hamlet", rc=1)
    assert result.out == ""
    assert "Hamlet (1948)" in result.err and "Hamlet (1996)" in result.err and "--like id:" in result.err
    error = butaca("recommend", "--data", small_folder, "--like", "Hamlet", "--json", rc=1).json()["error"]
    assert error["code"] == "AMBIGUOUS" and [c["year"] for c in error["candidates"]] == [1948, 1996]
    for candidate in error["candidates"]:
        assert str(candidate["id"]) in result.err
        film = butaca("similar", "--data", small_folder, f"id:{candidate['id']}", "--json").json()["film"]
        assert (film["title"], film["year"]) == ("Hamlet", candidate["year"])


def test_a_misspelt_title_says_what_is_near(butaca, small_folder):
    result = butaca("similar", "--data", small_folder, "Ailen", rc=1)
    assert "no film is called" in result.err and "Alien (1979)" in result.err
    error = butaca("similar", "--data", small_folder, "Ailen", "--json", rc=1).json()["error"]
    assert error["code"] == "NOT_FOUND" and error["candidates"][0]["title"] == "Alien"
    assert "candidates" not in butaca("similar", "--data", small_folder, "Zardoz", "--json", rc=1).json()["error"]


@pytest.mark.parametrize("typed", ["id:99999", "id:0", "id:x"])
def test_no_such_id(butaca, small_folder, typed):
    assert typed.removeprefix("id:") in butaca("similar", "--data", small_folder, typed, rc=1).err


def test_a_contradiction_is_refused(butaca, small_folder):
    result = butaca("recommend", "--data", small_folder, "--like", "Alien", "--dislike", "alien (1979)", rc=2)
    assert "both liked and disliked" in result.err


@pytest.mark.parametrize("rating", ["Alien", "Alien=", "Alien=0", "Alien=5.5", "Alien=4.2", "Alien=x", "=4", "Alien=nan"])
def test_ratings_are_half_stars(butaca, small_folder, rating):
    assert "TITLE=STARS" in butaca("recommend", "--data", small_folder, "--rate", rating, rc=2).err


def test_the_beginning_of_a_title_says_what_it_was_taken_for(butaca, small_folder):
    result = butaca("recommend", "--data", small_folder, "--like", "love act")
    assert 'Taking "love act" as Love, "Actually" (2003).' in result.err
    assert "Taking" not in butaca("recommend", "--data", small_folder, "--like", "love actually").err
