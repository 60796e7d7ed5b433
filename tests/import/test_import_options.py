"""`butaca import --map` and `--dry-run` as people type them."""

import fcntl
import json
import os

import small_movielens
import pytest

SHOP = "visitor,product,stars,when,name\n1,7,4.5,964982703,\"Matrix, The (1999)\"\n2,7,3,5,\n2,8,5,6,Heat (1995)\n0,8,5,6,\n"
MAP = "user=visitor,item=product,rating=stars,timestamp=when,title=name,source=shop"


@pytest.fixture(scope="module")
def movielens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movielens") / "small"
    small_movielens.write(folder)
    return folder


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    return path


def tree(folder):
    """Everything in a folder: {path: (content, time of the last change)}."""
    return {path: (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))}


def imported(result):
    return result.json()["imports"][0]


# --- any CSV -----------------------------------------------------------------------------------------------------------


def test_a_csv_of_ones_own(butaca, shop, data_folder):
    out = butaca("import", "--data", data_folder, "--map", MAP, shop).out
    assert "(shop)" in out and "2 new" in out and "id is not a positive whole number" in out
    rejects = (data_folder / "rejects" / "shop-1.csv").read_text()
    assert rejects.endswith('5,"id is not a positive whole number below 2^32","0,8,5,6,"\n')
    butaca("train", "--data", data_folder, "--rank", 4)
    films = butaca("recommend", "--data", data_folder, "--user", "shop:1", "--json").json()["items"]
    assert films[0]["film"]["title"] == "Heat"
    ratings = (data_folder / "ratings.bt").read_bytes()
    again = imported(butaca("import", "--data", data_folder, "--map", MAP, shop, "--json"))
    assert again["films"]["new"] == 0 and again["ratings"]["same"] == 3
    assert (data_folder / "ratings.bt").read_bytes() == ratings


def test_a_csv_beside_a_data_set(butaca, movielens, data_folder, tmp_path):
    """Ratings of one's own for films of MovieLens, by any of their ids."""
    butaca("import", "--data", data_folder, movielens)
    for key, value in (("movielens", 13), ("imdb", "tt0000013"), ("tmdb", 1013)):
        (tmp_path / "own.csv").write_text(f"me,film,stars\n1,{value},5\n")
        one = imported(butaca("import", "--data", data_folder, "--json", "--map",
                              f"user=me,{key}=film,rating=stars,source={key}-ids", tmp_path / "own.csv"))
        assert one["ratings"]["new"] == 1 and one["films"]["new"] == 0


@pytest.mark.parametrize("given, part", [
    ("user=visitor", "--map needs user=, rating= and one of item="),
    ("user=visitor,user=x", "user= stands twice"),
    ("usr=visitor", '"usr" is no key'),
    ("user=visitor,item=product,rating=stars,source=A B", "expected small letters"),
])
def test_a_map_that_is_none(butaca, shop, data_folder, given, part):
    assert part in butaca("import", "--map", given, shop, "--data", data_folder, rc=2).err
    assert not data_folder.exists()


def test_a_column_that_is_not_there(butaca, shop, data_folder):
    result = butaca("import", "--map", "user=who,item=product,rating=stars", shop, "--data", data_folder, rc=1)
    assert f"{shop}:1: has no column who; expected who,product,stars, found visitor,product,stars,when,name" in result.err


# --- dry runs ----------------------------------------------------------------------------------------------------------


def test_a_dry_run_makes_no_folder(butaca, movielens, data_folder):
    out = butaca("import", "--dry-run", "--data", data_folder, movielens).out
    assert "44 new" in out and "film    Alien (1979), new" in out and "rating  movielens:1 gives" in out
    assert "would then hold 44 films" in out and "Nothing was written." in out
    assert not data_folder.exists()


def test_a_dry_run_leaves_every_file_as_it_is(butaca, movielens, shop, data_folder):
    butaca("import", "--data", data_folder, movielens)
    before = tree(data_folder)
    dry = butaca("import", "--dry-run", "--data", data_folder, "--map", MAP, shop, "--json").json()
    assert tree(data_folder) == before
    assert dry["dry_run"] is True
    one, real = dry["imports"][0], imported(butaca("import", "--data", data_folder, "--map", MAP, shop, "--json"))
    sample = one.pop("sample")
    assert sample["films"][0] == {"title": "The Matrix", "year": 1999, "new": True}
    assert sample["ratings"][0] == {"user": "shop:1", "film": "The Matrix", "rating": 4.5, "time": "2000-07-30T18:45:03Z"}
    assert sample["rejects"] == [{"file": "shop.csv", "line": 5, "reason": "id is not a positive whole number below 2^32",
                                  "row": "0,8,5,6,"}]
    assert one["rejected"].pop("file") is None and real["rejected"].pop("file")
    del one["seconds"], real["seconds"]
    assert one == real


def test_a_dry_run_needs_no_lock_and_tells_errors(butaca, movielens, data_folder, tmp_path):
    butaca("import", "--data", data_folder, movielens)
    with open(data_folder / "lock", "r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        assert "would then hold" in butaca("import", "--dry-run", "--data", data_folder, movielens).out
    (tmp_path / "a.txt").write_text("hello\n")
    assert "expected MovieLens" in butaca("import", "--dry-run", "--data", data_folder, tmp_path / "a.txt", rc=1).err


def test_a_dry_run_of_films_shows_joins(butaca, movielens, data_folder, tmp_path):
    butaca("import", "--data", data_folder, movielens)
    (tmp_path / "wiki.json").write_text(json.dumps([
        {"title": "Alien", "year": 1979, "href": "Alien_(film)", "extract": "A crew."},
        {"title": "Nowhere Else", "year": 1999, "href": "Nowhere_Else", "extract": "New."}]))
    result = butaca("import", "--dry-run", "--data", data_folder, tmp_path / "wiki.json")
    assert "1 new, 1 joined" in result.out
    assert "film    Alien (1979), joined to the one that is there" in result.out
    assert "film    Nowhere Else (1999), new" in result.out
    assert os.listdir(data_folder / "rejects") == []
