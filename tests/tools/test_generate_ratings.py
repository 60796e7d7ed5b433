"""tools/generate_ratings.c: the same bytes for the same options, in the format of MovieLens, and skewed as the real ones are."""

import collections
import csv
import hashlib
import re
import subprocess

import pytest

ROWS = 20_000
# Of 20,000 rows, 4,000 films, seed 1. Benchmarks of different days compare only if these stay.
FROZEN = {
    "ratings.csv": "f8c997c1c7dffc7da86094ad1bbfbe0dd73cc021e8ababe7f4c83ea012d11e3a",
    "movies.csv": "7eca73fe72467d8857edb89a3450436b6fb914fb016ce147584864bca84dbb17",
    "links.csv": "edf016a196b4e5e8b4f9370e490989192776dd8632db3eefbe1cbb4bd1d3f799",
}


@pytest.fixture(scope="module")
def generate(build):
    def call(*arguments):
        return subprocess.run([build.resolve() / "generate-ratings", *map(str, arguments)], capture_output=True, text=True,
                              timeout=60)

    return call


@pytest.fixture(scope="module")
def generated(generate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated") / "out"
    done = generate(folder, "--rows", ROWS, "--films", 4000)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def read(path):
    """The rows of a file without its header, which is checked not to need another reader: LF, no quotes but in titles."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    assert "\r" not in text and text.endswith("\n")
    return list(csv.reader(text.splitlines()[1:]))


def test_the_bytes_are_frozen(generated):
    assert {path.name for path in generated.iterdir()} == set(FROZEN)
    for name, expected in FROZEN.items():
        assert hashlib.sha256((generated / name).read_bytes()).hexdigest() == expected, name


def test_the_seed_changes_them(generate, generated, tmp_path):
    assert generate(tmp_path, "--rows", ROWS, "--films", 4000, "--seed", 2).returncode == 0
    for name in ("ratings.csv", "movies.csv"):
        assert (tmp_path / name).read_bytes() != (generated / name).read_bytes()


def test_it_is_what_movielens_looks_like(generated):
    heads = {path.name: path.read_text(encoding="utf-8").split("\n", 1)[0] for path in generated.iterdir()}
    assert heads == {"ratings.csv": "userId,movieId,rating,timestamp", "movies.csv": "movieId,title,genres",
                     "links.csv": "movieId,imdbId,tmdbId"}
    films = [int(row[0]) for row in read(generated / "movies.csv")]
    assert films == [int(row[0]) for row in read(generated / "links.csv")] and len(films) == 4000
    assert films == sorted(set(films)) and films[-1] > 2 * len(films)
    assert all(re.search(r" \((19|20)\d\d\)$", row[1]) for row in read(generated / "movies.csv"))
    rows = read(generated / "ratings.csv")
    assert len(rows) == ROWS
    places = [(int(user), int(film)) for user, film, _, _ in rows]
    assert places == sorted(set(places)), "users in order, their films ascending, none twice"
    assert {user for user, _ in places} == set(range(1, places[-1][0] + 1))
    assert {film for _, film in places} <= set(films)
    assert {rating for _, _, rating, _ in rows} == {f"{half / 2:.1f}" for half in range(1, 11)}
    assert all(789652009 <= int(time) <= 1501829870 for _, _, _, time in rows)


def test_it_is_skewed(generated):
    rows = read(generated / "ratings.csv")
    of_user = sorted(collections.Counter(row[0] for row in rows).values())
    of_film = sorted(collections.Counter(row[1] for row in rows).values(), reverse=True)
    mean = len(rows) / len(of_user)
    assert of_user[0] >= 10 and of_user[len(of_user) // 2] < mean / 2 and of_user[-1] > 5 * mean
    assert sum(of_film[:40]) > len(rows) / 20 and of_film[2000] < 5  # 1 % of the films have more than 5 % of the ratings


def test_options(generate, tmp_path):
    assert generate(tmp_path / "few", "--rows", 1000, "--users", 7, "--films", 3000).returncode == 0
    assert {row[0] for row in read(tmp_path / "few" / "ratings.csv")} == set("1234567")
    assert len(read(tmp_path / "few" / "ratings.csv")) == 1000
    assert generate(tmp_path / "one", "--rows", 1, "--films", 2).returncode == 0
    assert len(read(tmp_path / "one" / "ratings.csv")) == 1
    # as dense as it gets: the largest profiles reach half of the films and leave the rest to others
    assert generate(tmp_path / "dense", "--rows", 5000, "--users", 100, "--films", 400).returncode == 0
    counts = collections.Counter(row[0] for row in read(tmp_path / "dense" / "ratings.csv"))
    assert sum(counts.values()) == 5000 and len(counts) == 100 and max(counts.values()) <= 200


@pytest.mark.parametrize("arguments, message", [
    ((), "OUTDIR is missing"),
    (("a", "b"), "one argument too many"),
    (("a", "--rows", "0"), "--rows is 0: expected a whole number from 1"),
    (("a", "--rows", "many"), "--rows is many: expected a whole number"),
    (("a", "--seed"), "--seed is missing"),
    (("a", "--fast", "1"), 'no option "--fast"'),
    (("a", "--rows", "1000", "--users", "2", "--films", "100"), "expected 1 to 13 rows a user"),
    (("a", "--rows", "10", "--users", "11"), "rows a user"),
])
def test_errors(generate, tmp_path, arguments, message):
    done = generate(*(tmp_path / a if a in "ab" else a for a in arguments))
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(generate, tmp_path):
    (tmp_path / "file").write_text("")
    done = generate(tmp_path / "file" / "out", "--rows", 100)
    assert done.returncode == 1 and "file" in done.stderr


def test_help_has_an_example(generate):
    done = generate("--help")
    assert done.returncode == 0 and "example: generate-ratings" in done.stdout


def test_it_can_be_imported_whole(generated, butaca, data_folder):
    summary = butaca("import", "--data", data_folder, generated, "--json").json()["imports"][0]
    assert summary["rejected"]["rows"] == 0
    assert summary["ratings"]["new"] == ROWS and summary["films"]["new"] == 4000
