"""A server of the demo for the tests that only ask it."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import program as butaca_program  # noqa: E402


@pytest.fixture(scope="session")
def demo(program, demo_folder, tmp_path_factory):
    """One server of the demo for all tests that don't end it."""
    place = tmp_path_factory.mktemp("server")
    server = butaca_program.Server(program, shutil.copytree(demo_folder, place / "data"), place / "log")
    yield server
    server.kill()


@pytest.fixture(scope="session")
def film_id(demo):
    """film_id("Alien") of the demo."""
    return lambda title: demo.get(f"/api/v1/films?text={title.replace(' ', '+')}").json()["items"][0]["id"]
