"""butaca search and butaca suggest on the demo."""

import json


def titles(result):
    return [item["film"]["title"] for item in json.loads(result.out)["items"]]


def test_search_finds_titles_and_plots(butaca, demo_folder):
    assert titles(butaca("search", "--data", demo_folder, "--json", "alein"))[0] == "Alien"
    plot = butaca("search", "--data", demo_folder, "seven people aboard a cargo ship", "--limit", 3)
    assert "Alien (1979)" in plot.out.splitlines()[1]
    assert "The seven people aboard the cargo ship Nostromo" in plot.out.splitlines()[2]


def test_filters(butaca, demo_folder):
    found = json.loads(butaca("search", "--data", demo_folder, "--json", "love", "--genre", "comedy", "--from-year", 1980).out)
    assert found["items"]
    assert all("Comedy" in item["film"]["genres"] and item["film"]["year"] >= 1980 for item in found["items"])
    wrong = butaca("search", "--data", demo_folder, "love", "--genre", "nothing", rc=1)
    assert "there are: " in wrong.err
    assert "no year" in butaca("search", "--data", demo_folder, "x", "--from-year", 2000, "--to-year", 1990, rc=2).err


def test_suggest(butaca, demo_folder):
    assert titles(butaca("suggest", "--data", demo_folder, "--json", "the thi"))[0] in ("The Thing", "The Third Man")
    assert "Alien (1979)" in butaca("suggest", "--data", demo_folder, "ali").out


def test_nothing_found_is_said(butaca, demo_folder):
    result = butaca("search", "--data", demo_folder, "zzzzqqqq")
    assert result.out == "" and "No film" in result.err
    assert json.loads(butaca("search", "--data", demo_folder, "zzzzqqqq", "--json").out) == {"total": 0, "items": []}


def test_any_bytes_are_answered(butaca, demo_folder):
    for text in ("", " ", "\x01\x02\x1b[31m\x7f", b"\xff\xfe\xc0\x80".decode(errors="surrogateescape"), "a" * 100_000, "the " * 25_000,
                 "\u0301" * 20_000, "\u202e", "((((\"'--;*?", "--", "%s%n"):
        for line in (["search", "--mode", "lexical"], ["search", "--mode", "hybrid"], ["suggest"]):
            assert "items" in json.loads(butaca(*line, "--data", demo_folder, "--json", "--", text).out)
            butaca(*line, "--data", demo_folder, "--", text)


def test_a_text_is_needed(butaca, demo_folder):
    assert "search needs TEXT" in butaca("search", "--data", demo_folder, rc=2).err
    assert "suggest needs PREFIX" in butaca("suggest", "--data", demo_folder, rc=2).err
