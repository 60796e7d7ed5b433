"""The demo catalogue as the tests see it: its films, its queries, and words compared without case and accents."""

import functools
import json
import pathlib
import re
import unicodedata

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "data" / "demo"
FILMS = FOLDER / "films.jsonl"


@functools.cache
def films():
    return [json.loads(line) for line in FILMS.read_text(encoding="utf-8").splitlines()]


@functools.cache
def by_name():
    """'Alien (1979)' -> the film."""
    return {f"{film['title']} ({film['year']})": film for film in films()}


def table(name, columns):
    """The rows of a tab-separated file of the demo."""
    head, *rows = (line.split("\t") for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
    assert head == columns and all(len(row) == len(columns) and all(row) for row in rows), name
    return rows


def words(text):
    """Lower-case words without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return re.findall(r"[a-z0-9']+", "".join(c for c in plain if not unicodedata.combining(c)))


def plain(text):
    return " ".join(words(text))


def runs(of_words, n):
    """All n words that follow each other."""
    return {tuple(of_words[i : i + n]) for i in range(len(of_words) - n + 1)}
