"""What recommend and explain can be asked: filters of every kind, rows, previews, weights, the dial, diversity, texts."""

import pytest


@pytest.fixture
def recommend(butaca, demo_folder):
    """recommend("--like", "Alien", …) -> the list as JSON."""
    return lambda *options, **more: butaca("recommend", "--data", demo_folder, "--json", *options, **more).json()


@pytest.fixture
def film(butaca, demo_folder):
    """film("Alien") -> the film's card as search gives it."""
    return lambda title: butaca("search", "--data", demo_folder, "--json", title).json()["items"][0]["film"]


LIKES = ["--like", "Alien", "--like", "Casablanca", "--like", "Titanic"]


def ids(found):
    return [item["film"]["id"] for item in found["items"]]


def test_a_list_goes_on_where_it_was_left(recommend):
    whole = recommend(*LIKES, "--limit", 20)
    assert ids(recommend(*LIKES, "--limit", 5, "--skip", 7)) == ids(whole)[7:12]
    assert recommend(*LIKES, "--skip", 4000)["items"] == []


def test_languages_countries_runtime(recommend, butaca, demo_folder):
    everything = ids(recommend(*LIKES, "--limit", 500))
    spanish = ids(recommend(*LIKES, "--limit", 500, "--language", "ES"))
    assert spanish and spanish == [film for film in everything if film in set(spanish)], "filters keep the order"
    both = ids(recommend(*LIKES, "--limit", 500, "--language", "es", "--language", "fr"))
    assert set(spanish) < set(both) < set(everything)
    assert set(ids(recommend(*LIKES, "--limit", 500, "--country", "es"))) < set(everything)
    short, long = (ids(recommend(*LIKES, "--limit", 500, *bound)) for bound in (("--to-runtime", 100), ("--from-runtime", 101)))
    assert short and long and not set(short) & set(long)
    assert butaca("search", "--data", demo_folder, "--json", "love", "--language", "es").json()["items"]


def test_likes_text_only_without(recommend, film, butaca, demo_folder):
    everything = recommend("--limit", 500)["items"]  # by popularity: the score is the number of likes
    bound = int(everything[100]["score"])
    known = {item["film"]["id"] for item in everything if item["score"] >= bound}
    assert set(ids(recommend("--limit", 500, "--from-likes", bound))) == known
    assert set(ids(recommend("--limit", 500, "--to-likes", bound - 1))) == set(ids({"items": everything})) - known
    found = butaca("search", "--data", demo_folder, "--json", "--limit", 500, "ship").json()
    assert set(ids(recommend("--like", "Alien", "--limit", 500, "--text", "ship"))) == set(ids(found)) - {film("Alien")["id"]}
    two = ["--only", "Casablanca", "--only", "Titanic"]
    assert set(ids(recommend("--like", "Alien", *two))) == {film("Casablanca")["id"], film("Titanic")["id"]}
    assert ids(recommend("--like", "Alien", *two, "--without", "Titanic")) == [film("Casablanca")["id"]]


def test_a_weight_counts_and_0_mutes(recommend):
    plain, muted = recommend(*LIKES), recommend(*LIKES, "--weight", "Titanic=0")
    assert muted["items"] == recommend(*LIKES[:4], "--seen", "Titanic")["items"] != plain["items"]
    heavy = recommend(*LIKES, "--weight", "Alien=5", "--explain")["items"][0]
    light = recommend(*LIKES, "--weight", "Alien=0.2", "--explain")["items"][0]
    assert heavy["reasons"][0]["film"]["title"] == "Alien" != light["reasons"][0]["film"]["title"]


def test_diversity_says_what_it_moved(recommend, butaca, demo_folder):
    spread = recommend(*LIKES, "--diversity", 0.8)["items"]
    assert any(item["rank"] != place for place, item in enumerate(spread, 1))
    assert "by score" in butaca("recommend", "--data", demo_folder, *LIKES, "--diversity", 0.8).out.splitlines()[0]


def test_the_dial_goes_to_less_known_films(recommend):
    likes = {item["film"]["id"]: item["score"] for item in recommend("--limit", 500)["items"]}
    means = []
    for dial in range(1, 6):
        found = ids(recommend(*LIKES, "--dial", dial, "--limit", 20))
        means.append(sum(likes.get(film, 0) for film in found) / len(found))
    assert means == sorted(means, reverse=True) and means[0] > means[4]
    assert recommend(*LIKES, "--dial", 2) == recommend(*LIKES)


