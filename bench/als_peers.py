"""Butaca's exact ALS beside implicit, cmfrec and Spark MLlib: one generated set, one run, one judge of the loss.

    python bench/als_peers.py FOLDER [--ratings 2000000] [--rank 64] [--iterations 1,2,4,8] [--seconds 240] [--peers NAMES]

Every program minimizes the implicit objective with weights 1 + 4 for a rating (all ratings are likes) and the same lambda for each
row; Spark alone scales it by a row's ratings, so it gets the regParam with which all rows together have as much. Each is trained
from its own random start for each of `--iterations`, with all processors and in float32. The time of an iteration is the difference of
the longest and the shortest training, over their difference in iterations: what comes before and after isn't in it. The loss
of the films' factors is judged for all by `bench_peer loss`, in float64, for the users that are best for them.

No program begins a training that, by what it took so far, would take it beyond `--seconds`. Prints the tables of
docs/benchmarks.md. On a machine that does other things compare processor seconds.
"""

import argparse
import importlib.metadata
import os
import subprocess
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # implicit's and cmfrec's own threads do the work
import numpy as np
import scipy.sparse

ALPHA = 4.0  # as in bench_peer.c
SHAPE = {"users": 260000 / 22300000, "films": 55000 / 22300000}  # a rating, as bench_als has them


