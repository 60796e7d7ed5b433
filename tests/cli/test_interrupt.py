"""Ctrl-C: long work stops soon, says what holds, and leaves the state before it."""

import hashlib
import random
import signal
import subprocess
import time

import program as butaca_program
import pytest


def state(folder):
    """Every file of a data folder but the lock, as bytes."""
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock" and not path.name.startswith("butaca.db-")}


def start(program, *arguments):
    return subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=butaca_program.clean_environment())


def locked(folder, process):
    """Waits until the process writes into the folder."""
    lock = folder / "lock"
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if lock.exists() and lock.read_text().strip() == str(process.pid):
            return
        time.sleep(0.005)
    raise AssertionError(f"it never took the lock: {process.communicate()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_training_stops_and_leaves_the_model(program, butaca, own_folder, number):
    before = state(own_folder)
    process = start(program, "train", "--data", own_folder, "--max-iter", 10000, "--rank", 64)
    locked(own_folder, process)
    time.sleep(0.2)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == "" and "stopped" in err and "the one before" in err
    assert state(own_folder) == before
    assert butaca("doctor", "--data", own_folder, "--json").json()["ok"]


def test_a_training_that_was_cut_off_is_resumed(program, butaca, own_folder):
    options = ["--rank", 5, "--seed", 3]
    whole = butaca("train", "--data", own_folder, *options, "--max-iter", 400, "--json").json()["model"]
    assert "resumed" in butaca("train", "--data", own_folder, "--resume", rc=1).err
    process = start(program, "train", "--data", own_folder, *options, "--max-iter", 10000, "--checkpoint", 0)
    checkpoint = own_folder / "models" / "training.checkpoint"
    end = time.monotonic() + 30
    while not checkpoint.exists() and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    assert "--resume" in process.communicate(timeout=30)[1]
    assert "rank" in butaca("train", "--data", own_folder, "--resume", "--rank", 6, rc=2).err
    resumed = butaca("train", "--data", own_folder, "--resume", "--max-iter", 400, "--json").json()
    assert resumed["model"] == whole and len(resumed["losses"]) == 400
    assert not checkpoint.exists()
    warm = butaca("train", "--data", own_folder, "--warm-start", "--rank", 5, "--max-iter", 1, "--json").json()
    assert warm["loss"] <= 1.001 * resumed["loss"]
    assert "rank" in butaca("train", "--data", own_folder, "--warm-start", "--rank", 6, rc=1).err


def big_data(folder):
    """Enough ratings that an import takes a while."""
    folder.mkdir()
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "".join(f"{i},Film {i} (2000),Drama\n" for i in range(1, 5001)))
    draw = random.Random(1)
    with open(folder / "ratings.csv", "w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        for user in range(1, 20001):
            file.writelines(f"{user},{film},4.0,1000000000\n" for film in sorted(draw.sample(range(1, 5001), 60)))
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0000001,1001\n")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,1,long,1000000000\n")


def test_importing_stops_and_leaves_the_data(program, butaca, own_folder, once):
    data = once("big-data", big_data)
    listed = butaca("recommend", "--data", own_folder, "--user", 1, "--json").json()
    ratings = (own_folder / "ratings.bt").read_bytes()
    process = start(program, "import", "--data", own_folder, data)
    locked(own_folder, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, (out, err)
    assert "stopped" in err and "as it was" in err
    assert (own_folder / "ratings.bt").read_bytes() == ratings
    assert butaca("recommend", "--data", own_folder, "--user", 1, "--json").json() == listed
    assert butaca("doctor", "--data", own_folder, "--json").json()["ok"]


def test_a_killed_training_leaves_the_model(program, butaca, own_folder):
    before = butaca("model", "list", "--data", own_folder, "--json").json()
    process = start(program, "train", "--data", own_folder, "--max-iter", 10000, "--rank", 64)
    locked(own_folder, process)
    process.kill()
    process.communicate()
    assert butaca("model", "list", "--data", own_folder, "--json").json() == before
    butaca("train", "--data", own_folder, "--rank", 4)


def test_a_second_writer_is_told_who_writes(program, butaca, own_folder, small_data):
    process = start(program, "train", "--data", own_folder, "--max-iter", 10000, "--rank", 64)
    try:
        locked(own_folder, process)
        for line in (["import", small_data], ["train"], ["model", "activate", "0000"]):
            result = butaca(*line, "--data", own_folder, rc=1)
            assert str(process.pid) in result.err
        found = {f["what"]: f for f in butaca("doctor", "--data", own_folder, "--json", rc=1).json()["findings"]}
        assert not found["writer"]["ok"] and str(process.pid) in found["writer"]["mend"]
    finally:
        process.kill()
        process.communicate()
    assert butaca("doctor", "--data", own_folder, "--json").json()["ok"]
