"""How people ask for a film and how it is told differ: the directions in which they do, for app/question_directions.c.

    bench/search_directions.py DATA WEIGHTS BUILD > app/question_directions.c

DATA as in search_sets.py; WEIGHTS is muse.btenc, BUILD the folder of libbutaca.so. A pair is a question and the text of its film: the questions
that search is tuned on, and Wikipedia's texts of films that no set asks for. With d the difference of their vectors and S the mean of
d d', the eigenvectors of S with the N largest values are those directions, each taken out of a question by value / (value + mean value): the
first N terms of the inverse of S + mean value I (within-class covariance; Hatch, Kajarekar, Stolcke 2006).
"""

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import search_sets  # noqa: E402
from support.encoders import Encoder  # noqa: E402

N_DIRECTIONS, COLUMNS = 8, 16


def films_of(data):
    """movieId -> "title. overview", as butaca embed encodes it."""
    with (data / "tmdb-overviews" / "movies_enriched.csv").open(encoding="utf-8", newline="") as lines:
        return {int(row["movieId"]): f"{search_sets.split_title(row['title'])[0]}. {row['overview']}"
                for row in csv.DictReader(lines) if row["overview"]}


def pairs_of(data):
    films = films_of(data)
    with tempfile.TemporaryDirectory() as folder:
        search_sets.make(data, Path(folder))
        lines = [json.loads(line) for name in ("tongue-train", "wikipedia-train")
                 for line in (Path(folder) / f"{name}.jsonl").open(encoding="utf-8")]
    return [(line["query"], films[line["movieId"]]) for line in lines if line["movieId"] in films]


def directions_of(pairs, encoder):
    questions, texts = (encoder.encode([text.encode() for text in side], threads=0) for side in zip(*pairs))
    difference = (questions - texts).astype(np.float64)
    values, vectors = np.linalg.eigh(difference.T @ difference / len(difference))
    mean = values.mean()
    values, vectors = values[::-1][:N_DIRECTIONS], vectors.T[::-1][:N_DIRECTIONS]
    signs = np.sign(vectors[np.arange(N_DIRECTIONS), np.abs(vectors).argmax(axis=1)])
    return vectors * signs[:, None], values / (values + mean)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("build", type=Path)
    options = parser.parse_args()
    pairs = pairs_of(options.data)
    vectors, shares = directions_of(pairs, Encoder(options.build, options.weights))
    steps = np.abs(vectors).max(axis=1) / 127
    print(f"/* Made by bench/search_directions.py of {len(pairs):,} pairs; app/question.h says what it is. */")
    print('#include "app/question.h"\n')
    print("const float question_share[QUESTION_DIRECTIONS] = {" + ", ".join(f"{share:.4f}F" for share in shares) + "};\n")
    print("const float question_step[QUESTION_DIRECTIONS] = {" + ", ".join(f"{step:.6f}F" for step in steps) + "};\n")
    print("/* clang-format off */\nconst int8_t question_directions[QUESTION_DIRECTIONS][QUESTION_DIMENSIONS] = {")
    for vector, step in zip(vectors, steps):
        numbers = np.rint(vector / step).astype(int)
        print("    {")
        for at in range(0, len(numbers), COLUMNS):
            print("        " + " ".join(f"{number}," for number in numbers[at:at + COLUMNS]))
        print("    },")
    print("};\n/* clang-format on */")


if __name__ == "__main__":
    main()
