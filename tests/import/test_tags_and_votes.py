"""What people say about films: MovieLens's tags and ratings, in the catalogue."""

import sqlite3


def write(folder, tags):
    folder.mkdir(exist_ok=True)
    (folder / "movies.csv").write_text("movieId,title,genres\n1,Alien (1979),Horror\n2,Heat (1995),Crime\n3,Ran (1985),Drama\n")
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5.0,1000000000\n2,1,4.0,1000000000\n2,2,0.5,1000000000\n")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n" + "".join(f"{u},{m},{t},1000000000\n" for u, m, t in tags))
    return folder


def stored(data, columns):
    with sqlite3.connect(data / "butaca.db") as database:
        return database.execute(f"SELECT {columns} FROM film JOIN film_list ON film_id = id ORDER BY id").fetchall()


def test_the_tags_that_most_people_gave(butaca, data_folder, tmp_path):
    tags = [(1, 1, "slow"), (2, 1, "Space"), (3, 1, "SPACE"), (3, 1, "été"), (1, 2, "!"), (1, 9, "nobody's")]
    source = write(tmp_path / "set", tags)
    summary = butaca("import", "--data", data_folder, source, "--json").json()["imports"][0]
    assert summary["tags"] == 5 and summary["rejected"]["reasons"] == {"its film is in no film file": 1}
    assert [tags and tags.split("\x1f") for (tags,) in stored(data_folder, "tags")][0] == ["Space", "été", "slow"]
    before = (data_folder / "butaca.db").read_bytes()
    butaca("import", "--data", data_folder, source)
    assert (data_folder / "butaca.db").read_bytes() == before


def test_at_most_thirty_tags_a_film(butaca, data_folder, tmp_path):
    butaca("import", "--data", data_folder, write(tmp_path / "set", [(u, 1, f"t{t:02}") for t in range(40) for u in range(1, 42 - t)]))
    assert stored(data_folder, "tags")[0][0].split("\x1f") == [f"t{t:02}" for t in range(30)]


def test_tags_that_come_alone(butaca, data_folder, tmp_path):
    source = write(tmp_path / "set", [(1, 1, "old")])
    butaca("import", "--data", data_folder, source)
    write(source, [(1, 1, "new"), (1, 2, "crime")])
    butaca("import", "--data", data_folder, source / "tags.csv")
    assert [row[0] for row in stored(data_folder, "tags")] == ["new", "crime", None]


def test_votes_follow_the_ratings(butaca, data_folder, tmp_path):
    source = write(tmp_path / "set", [(1, 1, "x")])
    butaca("import", "--data", data_folder, source)
    assert stored(data_folder, "votes, rating") == [(2, 4.5), (1, 0.5), (0, 0)]
    mean = (5 + 4 + 0.5) / 3
    assert [round(merit, 9) for (merit,) in stored(data_folder, "merit")] == [
        round((9 + 10 * mean) / 12, 9), round((0.5 + 10 * mean) / 11, 9), 0]
    (source / "ratings.csv").write_text("userId,movieId,rating,timestamp\n7,3,3.0,1000000000\n")
    butaca("import", "--data", data_folder, source)
    assert stored(data_folder, "votes, rating") == [(2, 4.5), (1, 0.5), (1, 3)]


def test_a_look_changes_nothing(butaca, data_folder, tmp_path):
    source = write(tmp_path / "set", [(1, 1, "x")])
    butaca("import", "--data", data_folder, source)
    before = (data_folder / "butaca.db").read_bytes()
    write(source, [(1, 1, "y")])
    butaca("import", "--data", data_folder, source, "--dry-run")
    assert (data_folder / "butaca.db").read_bytes() == before


def test_tags_of_10m(butaca, data_folder, tmp_path):
    source = tmp_path / "set"
    source.mkdir()
    (source / "movies.dat").write_text("1::Alien (1979)::Horror\n2::Heat (1995)::Crime\n")
    (source / "ratings.dat").write_text("1::1::5::1000000000\n1::2::4::1000000000\n")
    lines = ["1::1::slow::1000000000", "2::1::Space::1000000000", "3::1::SPACE::1000000000", "3::9::nobody's::1000000000", "3::1::late::x"]
    (source / "tags.dat").write_bytes("\n".join(lines).encode() + b"\n4::2::\xe9t\xe9::1000000000\n")
    summary = butaca("import", "--data", data_folder, source, "--json").json()["imports"][0]
    assert summary["tags"] == 4 and summary["rejected"]["rows"] == 2
    assert [tags and tags.split("\x1f") for (tags,) in stored(data_folder, "tags")] == [["Space", "slow"], ["été"]]