def tool(*arguments):
    """What bench_peer prints, as numbers."""
    run = subprocess.run([os.environ.get("BENCH_PEER", "build/release/bench/bench_peer"), *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return [float(word) for word in run.stdout.split()]


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(train, pid):
    begun, processor = time.monotonic(), processor_seconds(pid)
    model = train()
    return model, time.monotonic() - begun, processor_seconds(pid) - processor


class Set:
    def __init__(self, options):
        self.folder, self.rank, self.lam = options.folder, options.rank, options.regularization
        self.ratings, self.csv = os.path.join(options.folder, "ratings.bt"), os.path.join(options.folder, "ratings.csv")
        n_users, n_films = (max(int(options.ratings * share * (2 if name == "films" and options.ratings < 5000000 else 1)), 64) for name, share in SHAPE.items())
        os.makedirs(options.folder, exist_ok=True)
        tool("make", self.ratings, self.csv, options.ratings, n_users, n_films)
        pairs = np.loadtxt(self.csv, dtype=np.int32, delimiter=",")
        self.shape = int(pairs[:, 0].max()) + 1, int(pairs[:, 1].max()) + 1
        self.matrix = scipy.sparse.csr_matrix((np.ones(len(pairs), np.float32), (pairs[:, 0], pairs[:, 1])))

    def loss(self, factors):
        path = os.path.join(self.folder, "factors")
        np.ascontiguousarray(factors, np.float32).tofile(path)
        return tool("loss", self.ratings, path, self.rank, self.lam)[0]


# Each gives, for a number of iterations, the films' factors, the seconds of the training, and of processors.


def butaca(data):
    path = os.path.join(data.folder, "factors")

    def train(iterations):
        wall, processor = tool("train", data.ratings, path, data.rank, data.lam, iterations)
        return np.fromfile(path, np.float32).reshape(-1, data.rank), wall, processor

    return train


def implicit(data, use_cg):
    from implicit.cpu.als import AlternatingLeastSquares

    def train(iterations):
        # Its confidence is alpha times the value, without the one.
        model = AlternatingLeastSquares(factors=data.rank, regularization=data.lam, alpha=1 + ALPHA, iterations=iterations, use_cg=use_cg,
                                        random_state=1, num_threads=os.cpu_count(), calculate_training_loss=False)
        _, wall, processor = timed(lambda: model.fit(data.matrix, show_progress=False), "self")
        return model.item_factors, wall, processor

    return train


def cmfrec(data, use_cg):
    from cmfrec import CMF_implicit

    matrix = data.matrix.tocoo()

    def train(iterations):
        model = CMF_implicit(k=data.rank, lambda_=data.lam, alpha=ALPHA, niter=iterations, use_cg=use_cg, finalize_chol=False, use_float=True,
                             precompute_for_predictions=False, nthreads=os.cpu_count(), verbose=False)
        _, wall, processor = timed(lambda: model.fit(matrix), "self")
        return model.B_, wall, processor

    return train


def spark(data):
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (SparkSession.builder.master("local[*]").config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
               .config("spark.driver.memory", "10g").config("spark.ui.showConsoleProgress", "false").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate())
    ratings = session.read.csv(data.csv, schema="user int, film int").selectExpr("user", "film", "float(1) as rating").cache()
    ratings.count()
    reg_param = data.lam * sum(data.shape) / (2 * data.matrix.nnz)
    pid = session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()

    def train(iterations):
        als = ALS(rank=data.rank, maxIter=iterations, regParam=reg_param, implicitPrefs=True, alpha=ALPHA, userCol="user", itemCol="film",
                  ratingCol="rating", seed=1, checkpointInterval=-1)
        model, wall, processor = timed(lambda: als.fit(ratings), pid)
        factors = np.zeros((data.shape[1], data.rank), np.float32)
        for row in model.itemFactors.collect():
            factors[row.id] = row.features
        return factors, wall, processor

    train(1)  # the JVM compiles while it runs
    return train


PROGRAMS = {
    "Butaca, exact": (butaca, {}, None),
    "implicit, conjugate gradient": (implicit, {"use_cg": True}, "implicit"),
    "implicit, Cholesky": (implicit, {"use_cg": False}, "implicit"),
    "cmfrec, conjugate gradient": (cmfrec, {"use_cg": True}, "cmfrec"),
    "cmfrec, Cholesky": (cmfrec, {"use_cg": False}, "cmfrec"),
    "Spark MLlib": (spark, {}, "pyspark"),
}


def measure(data, train, iterations, seconds):
    """{iterations: (seconds, processor seconds, loss)}, as many as fit in the time."""
    trained = {}
    for n in iterations:
        if len(trained) > 0:
            last = max(trained)
            slope = trained[last][0] / last if len(trained) == 1 else slope_of(trained, 0)
            if sum(t[0] for t in trained.values()) + trained[last][0] + (n - last) * slope > seconds and len(trained) > 1:
                break
        factors, wall, processor = train(n)
        trained[n] = wall, processor, data.loss(factors)
    return trained


def slope_of(trained, what):
    first, last = min(trained), max(trained)
    return (trained[last][what] - trained[first][what]) / (last - first)


def print_tables(data, results, iterations):
    peak = subprocess.run(["build/release/bench/bench_kernels"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]
    print(f"\n{peak}\n{data.matrix.nnz:,} ratings of {data.shape[0]:,} people and {data.shape[1]:,} films, rank {data.rank}, lambda {data.lam:g}, {os.cpu_count()} cores\n")
    print("| | seconds an iteration | × | processor seconds | × |\n| --- | --- | --- | --- | --- |")
    base = [slope_of(results["Butaca, exact"], what) for what in (0, 1)]
    for name, trained in results.items():
        wall, processor = (slope_of(trained, what) for what in (0, 1))
        print(f"| {name} | {wall:.2f} | {wall / base[0]:.1f} | {processor:.2f} | {processor / base[1]:.1f} |")
    print("\nThe loss after so many seconds of iterations:\n")
    print("| | " + " | ".join(f"iteration {n}" for n in iterations) + " |\n| --- |" + " --- |" * len(iterations))
    for name, trained in results.items():
        cells = (f"{trained[n][2]:,.0f} ({n * slope_of(trained, 0):.1f} s)" if n in trained else "–" for n in iterations)
        print(f"| {name} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--ratings", type=int, default=2000000)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--regularization", type=float, default=1.0)
    parser.add_argument("--iterations", default="1,2,4,8")
    parser.add_argument("--seconds", type=float, default=240, help="for each program")
    parser.add_argument("--peers", default="implicit, conjugate gradient;cmfrec, conjugate gradient;Spark MLlib", help="separated by semicolons, or all")
    options = parser.parse_args()

    data = Set(options)
    iterations = [int(n) for n in options.iterations.split(",")]
    wanted = list(PROGRAMS) if options.peers == "all" else ["Butaca, exact", *options.peers.split(";")]
    results = {}
    for name in wanted:
        make, settings, package = PROGRAMS[name]
        label = name if package is None else f"{name} ({importlib.metadata.version(package)})"
        print(f"{label} …", file=sys.stderr, flush=True)
        results[label] = measure(data, make(data, **settings), iterations, options.seconds)
        print(f"{label}: {results[label]}", file=sys.stderr, flush=True)
    print_tables(data, results, iterations)


if __name__ == "__main__":
    main()
