"""Kaggle's The Movies Dataset: a test for each defect that tools/generate_movies_dataset.py reproduces, and all of them at once."""

import csv
import importlib.util
import sqlite3
import subprocess
import sys

import pytest
import tree

spec = importlib.util.spec_from_file_location("generate_movies_dataset", tree.ROOT / "tools" / "generate_movies_dataset.py")
generator = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generator)

N_FILMS, N_RATINGS = 60, 1500


class Imported:
    """A generated set with these defects, imported; what the catalogue then has."""

    def __init__(self, butaca, tmp_path, *defects):
        self.source, self.data = tmp_path / "the-movies-dataset", tmp_path / "data"
        self.films = generator.generate(self.source, N_FILMS, N_RATINGS, 1, defects)
        self.summary = butaca("import", "--data", self.data, self.source, "--json").json()["imports"][0]
        self.database = sqlite3.connect(self.data / "butaca.db")
        self.defects = defects

    def film(self, defect=None):
        return generator.film_of(defect or self.defects[0], self.films)

    def stored(self, film):
        """The catalogue's row of a film, by its id at TMDB: a dict with the lists cut."""
        self.database.row_factory = sqlite3.Row
        row = self.database.execute(
            "SELECT film.*, film_list.*, (SELECT overview FROM film_text t WHERE t.film_id = film.id) AS overview,"
            " (SELECT group_concat(name, '|') FROM (SELECT name FROM film_genre JOIN genre ON genre.id = genre_id"
            " WHERE film_genre.film_id = film.id ORDER BY position)) AS genres"
            " FROM film_id JOIN film ON film.id = film_id.film_id JOIN film_list ON film_list.film_id = film.id"
            " WHERE source = 'tmdb' AND value = ?", (str(film.tmdb),)).fetchone()
        return dict(row) if row else None

    def id_of(self, source, value):
        found = self.database.execute("SELECT film_id FROM film_id WHERE source = ? AND value = ?", (source, value)).fetchone()
        return found and found[0]

    def reasons(self):
        return self.summary["rejected"]["reasons"]


@pytest.fixture
def imported(butaca, tmp_path):
    return lambda *defects: Imported(butaca, tmp_path, *defects)


def names(joined):
    return joined.split("\x1f") if joined else []


def test_a_set_without_defects_comes_in_whole(imported):
    got = imported()
    assert got.summary["source"] == "the-movies-dataset"
    assert got.summary["films"] == {"read": N_FILMS, "new": N_FILMS, "joined": 0}
    assert got.summary["ratings"]["new"] == N_RATINGS
    assert got.summary["rejected"]["rows"] == 0
    for film in got.films:
        stored = got.stored(film)
        assert stored["title"] == film.row["title"]
        assert stored["original_title"] == (None if film.row["original_title"] == stored["title"] else film.row["original_title"])
        assert stored["year"] == int(film.row["release_date"][:4])
        assert stored["runtime"] == int(float(film.row["runtime"]))
        assert stored["overview"] == film.row["overview"]
        assert stored["genres"] == "|".join(genre["name"] for genre in eval(film.row["genres"]))
        assert stored["poster"] == "https://image.tmdb.org/t/p/w500" + film.row["poster_path"]
        assert names(stored["actors"]) == [actor["name"] for actor in film.cast][:10]
        assert names(stored["directors"]) == [film.crew[0]["name"]]
        assert names(stored["writers"]) == [film.crew[1]["name"], film.crew[2]["name"]]
        assert names(stored["themes"]) == list(dict.fromkeys(keyword["name"] for keyword in film.keywords))
        assert names(stored["countries"]) == [country["iso_3166_1"] for country in eval(film.row["production_countries"])]
        assert names(stored["languages"]) == [film.row["original_language"]]
        own = got.id_of("tmdb", str(film.tmdb))
        assert own == got.id_of("imdb", f"{film.imdb:07d}") == got.id_of("movielens", str(film.movie))


def test_literals(imported):
    got = imported("literals")
    stored = got.stored(got.film())
    assert got.summary["rejected"]["rows"] == 0
    assert names(stored["directors"]) == ["Conan O'Brien"]
    assert names(stored["actors"])[:2] == ["The \"Rock\" O'Neil \\ Ñandú", "Bell  and \u200btab "]
    assert stored["genres"] == "Children's|Comédie"


