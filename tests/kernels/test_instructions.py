"""How many instructions a kernel takes, counted by callgrind: what a clock on a busy machine can't tell, a count can. A kernel that loses
its registers, its unrolled loop or its vectors takes many more.

The program is bench/bench_kernels.c, in release: rank 64, a panel of 64 rows. Counts are those of Debian 12's gcc; a few percent
come and go with its patches. A kernel that takes far fewer gets its new count written here.
"""

import platform
import subprocess
from pathlib import Path

import pytest

TOLERANCE = 0.08
COUNTS = {  # of x86-64
    "scalar": {"dot": 267, "axpy": 277, "add_squares": 686443, "scores": 131627, "gather": 62715, "gather_columns": 47109,
               "project": 16839, "subtract_rows": 23803, "multiply": 638275, "gram": 957355, "gram64": 678447, "cholesky": 200133,
               "substitute": 17028, "subtract_product": 25117},
    "avx2": {"dot": 123, "axpy": 143, "add_squares": 132103, "scores": 57899, "gather": 2910, "gather_columns": 6484, "project": 2383,
             "subtract_rows": 1034, "multiply": 70824, "gram": 45512, "gram64": 104378, "cholesky": 39582,
             "substitute": 2437, "subtract_product": 7048},
}


def count(program, table, folder):
    """{kernel: instructions}: callgrind writes a file each time that it leaves the function `counted`."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts", "--toggle-collect=counted",
         "--dump-after=counted", program, table, "--count"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    totals = {}
    for number, name in enumerate(done.stdout.split(), start=1):
        lines = (folder / f"counts.{number}").read_text().splitlines()
        totals[name] = next(int(line.split()[1]) for line in lines if line.startswith("totals:"))
    return totals


HERE = [table for table in COUNTS if platform.machine() == "x86_64" and
        (table == "scalar" or f" {table}" in Path("/proc/cpuinfo").read_text())]


@pytest.mark.parametrize("table", HERE or ["scalar"])
def test_kernels_take_no_more_instructions(build, table, tmp_path):
    if not HERE:
        return  # other architectures are counted when somebody needs it
    expected, totals = COUNTS[table], count((build / "bench" / "bench_kernels").resolve(), table, tmp_path)
    assert totals.keys() == expected.keys()
    off = {name: f"{n}, expected {expected[name]} +- {TOLERANCE:.0%}" for name, n in totals.items()
           if abs(n - expected[name]) > TOLERANCE * expected[name]}
    assert not off
