"""Butaca's exact ALS beside implicit and cmfrec on one generated set, in one run on one machine.

    python bench/als_peers.py RATINGS_FOLDER [--rank 64] [--iterations 3] [--threads N] [--peers implicit,cmfrec]

RATINGS_FOLDER holds ratings.bt (butaca import). Every program trains implicit ALS with the same weights, 1 + alpha for a rating of
4 or more, and its time for an iteration is that of `iterations + 1` less that of one, over `iterations`. The peers have no interest,
no dislikes and another regularization, so Butaca runs here with --interest 0 --aversion 0; its iterations also compute the
objective. On a machine that does other things compare processor seconds. Install the peers' versions of
bench/requirements-als.txt; one that isn't installed is left out and named.
"""

import argparse
import json
import os
import struct
import subprocess
import tempfile
import time

import numpy as np
import scipy.sparse


def read_ratings(folder):
    """Users x films, 1 where the rating is 4 or more: docs/formats.md."""
    data = np.memmap(os.path.join(folder, "ratings.bt"), "u1", "r")
    head = data[: 64 + 48 * 32].tobytes()
    sections = {}
    for i in range(struct.unpack_from("<I", head, 20)[0]):
        name, offset, size = struct.unpack_from("<16sQQ", head, 64 + 48 * i)
        sections[name.rstrip(b"\0").decode()] = data[offset : offset + size]
    offsets, films = sections["user_offsets"].view("<u8"), sections["films"].view("<u4")
    likes = sections["half_stars"] >= 8
    ends = np.concatenate([[0], np.cumsum(likes)])[offsets]
    shape = len(offsets) - 1, len(sections["film_ids"].view("<u4"))
    return scipy.sparse.csr_matrix((np.ones(int(likes.sum()), np.float32), films[likes].astype(np.int32), ends), shape=shape)


def used():
    """Seconds on the clock, and of processors: those of this process and of children that have ended."""
    times = os.times()
    return np.array([time.monotonic(), times.user + times.system + times.children_user + times.children_system])


def per_iteration(train, iterations):
    begun = used()
    train(1)
    once = used() - begun
    begun = used()
    train(iterations + 1)
    return (used() - begun - once) / iterations


def butaca(folder, options):
    program = os.environ.get("BUTACA", "build/release/butaca")

    def train(iterations):
        with tempfile.TemporaryDirectory() as copy:
            for name in os.listdir(folder):
                if name.startswith(("ratings.bt", "butaca.db")):
                    os.link(os.path.join(folder, name), os.path.join(copy, name))
            subprocess.run([program, "train", "--data", copy, "--rank", str(options.rank), "--max-iter", str(iterations), "--interest",
                            "0", "--aversion", "0", "--threads", str(options.threads)], check=True, stdout=subprocess.DEVNULL)

    return per_iteration(train, options.iterations)


def implicit(matrix, options, **settings):
    from implicit.cpu.als import AlternatingLeastSquares

    def train(iterations):
        AlternatingLeastSquares(factors=options.rank, regularization=0.01, alpha=4.0, iterations=iterations, random_state=1,
                                num_threads=options.threads, calculate_training_loss=False, **settings).fit(matrix, show_progress=False)

    return per_iteration(train, options.iterations)


def cmfrec(matrix, options, use_cg):
    from cmfrec import CMF_implicit

    def train(iterations):
        CMF_implicit(k=options.rank, lambda_=1.0, alpha=4.0, niter=iterations, use_cg=use_cg, finalize_chol=False,
                     nthreads=options.threads, verbose=False).fit(matrix.tocoo())

    return per_iteration(train, options.iterations)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peers", default="implicit,cmfrec")
    options = parser.parse_args()
    
    matrix = read_ratings(options.folder)
    runs = {"butaca exact": lambda: butaca(options.folder, options)}
    if "implicit" in options.peers:
        runs["implicit conjugate gradient"] = lambda: implicit(matrix, options, use_cg=True)
        runs["implicit Cholesky"] = lambda: implicit(matrix, options, use_cg=False)
    if "cmfrec" in options.peers:
        runs["cmfrec conjugate gradient"] = lambda: cmfrec(matrix, options, True)
        runs["cmfrec Cholesky"] = lambda: cmfrec(matrix, options, False)
    for name, run in runs.items():
        try:
            seconds, processor = run()
        except ImportError as error:
            print(json.dumps({"what": name, "left_out": str(error)}), flush=True)
            continue
        print(json.dumps({"what": name, "likes": int(matrix.nnz), "rank": options.rank, "threads": options.threads,
                          "seconds_per_iteration": round(seconds, 3), "processor_seconds_per_iteration": round(processor, 3)}),
              flush=True)


if __name__ == "__main__":
    main()