def test_breaks(imported):
    got = imported("breaks")
    assert got.stored(got.film())["overview"] == "First line.\n\nThird line, \"quoted\".\r\nLast line."
    assert got.summary["rejected"]["rows"] == 0


@pytest.mark.parametrize("defect, between", [("torn", "\n"), ("torn-return", " ")])
def test_torn(imported, defect, between):
    """Put together again: nothing is refused, and every column is the film's own."""
    got = imported(defect)
    film, stored = got.film(), got.stored(got.film())
    assert got.summary["rejected"]["rows"] == 0
    assert got.summary["films"]["new"] == N_FILMS
    assert stored["overview"] == f"A text of two lines{between} - Written by Nobody"
    assert (stored["title"], stored["year"]) == (film.row["title"], int(film.row["release_date"][:4]))
    assert names(stored["actors"]) == [actor["name"] for actor in film.cast][:10]


def test_shifted(imported):
    """A half alone is refused with its line; the films before and after it are whole."""
    got = imported("shifted")
    assert got.reasons() == {"wrong number of columns": 1}
    assert got.summary["films"]["new"] == N_FILMS
    with open(got.summary["rejected"]["file"], newline="") as file:
        rejected = list(csv.DictReader(file))
    assert rejected[0]["row"].startswith("A line of nothing,")
    lines = (got.source / "movies_metadata.csv").read_text().splitlines()
    assert lines[int(rejected[0]["line"]) - 1].startswith("A line of nothing,")


def test_duplicate(imported):
    got = imported("duplicate")
    assert got.reasons() == {"film id stands twice in this file": 1}
    assert got.stored(got.film())["title"] == got.film().row["title"]


def test_duplicate_credits(imported):
    got = imported("duplicate-credits")
    assert got.reasons() == {"film id stands twice in this file": 1}
    assert names(got.stored(got.film())["directors"]) == [got.film().crew[0]["name"]]


def test_no_tmdb(imported):
    """Joined by the id at IMDb: no rating is lost."""
    got = imported("no-tmdb")
    film = got.film()
    assert got.id_of("movielens", str(film.movie)) == got.id_of("tmdb", str(film.tmdb)) is not None
    assert got.summary["ratings"]["new"] == N_RATINGS


def test_no_metadata(imported, butaca):
    """Ratings of a film that nobody describes are refused, unless the catalogue knows the film from MovieLens."""
    got = imported("no-metadata")
    film = got.film()
    with open(got.source / "ratings.csv", newline="") as file:
        lost = sum(row["movieId"] == str(film.movie) for row in csv.DictReader(file))
    assert got.reasons() == {"its film is in no film file": lost} and lost > 0
    movies = got.source.parent / "movies.csv"
    movies.write_text(f"movieId,title,genres\n{film.movie},A Film of MovieLens (1990),Drama\n")
    butaca("import", "--data", got.data, movies)
    again = butaca("import", "--data", got.data, got.source, "--json").json()["imports"][0]
    assert again["ratings"]["new"] == lost and again["rejected"]["rows"] == 0


def test_two_movies(imported):
    """Both MovieLens ids lead to the film; a person's ratings of both are ratings of one film."""
    got = imported("two-movies")
    film = got.film()
    assert got.id_of("movielens", str(film.movie)) == got.id_of("movielens", str(film.movie + 10**6)) is not None
    ratings = got.summary["ratings"]
    assert ratings["new"] + ratings["superseded"] + ratings["same"] == N_RATINGS
    assert got.summary["rejected"]["rows"] == 0


def test_no_date(imported):
    got = imported("no-date")
    assert got.stored(got.film())["year"] == 0 and got.summary["rejected"]["rows"] == 0


def test_no_overview(imported):
    got = imported("no-overview")
    assert got.stored(got.film())["overview"] is None and got.summary["rejected"]["rows"] == 0


def test_no_title(imported):
    got = imported("no-title")
    assert got.stored(got.film()) is None
    assert got.reasons()["film without a title"] == 1


