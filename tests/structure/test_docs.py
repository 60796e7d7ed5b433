"""The documentation: translations keep pace, named tests exist, links lead somewhere, and marked blocks run.

A block that opens with ```sh run is executed, the blocks of a page one after the other in one scratch copy of the project where
build/release/butaca is in place, stopping at the first command that fails.
"""

import os
import re
import shutil
import subprocess

import pytest
import tree
import unit

PAGES = tree.with_suffix(".md")
RUNNABLE = [path for path in PAGES if any(info.split()[1:2] == ["run"] for _, info, _ in tree.code_blocks(path))]


def test_translation_keeps_pace():
    english, spanish = tree.ROOT / "README.md", tree.ROOT / "README.es.md"
    if not english.exists():
        return
    assert spanish.exists(), "README.es.md is missing"
    assert tree.headings(spanish) == tree.headings(english), "README.es.md has other sections than README.md"
    ours, theirs = ([(info, text) for _, info, text in tree.code_blocks(page)] for page in (english, spanish))
    assert theirs == ours, "README.es.md has other code blocks than README.md"


def known_tests():
    names = {tree.name(path) for path in tree.files()}
    for source in unit.UNIT.rglob("*.c"):
        names.update(f"{tree.name(source)}::{test}" for test in unit.tests_in(source))
    for path in tree.with_suffix(".py"):
        names.update(f"{tree.name(path)}::{test}" for test in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    return names


@pytest.mark.parametrize("path", [path for path in PAGES if tree.top(path) in ("docs", "tests")], ids=tree.name)
def test_named_tests_exist(path):
    """`tests/unit/als/test_solve.c::rank_one` and the like, in backquotes."""
    known = known_tests()
    named = re.findall(r"`(tests/[\w/.-]+\.(?:c|py)(?:::\w+)?)`", path.read_text())
    assert [test for test in named if test not in known] == []


def test_mission_names_a_test_or_not_yet():
    mission = tree.ROOT / "docs" / "mission.md"
    if not mission.exists():
        return
    rows = [line for line in mission.read_text().splitlines() if line.startswith("|") and not set(line) <= set("|-: ")]
    assert len(rows) > 2
    assert [row for row in rows[1:] if "`tests/" not in row and "not yet" not in row.lower()] == []


@pytest.mark.parametrize("path", PAGES, ids=tree.name)
def test_links(path):
    """Links to files of the project lead to one."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)):
        if re.match(r"[a-z]+:|#", target):
            continue
        if not (path.parent / target.split("#")[0]).exists():
            broken.append(target)
    assert broken == []


@pytest.fixture
def scratch(tmp_path, build):
    """The project's files, copied, with the release program already built."""
    copy = tmp_path / "butaca"
    for path in tree.files():
        target = copy / tree.name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    release = copy / "build" / "release"
    release.mkdir(parents=True)
    for item in ("butaca", "demo-ratings", "include", "libbutaca.a", "libbutaca.so", "libbutaca.so.0", "butaca.pc"):
        made = build / item
        if made.is_dir():
            shutil.copytree(made, release / item)
        elif made.exists():
            shutil.copy2(made, release / item)
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("path", RUNNABLE, ids=tree.name)
def test_blocks_run(path, scratch, tmp_path):
    env = {key: value for key, value in os.environ.items() if not key.startswith("BUTACA_")}
    env.update(HOME=str(tmp_path), BUTACA_DATA=str(tmp_path / "data"), PATH=f"{scratch}/build/release:{env['PATH']}")
    for line, info, text in tree.code_blocks(path):
        if info.split()[1:2] != ["run"]:
            continue
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=scratch, env=env, capture_output=True, text=True,
                              timeout=300, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{tree.name(path)}:{line}\n{text}\n{done.stdout}{done.stderr}"
