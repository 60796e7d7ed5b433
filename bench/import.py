"""Importing beside polars, pandas and duckdb: one generated file, one machine, one run.

    bench/import.py [--rows 26024289] [--rounds 5] [--folder build/bench] [--peers polars,duckdb,…] [--json FILE]

tools/bench.sh installs the peers (bench/requirements-import.txt) and calls this. It generates ratings.csv
(tools/generate_ratings.c), reads it once so that it is in the page cache, and then, round after round, has each program read it in
a process of its own, in turn. A peer gets its best settings: types told in advance, all threads; its time is that of the call
alone, without starting Python. Butaca's time is to ratings.bt in the page cache, every check on; what syncing takes is shown
apart. Ratios are those of one round, and their median is printed; seconds are those of the best round. Processor seconds are of all
threads together: they hold on a machine that does other things, too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "release"
ROWS = 26024289

# --- peers -----------------------------------------------------------------------------------------------------------------


def polars(path):
    import polars

    types = {"userId": polars.UInt32, "movieId": polars.UInt32, "rating": polars.Float32, "timestamp": polars.Int64}
    return lambda: polars.read_csv(path, schema=types).height


def pandas_c(path):
    import pandas

    types = {"userId": "uint32", "movieId": "uint32", "rating": "float32", "timestamp": "int64"}
    return lambda: len(pandas.read_csv(path, dtype=types, engine="c"))


def pandas_pyarrow(path):
    import pandas

    types = {"userId": "uint32", "movieId": "uint32", "rating": "float32", "timestamp": "int64"}
    return lambda: len(pandas.read_csv(path, dtype=types, engine="pyarrow"))


def duckdb(path):
    import duckdb

    connection = duckdb.connect()
    types = "{'userId': 'UINTEGER', 'movieId': 'UINTEGER', 'rating': 'FLOAT', 'timestamp': 'BIGINT'}"
    sql = f"CREATE TABLE ratings AS SELECT * FROM read_csv('{path}', header = true, columns = {types})"

    def read():
        connection.execute(sql)
        return connection.execute("SELECT count(*) FROM ratings").fetchone()[0]

    return read


PEERS = {"polars": polars, "pandas-c": pandas_c, "pandas-pyarrow": pandas_pyarrow, "duckdb": duckdb}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_peer(name, path):
    """In a process of its own: one JSON line."""
    read = PEERS[name](path)
    begin, cpu = time.perf_counter(), processor_seconds()
    rows = read()
    print(json.dumps({"rows": rows, "total": time.perf_counter() - begin, "cpu": processor_seconds() - cpu,
                      "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


# --- measuring -------------------------------------------------------------------------------------------------------------


def call(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with exit code {done.returncode}")
    return json.loads(done.stdout)


def generated(folder, rows):
    data = folder / f"generated-{rows}"
    if not (data / "ratings.csv").exists():
        subprocess.run([BUILD / "generate-ratings", data, "--rows", str(rows)], check=True)
    for name in ("ratings.csv", "movies.csv"):  # into the page cache
        with open(data / name, "rb") as file:
            while file.read(1 << 24):
                pass
    return data


def measure(data, peers, rounds):
    """{program: [one dictionary a round]}"""
    times = {name: [] for name in ("butaca", *peers)}
    for number in range(rounds):
        times["butaca"].append(call(BUILD / "bench" / "bench_ratings", data))
        for name in peers:
            times[name].append(call(sys.executable, __file__, "--peer", name, "--path", data / "ratings.csv"))
        print(f"  round {number + 1} of {rounds}: "
              + ", ".join(f"{name} {runs[-1]['total']:.2f} s" for name, runs in times.items()), flush=True)
    return times


def best(runs, key):
    return min(run[key] for run in runs)


def table(times):
    print(f"\n  {'':16} {'s':>7} {'x butaca':>9} {'cpu s':>7} {'x butaca':>9} {'peak MiB':>9}")
    for name, runs in times.items():
        ratio = {key: statistics.median(run[key] / own[key] for run, own in zip(runs, times["butaca"])) for key in ("total", "cpu")}
        print(f"  {name:16} {best(runs, 'total'):7.2f} {ratio['total']:9.2f} {best(runs, 'cpu'):7.2f} {ratio['cpu']:9.2f}"
              f" {best(runs, 'peak_kib') / 1024:9.0f}")
    own = times["butaca"]
    print("  butaca's parts: " + ", ".join(f"{part} {best(own, part):.2f} s" for part in ("read", "sort", "write", "sync")),
          "(sync not in the sum)")


def line(folder, rows, rounds):
    """Cost against rows, up to `rows`, and how far it is from a line."""
    print("\nCost against rows (Butaca):")
    print(f"  {'rows':>10} {'MB':>6} {'ms':>8} {'ns a row':>9} {'cpu ns a row':>13} {'bytes a row':>12}")
    points = []
    for n in sorted({min(n, rows) for n in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, ROWS)}):
        data = generated(folder, n)
        runs = [call(BUILD / "bench" / "bench_ratings", data) for _ in range(rounds)]
        total, cpu = best(runs, "total"), best(runs, "cpu")
        peak = best(runs, "peak_kib") * 1024
        print(f"  {n:10} {runs[0]['bytes'] / 1e6:6.0f} {total * 1e3:8.1f} {total / n * 1e9:9.1f} {cpu / n * 1e9:13.1f} {peak / n:12.1f}",
              flush=True)
        points.append({"rows": n, "total": total, "cpu": cpu, "peak": peak})
    if len(points) > 2:
        for key in ("total", "cpu"):
            fit(points, key)
    return points


def fit(points, key):
    """The line with the least squared relative errors, through all points."""
    weights = [1 / point[key] ** 2 for point in points]
    mean_rows, mean = (sum(w * point[of] for w, point in zip(weights, points)) / sum(weights) for of in ("rows", key))
    slope = (sum(w * (point["rows"] - mean_rows) * (point[key] - mean) for w, point in zip(weights, points))
             / sum(w * (point["rows"] - mean_rows) ** 2 for w, point in zip(weights, points)))
    start = mean - slope * mean_rows
    furthest = max(abs(start + slope * point["rows"] - point[key]) / point[key] for point in points)
    print(f"  {key}: {start * 1e3:.1f} ms + {slope * 1e9:.1f} ns a row; no point is further from it than {100 * furthest:.0f} %")


def whole(folder, data):
    """`butaca import` into a new folder: films, ratings, and the disk's part."""
    target = folder / "imported"
    subprocess.run(["rm", "-rf", target], check=True)
    summary = call(BUILD / "butaca", "import", "--data", target, data, "--json")["imports"][0]
    subprocess.run(["rm", "-rf", target], check=True)
    return summary


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return run_peer(options.peer, options.path)

    options.folder.mkdir(parents=True, exist_ok=True)
    peers = [name for name in options.peers.split(",") if name]
    peak = call(BUILD / "bench" / "bench_peak")
    print(f"Memory, GB/s: reading {peak['read_one']} on one thread, {peak['read_all']} on {peak['threads']};"
          f" copying {peak['copy_one']} and {peak['copy_all']}")
    data = generated(options.folder, options.rows)
    size = (data / "ratings.csv").stat().st_size
    print(f"\nratings.csv, {options.rows} rows, {size / 1e6:.0f} MB, in the page cache:", flush=True)
    times = measure(data, peers, options.rounds)
    wrong = {name: runs[0]["rows"] for name, runs in times.items() if runs[0]["rows"] != options.rows}
    if wrong:
        sys.exit(f"not all rows were read: {wrong}")
    table(times)
    points = line(options.folder, options.rows, options.rounds)

    catalogue = [call(BUILD / "bench" / "bench_catalogue", options.folder) for _ in range(options.rounds)]
    print(f"\nA catalogue of {catalogue[0]['films']} films with all columns: {best(catalogue, 'wall'):.2f} s,"
          f" cpu {best(catalogue, 'cpu'):.2f} s, peak {best(catalogue, 'peak_kib') / 1024:.0f} MiB")
    print("  its lists, ms: " + ", ".join(f"{name} {min(run['lists'][name] for run in catalogue):.1f}" for name in catalogue[0]["lists"]))
    imported = whole(options.folder, data)
    print(f"`butaca import` of all of it, {imported['films']['new']} films with title, genres and ids, syncs included:"
          f" {imported['seconds']:.1f} s")
    if options.json:
        options.json.write_text(json.dumps({"peak": peak, "times": times, "line": points, "catalogue": catalogue,
                                            "import": imported}, indent=1))
    return None


if __name__ == "__main__":
    main()