def test_zeros(imported):
    got = imported("zeros")
    film = got.film()
    assert got.stored(film)["runtime"] == 0
    assert got.id_of("imdb", "0") is None and got.id_of("imdb", "0000000") is None
    assert got.id_of("movielens", str(film.movie)) is not None


def test_floats(imported):
    got = imported("floats")
    film = got.film()
    assert got.id_of("movielens", str(film.movie)) == got.id_of("tmdb", str(film.tmdb)) is not None
    assert got.summary["rejected"]["rows"] == 0


def test_empty_lists(imported):
    got = imported("empty-lists")
    stored = got.stored(got.film())
    assert [stored[column] for column in ("genres", "actors", "directors", "writers", "themes", "countries")] == [None] * 6
    assert got.summary["rejected"]["rows"] == 0


def test_no_literal(imported):
    """The row of people is refused; the film stays."""
    got = imported("no-literal")
    stored = got.stored(got.film())
    assert got.reasons() == {"not a Python literal": 1}
    assert stored["title"] == got.film().row["title"] and stored["actors"] is None


def test_files_of_other_names(butaca, tmp_path):
    """They are known by their columns."""
    source = tmp_path / "set"
    generator.generate(source, N_FILMS, N_RATINGS, 1, [])
    for path in list(source.iterdir()):
        path.rename(source / f"kaggle-{path.name}")
    got = butaca("import", "--data", tmp_path / "data", source, "--json").json()["imports"][0]
    assert got["source"] == "the-movies-dataset" and got["rejected"]["rows"] == 0
    assert got["films"]["new"] == N_FILMS and got["ratings"]["new"] == N_RATINGS
    database = sqlite3.connect(tmp_path / "data" / "butaca.db")
    assert database.execute("SELECT count(*) FROM film_list WHERE actors != ''").fetchone()[0] == N_FILMS
    assert database.execute("SELECT count(*) FROM film_list WHERE themes != ''").fetchone()[0] > N_FILMS / 2


def test_every_defect_has_a_test():
    written = (tree.ROOT / "tests" / "import" / "test_movies_dataset.py").read_text()
    assert [d for d in generator.DEFECTS if f'imported("{d}"' not in written and f'("{d}", ' not in written] == []


def test_all_defects_at_once_and_twice(butaca, tmp_path):
    got = Imported(butaca, tmp_path, *generator.DEFECTS)
    assert got.summary["films"]["new"] == N_FILMS - 2  # without metadata, without a title
    before = (got.data / "ratings.bt").read_bytes()
    again = butaca("import", "--data", got.data, got.source, "--json").json()["imports"][0]
    assert (again["films"]["new"], again["ratings"]["new"]) == (0, 0)
    assert again["rejected"]["reasons"] == got.reasons()
    assert (got.data / "ratings.bt").read_bytes() == before


def test_the_films_meet_those_of_movielens(butaca, tmp_path):
    """Imported after MovieLens, the metadata goes to the films that are there."""
    got = Imported(butaca, tmp_path)
    own, movielens = tmp_path / "own", tmp_path / "movielens"
    movielens.mkdir()
    (movielens / "movies.csv").write_text("movieId,title,genres\n" + "".join(f"{f.movie},Film {f.movie} (1999),Drama\n" for f in got.films))
    for name in ("links.csv", "ratings.csv"):
        (movielens / name).write_bytes((got.source / name).read_bytes())
    butaca("import", "--data", own, movielens)
    second = butaca("import", "--data", own, got.source, "--json").json()["imports"][0]
    assert second["films"] == {"read": N_FILMS, "new": 0, "joined": N_FILMS}
    assert second["folder"]["films"] == N_FILMS


def test_the_generator_gives_the_same_bytes(tmp_path):
    tool = tree.ROOT / "tools" / "generate_movies_dataset.py"
    for folder in ("a", "b"):
        subprocess.run([sys.executable, tool, tmp_path / folder, "--films", "50", "--ratings", "300"], check=True, timeout=60)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["credits.csv", "keywords.csv", "links.csv", "movies_metadata.csv", "ratings.csv"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
