"""`make run` from outside: the steps once, the address, ports that are taken, and nothing done twice."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import program as butaca_program
import pytest
import small_movielens

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ratings(tmp_path_factory, root):
    """A small data set; what `make run` makes of it under build/ is removed afterwards."""
    folder = tmp_path_factory.mktemp("make run") / f"small-{os.getpid()}"
    small_movielens.write(folder)
    yield folder
    for made in (root / "build").glob(f"data-{folder.name}-*"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()


def make_run(root, log, **variables):
    env = butaca_program.clean_environment(**{key: str(value) for key, value in variables.items()})
    with open(log, "wb") as output:
        return subprocess.Popen(["make", "--no-print-directory", "run"], cwd=root, stdout=output, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, env=env, start_new_session=True)


def run_until_ready(root, log, patience=240, **variables):
    """Starts it, waits for its closing lines, reads the page, stops it as Ctrl-C does; returns its output."""
    process = make_run(root, log, **variables)
    try:
        end = time.monotonic() + patience
        while "Ctrl-C" not in log.read_text() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        output = log.read_text()
        assert "Butaca is at" in output, output
        address = output.split("Butaca is at")[1].split()[0]
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"<html" in page.read()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
    return output


def test_your_ratings(root, ratings, tmp_path):
    port = butaca_program.free_port()
    first = run_until_ready(root, tmp_path / "first.log", DATA=ratings, PORT=port)
    assert f"http://127.0.0.1:{port}/" in first
    steps = [line for line in first.splitlines() if line.startswith("· ")]
    assert [step.split()[1] for step in steps] == ["looking", "building", "importing", "training"]
    assert first.count("done in ") == len(steps)

    again = run_until_ready(root, tmp_path / "again.log", DATA=ratings, PORT=port)
    assert "importing" not in again and "training" not in again

    with open(ratings / "ratings.csv", "a", encoding="utf-8") as file:
        file.write("1,10,0.5,1200000000\n")
    assert "importing" in run_until_ready(root, tmp_path / "changed.log", DATA=ratings, PORT=port)


def test_the_demo_is_the_default(root, tmp_path):
    output = run_until_ready(root, tmp_path / "demo.log")
    assert (root / "build" / "demo").is_dir()
    assert "http://127.0.0.1:42" in output or "http://127.0.0.1:43" in output


def test_a_taken_port(root, ratings, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = make_run(root, tmp_path / "taken.log", DATA=ratings, PORT=port)
        assert process.wait(60) != 0
        assert f"port {port} of 127.0.0.1 is taken" in (tmp_path / "taken.log").read_text()


def test_the_next_free_port(root, tmp_path):
    """4242 is held by this test or by somebody else: either way it is taken, and another one is named."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 4242))
            other.listen()
        except OSError:
            pass
        output = run_until_ready(root, tmp_path / "next.log")
    assert "Port 4242 is taken; this one listens on " in output


@pytest.mark.parametrize("variables, words", [({"PORT": "no"}, "is no port"), ({"DATA": "/no/such/folder"}, "no such folder")])
def test_bad_wishes(root, tmp_path, variables, words):
    process = make_run(root, tmp_path / "bad.log", **variables)
    assert process.wait(60) != 0
    assert words in (tmp_path / "bad.log").read_text()


def test_set_up_leaves_a_complete_machine_alone(root, tmp_path):
    """With everything in place neither apt-get nor sudo is called: it works offline."""
    for command in ("apt-get", "sudo"):
        trap = tmp_path / command
        trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/called'\nexit 1\n")
        trap.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["tools/setup.sh", "run"], cwd=root, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "called").exists()
