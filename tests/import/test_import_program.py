"""The program imports the project's own demo and MovieLens, and the ratings file is what docs/formats.md says."""

import json
import re
import shutil
import struct
import subprocess
import zipfile

import pytest
import small_movielens


@pytest.fixture(scope="module")
def demo(root, build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "simulated"
    subprocess.run([build / "demo-ratings", root / "data" / "demo" / "films.jsonl", folder], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def movielens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movielens") / "small"
    small_movielens.write(folder)
    return folder


def sections(path):
    """The sections of a container, read as the documentation describes it."""
    data = path.read_bytes()
    assert data[:8] == b"BUTACA\r\n"
    assert struct.unpack_from("<Q", data, 24)[0] == len(data)
    found = {}
    for i in range(struct.unpack_from("<I", data, 20)[0]):
        name, offset, size = struct.unpack_from("<16sQQ", data, 64 + 48 * i)
        assert offset % 64 == 0
        found[name.rstrip(b"\0").decode()] = data[offset : offset + size]
    return data[8:16].rstrip(b"\0").decode(), found


def numbers(letter, data):
    return struct.unpack(f"<{len(data) // struct.calcsize('<' + letter)}{letter}", data)


def rows_of(path):
    """Every rating of a ratings file, as {(user key, film index): (half stars, time)}."""
    kind, found = sections(path)
    assert kind == "ratings"
    offsets, key_at = numbers("Q", found["user_offsets"]), numbers("Q", found["user_key_at"])
    films, times, half_stars = numbers("I", found["films"]), numbers("I", found["times"]), found["half_stars"]
    rows = {}
    for u, at in enumerate(key_at):
        key = found["user_keys"][at : found["user_keys"].index(b"\0", at)].decode()
        for i in range(offsets[u], offsets[u + 1]):
            rows[key, films[i]] = half_stars[i], times[i]
    return rows


def test_every_rating_of_the_demo_is_in_the_file(butaca, demo, data_folder):
    summary = butaca("import", "--data", data_folder, demo, "--json").json()["imports"][0]
    lines = (demo / "ratings.csv").read_text().splitlines()[1:]
    films = sorted(json.loads(line)["id"] for line in (demo / "films.jsonl").read_text().splitlines())
    expected = {}
    for line in lines:
        user, film, rating, time = line.split(",")
        expected[f"butaca-demo:{user}", films.index(int(film))] = int(float(rating) * 2), int(time)
    assert rows_of(data_folder / "ratings.bt") == expected
    assert summary["films"]["new"] == len(films) and summary["rejected"]["rows"] == 0


def test_sources_travel_with_the_ratings(butaca, demo, data_folder):
    butaca("import", "--data", data_folder, demo)
    _, found = sections(data_folder / "ratings.bt")
    sources = json.loads(found["sources"].rstrip(b"\0"))
    assert [source["name"] for source in sources] == ["butaca-demo"]
    assert "CC0" in sources[0]["licence"]


def test_a_zip_gives_the_same_bytes(butaca, demo, tmp_path):
    packed = tmp_path / "demo.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in demo.iterdir():
            archive.write(path, f"demo/{path.name}")
    butaca("import", "--data", tmp_path / "a", demo)
    butaca("import", "--data", tmp_path / "b", packed)
    assert (tmp_path / "a" / "ratings.bt").read_bytes() == (tmp_path / "b" / "ratings.bt").read_bytes()


def test_files_come_packed_and_through_a_pipe(build, movielens, tmp_path):
    """`gzip -c movies.csv | butaca import -` and then ratings.csv.gz: the same bytes as from the folder."""
    import gzip

    program = build / "butaca"
    subprocess.run([program, "import", "--data", tmp_path / "a", movielens], check=True, capture_output=True, timeout=60)
    packed = gzip.compress((movielens / "movies.csv").read_bytes())
    subprocess.run([program, "import", "--data", tmp_path / "b", "-"], input=packed, check=True, capture_output=True, timeout=60)
    (tmp_path / "r.gz").write_bytes(gzip.compress((movielens / "ratings.csv").read_bytes()))
    subprocess.run([program, "import", "--data", tmp_path / "b", tmp_path / "r.gz"], check=True, capture_output=True, timeout=60)
    assert (tmp_path / "a" / "ratings.bt").read_bytes() == (tmp_path / "b" / "ratings.bt").read_bytes()


def test_names_say_nothing_where_columns_do(butaca, movielens, tmp_path):
    """A folder whose files were renamed comes to the same bytes; of two that fit none is taken."""
    renamed = shutil.copytree(movielens, tmp_path / "renamed")
    for path in list(renamed.iterdir()):
        path.rename(renamed / f"my {path.stem} of 2019.csv")
    butaca("import", "--data", tmp_path / "a", movielens)
    summary = butaca("import", "--data", tmp_path / "b", renamed, "--json").json()["imports"][0]
    assert summary["source"] == "movielens" and summary["links"] == 44 and summary["tags"] == 1
    assert (tmp_path / "a" / "ratings.bt").read_bytes() == (tmp_path / "b" / "ratings.bt").read_bytes()
    shutil.copy(renamed / "my ratings of 2019.csv", renamed / "copy.csv")
    assert "no file ratings.csv" in butaca("import", "--data", tmp_path / "c", renamed, rc=1).err


def test_refused_rows_are_written_with_file_and_line(butaca, demo, data_folder, tmp_path):
    own = shutil.copytree(demo, tmp_path / "own")
    text = (own / "ratings.csv").read_text()
    (own / "ratings.csv").write_text(text + "1,1,NaN,5\n")
    line = text.count("\n") + 1
    summary = butaca("import", "--data", data_folder, own, "--json").json()["imports"][0]
    assert summary["rejected"]["rows"] == 1
    with open(summary["rejected"]["file"], encoding="utf-8") as file:
        assert file.read() == f'file,line,reason,row\n"{own}/ratings.csv",{line},"not a number","1,1,NaN,5"\n'


def test_an_error_names_file_and_line_and_changes_nothing(butaca, demo, data_folder, tmp_path):
    butaca("import", "--data", data_folder, demo)
    before = (data_folder / "ratings.bt").read_bytes()
    broken = shutil.copytree(demo, tmp_path / "broken")
    (broken / "ratings.csv").write_text('userId,movieId,rating,timestamp\n1,1,4.0,"5\n')
    result = butaca("import", "--data", data_folder, broken, rc=1)
    assert re.search(r"ratings\.csv:2: a quote opens in this row and never closes", result.err)
    assert (data_folder / "ratings.bt").read_bytes() == before


def test_every_rating_of_movielens_is_in_the_file(butaca, test_data, data_folder):
    butaca("import", "--data", data_folder, test_data / "ml-latest-small")
    rows = rows_of(data_folder / "ratings.bt")
    lines = (test_data / "ml-latest-small" / "ratings.csv").read_text().splitlines()[1:]
    expected = {}
    for line in lines:
        user, _, rating, time = line.split(",")
        expected.setdefault(f"movielens:{user}", []).append((int(float(rating) * 2), int(time)))
    found = {}
    for (key, _), value in rows.items():
        found.setdefault(key, []).append(value)
    assert {key: sorted(values) for key, values in found.items()} == {key: sorted(values) for key, values in expected.items()}
