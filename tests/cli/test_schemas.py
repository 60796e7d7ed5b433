"""Databases of earlier schemas: whoever opens one upgrades it, and all its data is there. schemas/NAME-N.sql is one of version N as SQL,
with a row at least in each table."""

import sqlite3
from pathlib import Path

import pytest

SCHEMAS = Path(__file__).parent / "schemas"


def make(sql, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.executescript(sql.read_text())
        return database.execute("PRAGMA user_version").fetchone()[0]


def newest(butaca, tmp_path):
    """The schema that this program makes."""
    source = tmp_path / "set"
    source.mkdir()
    (source / "movies.csv").write_text("movieId,title,genres\n1,Alien (1979),Horror\n")
    (source / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5.0,1000000000\n")
    butaca("import", "--data", tmp_path / "new", source)
    with sqlite3.connect(tmp_path / "new" / "butaca.db") as database:
        tables = database.execute("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 2").fetchall()
        columns = {name: sorted(row[1] for row in database.execute(f"PRAGMA table_info({name})")) for kind, name in tables}
        return database.execute("PRAGMA user_version").fetchone()[0], tables, columns


def test_each_earlier_schema_is_here(butaca, tmp_path):
    version, _, _ = newest(butaca, tmp_path)
    assert sorted(int(path.stem.split("-")[1]) for path in SCHEMAS.glob("catalogue-*.sql")) == list(range(1, version))


@pytest.mark.parametrize("first", ["reader", "writer"])
@pytest.mark.parametrize("sql", sorted(SCHEMAS.glob("catalogue-*.sql")), ids=lambda path: path.stem)
def test_an_earlier_catalogue_is_upgraded_with_all_its_data(butaca, server, tmp_path, sql, first):
    data = tmp_path / "data"
    before = make(sql, data / "butaca.db")
    if first == "writer":
        links = tmp_path / "links.csv"
        links.write_text("movieId,imdbId,tmdbId\n48394,0457430,\n")
        butaca("import", "--data", data, links)
    running = server(data)
    film = running.get("/api/v1/films/1").json()
    matrix = running.get("/api/v1/films/3").json()
    assert running.get("/api/v1/films/2").json() == film, "the redirect"
    assert (film["title"], film["original_title"], film["year"], film["runtime"]) == (
        "Pan's Labyrinth", "El laberinto del fauno", 2006, 118)
    assert film["other_titles"] == ["Faun's Labyrinth", "Pans Labyrinth"] and film["genres"] == ["Fantasy", "Drama"]
    assert film["countries"] == ["MX", "ES"] and film["languages"] == ["es"] and film["directors"] == ["Guillermo del Toro"]
    assert film["cast"] == ["Ivana Baquero", "Sergi López"] and film["themes"] == ["faun", "civil war"]
    assert film["ids"] == {"movielens": "48394", "imdb": "0457430"} and matrix["ids"] == {"tmdb": "603"}
    assert [(t["language"], t["title"], t["overview"]) for t in film["texts"]] == [
        ("en", "Pan's Labyrinth", "A girl and a faun."), ("es", "El laberinto del fauno", "Una niña y un fauno.")]
    assert matrix["texts"] == [{"language": "es", "title": "Matrix", "overview": None, "source": "demo"}]
    assert film["writers"] == (["Guillermo del Toro"] if before >= 2 else [])
    assert film["poster"] == ("https://example.org/faun.jpg" if before >= 2 else None)
    found = {query: [f["id"] for f in running.get(f"/api/v1/films?{query}").json()["items"]]
             for query in ("text=laberinto+fa", "text=matrix", "country=es", "country=US", "language=en", "order=title", "order=votes")}
    assert found == {"text=laberinto+fa": [1], "text=matrix": [3], "country=es": [1], "country=US": [3], "language=en": [3],
                     "order=title": [3, 1], "order=votes": [1, 3]}
    running.stop()
    with sqlite3.connect(data / "butaca.db") as database:
        assert ("movielens", "MovieLens", "research use", "https://grouplens.org/", "Harper and Konstan 2015") == database.execute(
            "SELECT name, title, licence, url, attribution FROM data_source WHERE name = 'movielens'").fetchone() or first == "writer"
        assert database.execute("SELECT value FROM value WHERE name = 'films.version'").fetchone() == ("00000000000000aa",)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        version, tables, columns = newest(butaca, tmp_path)
        assert database.execute("PRAGMA user_version").fetchone() == (version,)
        assert database.execute("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 2").fetchall() == tables
        assert {name: sorted(r[1] for r in database.execute(f"PRAGMA table_info({name})")) for kind, name in tables} == columns
