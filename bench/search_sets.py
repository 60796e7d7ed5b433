"""The three sets of queries that search is measured on, made of the data of docs/data.md's table.

    bench/search_sets.py DATA OUT

DATA has the folders ml-latest-small, tmdb-overviews, wikipedia-movies and tip-of-the-tongue. OUT gets, for
`butaca evaluate --protocol search --queries`:

    tongue-train.jsonl        questions of people who look for a film that they half remember, without the films of the next
    tongue-validation.jsonl
    wikipedia.jsonl           what Wikipedia says of a film, without its first sentence, sentences with the title, and names of the cast;
                              a film is joined by title and year, where both have only one of that name and year; seeded, 800 of them
    wikipedia-train.jsonl     the same of all other films, without those of tongue-validation.jsonl: nothing is reported on them
    tags.tsv                  tags on 5 films or more, without those that say where somebody keeps the film or what prize it won

wikipedia.jsonl and tags.tsv are halved by `--half tune` and `--half report`.
"""

import argparse
import collections
import csv
import json
import random
import re
import unicodedata
from pathlib import Path

N_WIKIPEDIA, SEED = 800, 1
NOT_ABOUT_THE_FILM = re.compile(r"netflix|imdb|top \d+|queue|oscar|award|criterion|watchlist|library|\bdvd|\bown", re.I)


def key(text):
    """Letters and digits only, without case, accents and a leading article."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    words = re.findall(r"\w+", re.sub(r"^(.*), (the|a|an)$", r"\2 \1", plain))
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words)


def split_title(title):
    match = re.match(r"(.*?)\s*\((\d{4})\)\s*$", title)
    return (match[1], int(match[2])) if match else (title, None)


def prepared(question, title):
    """What is asked: without brackets, later edits and sentences that name the film, at most 1,500 letters."""
    text = re.sub(r"\[[^\]]*\]", "", f"{question['title']}\n{question['text']}")
    text = re.split(r"^[ *_#>-]*edit(?=[ :*_0-9\n]|$)", text, maxsplit=1, flags=re.I | re.M)[0]
    if len(key(title)) >= 4:
        text = "".join(part for part in re.findall(r"[^.!?\n]*[.!?\n]?", text) if f" {key(title)} " not in f" {key(part)} ")
    return text[:1500]


def write_queries(path, pairs):
    path.write_text("".join(json.dumps({"movieId": film, "query": text}) + "\n" for film, text in pairs), encoding="utf-8")


def tongue(data, out):
    """Writes both parts; returns the films of the second."""
    with (data / "ml-latest-small" / "movies.csv").open(encoding="utf-8", newline="") as lines:
        titles = {int(row["movieId"]): split_title(row["title"])[0] for row in csv.DictReader(lines)}
    questions = {part: [json.loads(line) for line in (data / "tip-of-the-tongue" / f"{part}.jsonl").open(encoding="utf-8")]
                 for part in ("train", "validation")}
    reported = {question["movieId"] for question in questions["validation"]}
    questions["train"] = [question for question in questions["train"] if question["movieId"] not in reported]
    for part, items in questions.items():
        write_queries(out / f"tongue-{part}.jsonl", [(item["movieId"], prepared(item, titles[item["movieId"]])) for item in items])
    return reported


def described(film):
    """What is left of an extract, or "" if that is less than a sentence."""
    sentences = re.split(r"(?<=[.!?])\s+", film["extract"])[1:]
    title = key(film["title"])
    text = " ".join(sentence for sentence in sentences if f" {title} " not in f" {key(sentence)} ")
    for name in film["cast"]:
        text = re.sub(rf"\b{re.escape(name)}\b", "", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) >= 40 else ""


def wikipedia(data, out, reported):
    ours, theirs = collections.defaultdict(list), collections.defaultdict(list)
    with (data / "tmdb-overviews" / "movies_enriched.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            title, year = split_title(row["title"])
            if row["overview"]:
                ours[key(title), year].append(int(row["movieId"]))
    for path in sorted((data / "wikipedia-movies").glob("*.json")):
        for film in json.loads(path.read_text(encoding="utf-8")):
            theirs[key(film["title"]), film["year"]].append(film)
    pairs = [(films[0], described(theirs[name][0])) for name, films in sorted(ours.items(), key=lambda item: item[1])
             if len(films) == 1 and len(theirs.get(name, [])) == 1 and theirs[name][0].get("extract")]
    pairs = [pair for pair in pairs if pair[1]]
    sample = random.Random(SEED).sample(pairs, min(N_WIKIPEDIA, len(pairs)))
    asked = {film for film, _ in sample} | reported
    write_queries(out / "wikipedia.jsonl", [(film, text[:1500]) for film, text in sample])
    write_queries(out / "wikipedia-train.jsonl", [(film, text[:1500]) for film, text in pairs if film not in asked])


def tags(data, out):
    films, name = collections.defaultdict(set), {}
    with (data / "ml-latest-small" / "tags.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            films[key(row["tag"])].add(int(row["movieId"]))
            name.setdefault(key(row["tag"]), row["tag"].strip().lower())
    wanted = [tag for tag in sorted(films) if len(films[tag]) >= 5 and not NOT_ABOUT_THE_FILM.search(name[tag])]
    (out / "tags.tsv").write_text("movieId\tquery\n" + "".join(f"{film}\t{name[tag]}\n" for tag in wanted
                                                               for film in sorted(films[tag])), encoding="utf-8")


def make(data, out):
    out.mkdir(parents=True, exist_ok=True)
    wikipedia(data, out, tongue(data, out))
    tags(data, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    make(options.data, options.out)


if __name__ == "__main__":
    main()
