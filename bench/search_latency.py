"""How fast a running server answers searches in 60,000 films, beside bm25s, SQLite's FTS5 and a numpy scan of as many vectors.

    bench/search_latency.py DATA [--butaca build/release/butaca] [--folder build/bench/latency] [--rounds 3]

DATA has the folders wikipedia-movies, ml-latest-small and tip-of-the-tongue of docs/data.md. The films are Wikipedia's with the first
three sentences of each text; from there to 60,000 more are put together of halves of titles and sentences of three films: real words, in
their real proportions, in texts that say nothing. They are imported and embedded once (BUTACA_WEIGHTS; without it, search is by words).

One client asks one query after the other over one connection, all in the page cache: titles with a slip, tags, and half remembered plots
(questions of tip-of-the-tongue, cut to two sentences), 20 films a page with their passages; and what is typed of titles, letter by letter.
Milliseconds are those of the client from sending to the whole reply, and of the server's processor time; of each
query the best of some rounds, because machines do other things, too. Peers index title and text, are
asked in a Python that has started, for 20 films without passages; numpy multiplies float32 vectors on one thread and takes each
film's best sentence.
"""

import argparse
import collections
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import live  # noqa: E402
import numpy  # noqa: E402
import search  # noqa: E402

N_FILMS, N_QUERIES, N_TITLES, LIMIT, SEED = 60_000, 300, 60, 20, 1


def sentences(text):
    return re.split(r"(?<=[.!?])\s+", text)[:3]


