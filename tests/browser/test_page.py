"""The page in a real Chromium: each scenario of scenarios.js against a server of the demo or of ml-latest-small."""

import itertools
import re
import subprocess
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REAL = ["realAlien", "realPicture"]
DEMO = ["likeDislikeUndo", "firstQuestions", "threeMarksOneFilm", "marksPanel", "marksOfAnotherCatalogue", "twoTabs", "filters", "plotOfAFilm",
        "dialAndMute", "keyboardOnly", "languages", "themes", "phone", "faults", "about", "reducedMotion"]
LOOKS = [*itertools.product(("desktop", "phone"), ("light", "dark"), ("en", "es"))]
VIEWS = ["-".join(("views", *parts)) for parts in LOOKS]
ADMIN = ["admin", *("-".join(("admin", *parts)) for parts in LOOKS)]

pytestmark = pytest.mark.slow


def play(node, root, scenario, url):
    program, environment, browser = node
    shots = root / "build" / "screenshots"
    done = subprocess.run([program, HERE / "scenarios.js", scenario, browser, url, shots], env=environment, capture_output=True,
                          text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_scenario_is_played(node):
    program, environment, _ = node
    listed = subprocess.run([program, "-p", "require('./scenarios.js').names.join(' ')"], cwd=HERE, env=environment,
                            capture_output=True, text=True, check=True).stdout.split()
    assert sorted(listed) == sorted(REAL + DEMO + VIEWS + ADMIN)


@pytest.mark.parametrize("scenario", DEMO + VIEWS)
def test_demo(node, root, server, demo_folder, scenario):
    play(node, root, scenario, server(demo_folder).url)


@pytest.mark.parametrize("scenario", REAL)
def test_movielens(node, root, server, movielens_folder, scenario):
    play(node, root, scenario, server(movielens_folder).url)


@pytest.mark.parametrize("scenario", ADMIN)
def test_administrators(node, root, server, demo_folder, scenario):
    running = server(demo_folder)
    for _ in range(3000):  # it answers before it says so
        if link := re.search(r"http://\S+/admin#\S+", running.output()):
            break
        time.sleep(0.02)
    play(node, root, scenario, link.group(0))
