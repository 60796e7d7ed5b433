"""Fuzz targets: their corpus replays cleanly, and each is shown to find a bug that was planted for it.

fuzz/fuzz_csv.c has its seeds in fuzz/corpus/csv. Built with FUZZ_PLANTED_BUG it holds one small bug that no seed triggers.
"""

import shutil
import subprocess

import pytest
import tree
import unit

TARGETS = sorted((tree.ROOT / "fuzz").glob("fuzz_*.c"))
RUNS = 2_000_000  # what libFuzzer gets for the planted bug; it needs far fewer
SHORT_RUNS = {"fuzz_import": 1000}  # of the short search, where one takes milliseconds


def corpus(target):
    return tree.ROOT / "fuzz" / "corpus" / target.stem.removeprefix("fuzz_")


@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_corpus_replays(target, tmp_path):
    program = tree.ROOT / "build" / "asan-ubsan" / "fuzz" / target.stem
    done = subprocess.run([program, corpus(target)], capture_output=True, text=True, timeout=120, env=unit.environment(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def fuzz(program, seeds, tmp_path, *options):
    work = tmp_path / "corpus"
    shutil.copytree(seeds, work)
    return subprocess.run([program, work, "-seed=1", "-timeout=10", f"-artifact_prefix={tmp_path}/", *options],
                          capture_output=True, text=True, timeout=280, cwd=tmp_path, env=unit.environment(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_finds_the_planted_bug(target, tmp_path):
    folder = tree.ROOT / "build" / "fuzz" / "fuzz"
    replay = subprocess.run([folder / f"{target.stem}_planted", *sorted(corpus(target).iterdir())], capture_output=True, text=True,
                            timeout=60, env=unit.environment(tmp_path))
    assert replay.returncode == 0, "a seed triggers the planted bug, so that finding it shows nothing"
    done = fuzz(folder / f"{target.stem}_planted", corpus(target), tmp_path, f"-runs={RUNS}")
    assert done.returncode != 0, f"{RUNS} runs did not find the planted bug\n{done.stderr[-2000:]}"
    assert "ERROR: " in done.stderr or "runtime error: " in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_a_short_search_finds_nothing(target, tmp_path):
    done = fuzz(tree.ROOT / "build" / "fuzz" / "fuzz" / target.stem, corpus(target), tmp_path, f"-runs={SHORT_RUNS.get(target.stem, 5000)}")
    assert done.returncode == 0, done.stderr[-4000:]