def make_films(data, out):
    """Files of Wikipedia's form in `out`, one for each decade."""
    dice = random.Random(SEED)
    films = [film for path in sorted((data / "wikipedia-movies").glob("*.json")) for film in json.loads(path.read_text(encoding="utf-8"))]
    told = [film for film in films if film.get("extract")]
    for film in films:
        film["extract"] = " ".join(sentences(film.get("extract") or ""))
    while len(films) < N_FILMS:
        one, other, third = dice.sample(told, 3)
        halves = one["title"].split()[:2] + other["title"].split()[-2:]
        text = " ".join(dice.choice(sentences(film["extract"])) for film in (one, other, third))
        films.append({**third, "href": f"Generated_{len(films)}", "title": f"{' '.join(halves)} {dice.randrange(2, 1000)}", "cast": one["cast"] + other["cast"], "extract": text})
    out.mkdir(parents=True, exist_ok=True)
    decades = collections.defaultdict(list)
    for film in films:
        decades[film["year"] // 10 * 10].append(film)
    for decade, its in decades.items():
        (out / f"movies-{decade}s.json").write_text(json.dumps(its), encoding="utf-8")


def read_films(folder):
    return [film for path in sorted(folder.glob("*.json")) for film in json.loads(path.read_text(encoding="utf-8"))]


def slip(title, dice):
    """Two letters swapped."""
    at = dice.randrange(len(title) - 1)
    return title[:at] + title[at + 1] + title[at] + title[at + 2:]


def make_queries(data, films):
    """{kind: [text]}"""
    dice = random.Random(SEED)
    titles = [film["title"] for film in dice.sample(films, N_QUERIES) if len(film["title"]) > 3]
    with (data / "tip-of-the-tongue" / "validation.jsonl").open(encoding="utf-8") as lines:
        plots = [" ".join(sentences(json.loads(line)["text"]))[:400] for line in lines][:N_QUERIES]
    with (data / "ml-latest-small" / "tags.csv").open(encoding="utf-8") as lines:
        tags = sorted({line.split(",")[2] for line in lines})
    strokes = [title[:n] for title in titles[:N_TITLES] for n in range(1, len(title) + 1)]
    return {"titles with a slip": [slip(title, dice) for title in titles], "tags": dice.sample(tags, N_QUERIES), "plots": plots,
            "key strokes": strokes}


def computed(process):
    """Milliseconds of processor time of all its threads, exact while they wait."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")) / 1e6


def middle_and_last(times):
    times = sorted(times)
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def run(server, connection, paths, rounds):
    """Wall p50 and p99, processor p50 and p99, of each query's best round."""
    walls, cpus = [1e9] * len(paths), [1e9] * len(paths)
    for _, (at, path) in itertools.product(range(rounds), enumerate(paths)):
        request, cpu, begin = connection.request("GET", path), computed(server.process), time.perf_counter()
        head, _ = connection.ask(request)
        walls[at] = min(walls[at], 1000 * (time.perf_counter() - begin))
        assert b" 200 " in head, head
        cpus[at] = min(cpus[at], computed(server.process) - cpu)
    return middle_and_last(walls) + middle_and_last(cpus)


def run_peer(ask, texts, rounds):
    walls, cpus = [1e9] * len(texts), [1e9] * len(texts)
    for _, (at, text) in itertools.product(range(rounds), enumerate(texts)):
        cpu, begin = time.process_time(), time.perf_counter()
        ask(text)
        walls[at] = min(walls[at], 1000 * (time.perf_counter() - begin))
        cpus[at] = min(cpus[at], 1000 * (time.process_time() - cpu))
    return middle_and_last(walls) + middle_and_last(cpus)


def with_numpy(n_films, n_vectors):
    """Unit vectors of 512 values, a whole text and its sentences for each film: what they say doesn't matter for the time."""
    draw = numpy.random.default_rng(SEED)
    vectors = draw.standard_normal((n_vectors, 512), dtype=numpy.float32)
    starts = numpy.linspace(0, n_vectors, n_films, endpoint=False).astype(int)

    def ask(_):
        scores = vectors @ vectors[0]
        films = 0.5 * scores[starts] + 0.5 * numpy.maximum.reduceat(scores, starts)
        best = numpy.argpartition(films, -LIMIT)[-LIMIT:]
        return best[numpy.argsort(-films[best])]

    return ask


def show(who, what, figures):
    print(f"| {who} | {what} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |", flush=True)


def prepare(options):
    films, folder = options.folder / "films", options.folder / "data"
    if not folder.exists():
        make_films(options.data, films)
        subprocess.run([options.butaca, "import", "--data", folder, films], check=True, stdout=subprocess.DEVNULL)
        if "BUTACA_WEIGHTS" in os.environ:
            subprocess.run([options.butaca, "embed", "--data", folder], check=True, stdout=subprocess.DEVNULL)
    return read_films(films), folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--butaca", default="build/release/butaca")
    parser.add_argument("--folder", type=Path, default=Path("build/bench/latency"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    films, folder = prepare(options)
    queries = make_queries(options.data, films)
    strokes = queries.pop("key strokes")
    modes = ["lexical"] + (["semantic", "hybrid"] if (folder / "text" / "vectors.bt").exists() else [])
    print(f"{len(films):,} films\n\n| who | queries | p50 ms | p99 ms | processor p50 | p99 |\n| --- | --- | --- | --- | --- | --- |")
    weights = {"BUTACA_WEIGHTS": os.environ.get("BUTACA_WEIGHTS", "")}
    with tempfile.TemporaryDirectory(prefix="butaca-bench-") as place:
        server = live.butaca.Server(options.butaca, folder, Path(place) / "log", env=weights)
        connection = live.Connection(server.port, "")
        for mode, (kind, texts) in itertools.product(modes, queries.items()):
            paths = [f"/api/v1/search?limit={LIMIT}&mode={mode}&text={quote(text)}" for text in texts]
            show(f"Butaca, {mode}", kind, run(server, connection, paths, options.rounds))
        paths = [f"/api/v1/suggest?limit=8&text={quote(text)}" for text in strokes]
        show("Butaca, suggest", "each letter of titles", run(server, connection, paths, options.rounds))
        server.stop()
    if options.no_peers:
        return
    corpus = [(at, f"{film['title']} {film['extract']}") for at, film in enumerate(films)]
    peers = {"bm25s": search.with_bm25s(corpus, LIMIT), "FTS5": search.with_fts5(corpus, LIMIT)}
    for (who, ask), (kind, texts) in itertools.product(peers.items(), queries.items()):
        show(who, kind, run_peer(ask, texts, options.rounds))
    n_vectors = sum(1 + len(sentences(film["extract"])) for film in films)
    show("numpy", f"a scan of {n_vectors:,} vectors", run_peer(with_numpy(len(films), n_vectors), range(20), options.rounds))


if __name__ == "__main__":
    sys.exit(main())