def test_rows_have_reasons_and_no_film_twice(recommend, butaca, demo_folder):
    rows = recommend(*LIKES, "--rows", "--limit", 6)["rows"]
    assert rows[0]["kind"] == "top" and {"because", "new"} & {row["kind"] for row in rows}
    shown = [item["film"]["id"] for row in rows for item in row["items"]]
    assert len(shown) == len(set(shown)) and all(4 <= len(row["items"]) <= 6 for row in rows)
    out = butaca("recommend", "--data", demo_folder, *LIKES, "--rows", "--limit", 6).out
    assert out.startswith("For you\n") and "\nBecause you liked " in out


def test_a_preview_says_where_films_stood(recommend, butaca, demo_folder):
    before = ids(recommend("--like", "Alien", "--limit", 500))
    tried = recommend("--like", "Alien", "--if-like", "Casablanca", "--limit", 20)
    assert ids(tried) == ids(recommend("--like", "Alien", "--like", "Casablanca", "--limit", 20))
    assert [item["rank_before"] for item in tried["items"]] == [before.index(film) + 1 for film in ids(tried)]
    assert " was" in butaca("recommend", "--data", demo_folder, "--like", "Alien", "--if-dislike", "Aliens").out.splitlines()[0]


def test_texts_have_their_say_and_their_share(recommend, butaca, demo_folder):
    plain, silent = (recommend(*LIKES, "--explain", "--limit", 200, *more)["items"] for more in ((), ("--no-texts",)))
    assert any(reason["text"] > 0 for item in plain for reason in item["reasons"])
    assert all(reason["text"] == 0 for item in silent for reason in item["reasons"])
    for item in plain:
        assert abs(sum(reason["share"] for reason in item["reasons"]) + item["others"]["share"] - item["score"]) < 1e-4
    out = butaca("explain", "Aliens", *LIKES, "--data", demo_folder).out
    assert "of it by text" in out and "in all" in out


@pytest.mark.parametrize("options, part", [
    (["--skip", "-1"], "--skip"),
    (["--diversity", "1.5"], "from 0 to 1"),
    (["--dial", "6"], "--dial"),
    (["--dial", "0"], "--dial"),
    (["--from-runtime", "100", "--to-runtime", "90"], "no runtime"),
    (["--from-likes", "0"], "--from-likes"),
    (["--weight", "Alien"], "TITLE=N"),
    (["--weight", "Alien=11"], "from 0 to 10"),
    (["--weight", "Alien=1", "--weight", "Alien=2"], "two weights"),
    (["--rows", "--skip", "3"], "don't go together"),
    (["--rows", "--if-like", "Alien"], "don't go together"),
    (["--all", "--dial", "3"], "--all gives every user's list"),
])
def test_what_cannot_be_asked(butaca, demo_folder, options, part):
    result = butaca("recommend", "--data", demo_folder, *options, rc=2)
    assert part in result.err and result.out == ""


@pytest.mark.parametrize("options", [["--only", "Zzzz"], ["--without", "Zzzz"], ["--weight", "Zzzz=2"], ["--if-like", "Zzzz"],
                                     ["--if-dislike", "Zzzz"]])
def test_titles_that_nobody_knows(butaca, demo_folder, options):
    assert "Zzzz" in butaca("recommend", "--data", demo_folder, "--like", "Alien", *options, rc=1).err


def test_predicted_ratings(recommend, butaca, demo_folder):
    line = ["--rate", "Alien=5", "--rate", "Casablanca=4", "--limit", 10]
    found = recommend(*line, "--predict")["items"]
    assert any(item["predicted"] for item in found) and all("predicted" not in item for item in recommend(*line)["items"])
    rows = butaca("recommend", "--data", demo_folder, *line, "--predict").out.splitlines()
    assert rows[0].endswith("you would rate it")
    assert "--predict" in butaca("recommend", "--data", demo_folder, *line, "--rows", "--predict", rc=2).err
    for row, item in zip(rows[1:], found):
        p = item["predicted"]
        assert row.endswith(f"{p['stars']:.1f} ({p['low']:.1f}-{p['high']:.1f})" if p else f"{item['score']:.3f}")
