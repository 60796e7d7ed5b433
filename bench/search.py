"""Search beside bm25s and SQLite's FTS5: how well and how fast they find the films of prepared queries.

    bench/search.py DATA [--butaca build/release/butaca] [--folder build/bench/search]

DATA is what bench/search_sets.py reads. All index title and overview of MovieLens' latest small set and are asked the same queries;
Butaca also has genres and likes. Butaca was tuned on other queries than these, its peers have their defaults: bm25s with English stop
words and stems, FTS5 with its porter tokenizer, words joined by OR, ranked by its bm25(). Milliseconds are processor time a query,
peers without starting Python; Butaca's are those of `evaluate`, its start taken off.
"""

import argparse
import collections
import csv
import json
import re
import resource
import sqlite3
import subprocess
import time
from pathlib import Path

import bm25s
import search_sets
import Stemmer

DEPTH = 100


def films(data):
    with (data / "tmdb-overviews" / "movies_enriched.csv").open(encoding="utf-8", newline="") as lines:
        return [(int(row["movieId"]), f"{search_sets.split_title(row['title'])[0]} {row['overview']}") for row in csv.DictReader(lines)]


def read_queries(path):
    """[(query, {movieId})]"""
    wanted = collections.defaultdict(set)
    with path.open(encoding="utf-8", newline="") as lines:
        if path.suffix == ".tsv":
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                wanted[row["query"]].add(int(row["movieId"]))
        else:
            for line in lines:
                query = json.loads(line)
                wanted[query["query"]].add(query["movieId"])
    return list(wanted.items())


def with_bm25s(corpus, depth=DEPTH):
    stemmer, ids = Stemmer.Stemmer("english"), [film for film, _ in corpus]
    ranker = bm25s.BM25()
    ranker.index(bm25s.tokenize([text for _, text in corpus], stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    def ask(query):
        words = bm25s.tokenize(query, stopwords="en", stemmer=stemmer, show_progress=False)
        found, _ = ranker.retrieve(words, k=depth, show_progress=False)
        return [ids[at] for at in found[0]]

    return ask


def with_fts5(corpus, depth=DEPTH):
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE film USING fts5(text, tokenize='porter unicode61')")
    database.executemany("INSERT INTO film (rowid, text) VALUES (?, ?)", corpus)

    def ask(query):
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", query.lower())))
        sql = "SELECT rowid FROM film WHERE film MATCH ? ORDER BY bm25(film) LIMIT ?"
        return [film for film, in database.execute(sql, (words, depth))] if words else []

    return ask


def measure(ask, queries):
    sums, begin = collections.Counter(), time.process_time()
    answers = [ask(query) for query, _ in queries]
    ms = 1000 * (time.process_time() - begin) / len(queries)
    for found, (_, wanted) in zip(answers, queries):
        first = next((rank for rank, film in enumerate(found, 1) if film in wanted), None)
        sums["mrr"] += 1 / first if first else 0
        sums["hit_10"] += first is not None and first <= 10
        sums["hit_100"] += first is not None
        sums["recall_20"] += len(wanted & set(found[:20])) / len(wanted)
    return {**{name: sums[name] / len(queries) for name in ("mrr", "hit_10", "hit_100", "recall_20")}, "ms": ms}


def butaca(program, folder, path, n):
    def run(queries):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run([program, "evaluate", "--protocol", "search", "--data", folder, "--queries", queries, "--json"],
                              check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["results"][0], resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    one = folder.parent / f"one{path.suffix}"
    one.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    run(one)  # makes the index
    _, start = run(one)
    result, seconds = run(path)
    return {**result, "ms": 1000 * (seconds - start) / n}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--butaca", default="build/release/butaca")
    parser.add_argument("--folder", type=Path, default=Path("build/bench/search"))
    options = parser.parse_args()
    folder = options.folder / "data"
    search_sets.make(options.data, options.folder)
    if not folder.exists():
        for step in (["import", options.data / "ml-latest-small"], ["import", options.data / "tmdb-overviews" / "movies_enriched.csv"],
                     ["train"]):
            subprocess.run([options.butaca, step[0], "--data", folder, *step[1:]], check=True, capture_output=True)
    corpus = films(options.data)
    peers = {"bm25s": with_bm25s(corpus), "FTS5": with_fts5(corpus)}
    print("| queries | | MRR | hit@10 | hit@100 | Recall@20 | ms |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name in ("tongue-validation.jsonl", "wikipedia.jsonl", "tags.tsv"):
        queries = read_queries(options.folder / name)
        rows = {"Butaca": butaca(options.butaca, folder, options.folder / name, len(queries)),
                **{peer: measure(ask, queries) for peer, ask in peers.items()}}
        for who, row in rows.items():
            print(f"| {name} ({len(queries)}) | {who} | " + " | ".join(f"{row[key]:.3f}" for key in ("mrr", "hit_10", "hit_100", "recall_20"))
                  + f" | {row['ms']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
