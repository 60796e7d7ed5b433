"""Onboarding: which films are asked about, what answers make, and the talk in a terminal."""

import os
import pty
import re
import subprocess

import program as butaca_program
import pytest


@pytest.fixture
def onboard(butaca, small_folder):
    """onboard("--like", "Alien", …) -> questions and list as JSON."""
    return lambda *options: butaca("onboard", "--data", small_folder, "--json", *options).json()


def questions(found):
    return [film["id"] for film in found["questions"]]


def items(found):
    return [item["film"]["id"] for item in found["items"]]


def test_ten_films_are_asked_about(onboard, butaca, small_folder):
    found = onboard()
    asked = questions(found)
    assert len(set(asked)) == 10 and all(film["title"] for film in found["questions"])
    rows = butaca("onboard", "--data", small_folder).out.splitlines()[1:]
    assert [int(row.split()[0]) for row in rows] == asked


def test_answers_change_the_list_and_the_questions(onboard):
    nothing = onboard("--limit", 50)
    first, second = questions(nothing)[:2]
    liked = onboard("--like", f"id:{first}", "--limit", 50)
    assert questions(liked)[:9] == questions(nothing)[1:]
    assert first not in items(liked) and items(liked) != items(nothing)
    scores = [item["score"] for item in liked["items"]]
    assert scores == sorted(scores, reverse=True) and len(scores) == len(items(nothing)) - 1 < 49
    unseen = onboard("--unseen", f"id:{first}", "--limit", 50)
    assert items(unseen) != items(liked) and first not in questions(unseen)
    both = onboard("--dislike", f"id:{first}", "--seen", f"id:{second}", "--limit", 50)
    assert not {first, second} & set(items(both))


def test_text_equals_json(onboard, butaca, small_folder):
    asked = questions(onboard())
    out = butaca("onboard", "--data", small_folder, "--like", f"id:{asked[0]}", "--unseen", f"id:{asked[1]}").out
    rows = [line for line in out.splitlines() if re.match(r" *\d+  ", line)]
    found = onboard("--like", f"id:{asked[0]}", "--unseen", f"id:{asked[1]}")
    assert len(rows) == 20 and all(row.endswith(f"{item['score']:.3f}") for row, item in zip(rows, found["items"]))
    assert out.endswith(f"butaca recommend --like id:{asked[0]}\n")


def test_two_answers_about_a_film(butaca, small_folder):
    assert "two answers" in butaca("onboard", "--data", small_folder, "--like", "id:1", "--unseen", "id:1", rc=2).err


def test_a_talk_in_a_terminal(onboard, program, small_folder):
    """Like, a wrong key, not seen, skipped, that will do: what it says is what the same answers as options make."""
    asked = questions(onboard())
    ours, theirs = pty.openpty()
    process = subprocess.Popen([program, "onboard", "--data", small_folder, "--limit", "5"], stdin=theirs,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=butaca_program.clean_environment(TERM="xterm"))
    os.close(theirs)
    os.write(ours, b"l\nx\nn\n\nq\n")
    out, err = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == 0 and "l, d, s, n, q, or nothing" in err
    expected = onboard("--like", f"id:{asked[0]}", "--unseen", f"id:{asked[1]}", "--limit", 5)
    rows = [line for line in out.splitlines() if re.match(r" *\d+  ", line)]
    assert [row.split()[-1] for row in rows] == [f"{item['score']:.3f}" for item in expected["items"]]
    assert out.endswith(f"butaca recommend --like id:{asked[0]}\n")
