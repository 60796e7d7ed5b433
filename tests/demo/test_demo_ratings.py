"""The simulated ratings: the same bytes everywhere, well formed, with tastes in them, and clear errors of their generator.

The generator is found in the build folder that BUTACA_BUILD names (default build/release). Standard library and pytest alone.
"""

import collections
import csv
import hashlib
import re
import subprocess

import demo
import pytest
from demo import films

# The generator was frozen before the first model was trained on its ratings: these change only with the catalogue.
FROZEN = {
    "ratings.csv": "3e59bf7219f3d668c044ff957868692bc0f2587f83e39b6654c0501ec156c70e",
    "held-out.csv": "cb5e893db60c9a96baa56fd65d4c1811be5e78452ed5f42ebaa65f6288910173",
}


@pytest.fixture(scope="module")
def generator(build):
    path = build.resolve() / "demo-ratings"
    assert path.is_file(), f"{path} is not built"
    return path


def run(generator, *arguments):
    return subprocess.run([generator, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def generate(generator, folder, *options):
    done = run(generator, demo.FILMS, folder, *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def read_ratings(path):
    with open(path, encoding="utf-8", newline="") as file:
        assert file.readline() == "userId,movieId,rating,timestamp\n"
        return [(int(u), int(m), float(r), int(t)) for u, m, r, t in csv.reader(file)]


@pytest.fixture(scope="module")
def simulated(generator, tmp_path_factory):
    return generate(generator, tmp_path_factory.mktemp("demo") / "out")


def test_default_seed_gives_the_frozen_bytes(simulated):
    assert {p.name for p in simulated.iterdir()} == {*FROZEN, "films.jsonl"}
    assert (simulated / "films.jsonl").read_bytes() == demo.FILMS.read_bytes()
    for name, expected in FROZEN.items():
        assert hashlib.sha256((simulated / name).read_bytes()).hexdigest() == expected, name


def test_seed_changes_the_ratings_and_more_users_do_not(generator, simulated, tmp_path):
    other = generate(generator, tmp_path / "seed", "--seed", 2)
    assert (other / "ratings.csv").read_bytes() != (simulated / "ratings.csv").read_bytes()
    fewer = generate(generator, tmp_path / "fewer", "--users", 50, "--held-out", 7)
    few, all_ = read_ratings(fewer / "ratings.csv"), read_ratings(simulated / "ratings.csv")
    assert few == all_[: len(few)] and {r[0] for r in few} == set(range(1, 51))
    held = read_ratings(fewer / "held-out.csv")
    assert held == [r for r in all_ if 51 <= r[0] <= 57]


def test_ratings_are_well_formed(simulated):
    ids = {f["id"] for f in films()}
    for name, users in (("ratings.csv", range(1, 2001)), ("held-out.csv", range(2001, 2401))):
        ratings = read_ratings(simulated / name)
        assert [r[0] for r in ratings] == sorted(r[0] for r in ratings)
        of_user = collections.defaultdict(list)
        for user, film, rating, time in ratings:
            assert film in ids and 0.5 <= rating <= 5 and (2 * rating).is_integer()
            of_user[user].append((time, film))
        assert set(of_user) == set(users)
        for rows in of_user.values():
            assert 20 <= len(rows) <= 60 and len({film for _, film in rows}) == len(rows)
            assert rows == sorted(rows)


def test_tastes_differ(simulated):
    """Popularity knows little: no film is liked by nearly everyone, and who likes Alien likes Aliens far more than others do."""
    liked = collections.defaultdict(set)
    for user, film, rating, _ in read_ratings(simulated / "ratings.csv"):
        if rating >= 4:
            liked[film].add(user)
    assert all(20 <= len(users) <= 300 for users in liked.values()) and len(liked) == 500
    title = {f["title"]: f["id"] for f in films()}
    for one, two in (("Alien", "Aliens"), ("High Noon", "Once Upon a Time in the West"), ("Spirited Away", "My Neighbor Totoro")):
        a, b = liked[title[one]], liked[title[two]]
        assert len(a & b) / len(a) >= 1.5 * len(b) / 2000, (one, two)


def test_clear_errors(generator, tmp_path):
    out = tmp_path / "out"
    cases = [
        ((), 2, "FILMS.jsonl is missing"),
        ((demo.FILMS,), 2, "OUTDIR is missing"),
        ((demo.FILMS, out, out), 2, "one argument too many"),
        ((demo.FILMS, out, "--users", "many"), 2, '--users needs a whole number from 0 to 1000000, not "many"'),
        ((demo.FILMS, out, "--seed"), 2, "--seed needs a whole number"),
        ((demo.FILMS, out, "--fast"), 2, 'no option "--fast"'),
        ((tmp_path / "none.jsonl", out), 1, "none.jsonl: No such file"),
    ]
    lines = demo.FILMS.read_text(encoding="utf-8").splitlines()
    broken = {
        "json": ("{", ":3: not JSON"),
        "id": (lines[2].replace('"id": 3', '"id": 2'), ":3: `id` 2 is already that of film 2"),
        "year": (lines[2].replace('"year": 1982', '"year": "1982"'), ":3: `year` must be"),
        "genres": (re.sub(r'"genres": \[.*?\]', '"genres": []', lines[2]), ":3: `genres` must be"),
    }
    for name, (line, message) in broken.items():
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join([*lines[:2], line, *lines[3:]]), encoding="utf-8")
        cases.append(((path, out), 1, message))
    short = tmp_path / "short.jsonl"
    short.write_text("\n".join(lines[:59]), encoding="utf-8")
    cases.append(((short, out), 1, "59 films, expected at least 60"))
    for arguments, code, message in cases:
        done = run(generator, *arguments)
        assert done.returncode == code and message in done.stderr and done.stdout == "", (arguments, done)
        assert not out.exists()


def test_help_has_an_example(generator):
    done = run(generator, "--help")
    assert done.returncode == 0 and "example: demo-ratings" in done.stdout
