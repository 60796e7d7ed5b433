"""`butaca get`: from mirrors that work, that break off, that lie, and from a folder. Nothing here leaves the machine."""

import contextlib
import http.server
import os
import pty
import re
import subprocess
import threading
import zipfile

import program as butaca_program
import pytest

NAMES = ["movielens-small", "movielens-32m", "the-movies-dataset", "wikipedia"]
FILES = ["links.csv", "movies.csv", "ratings.csv", "tags.csv"]


class Mirror(http.server.ThreadingHTTPServer):
    """Serves `files` ({name: bytes}), and notes what it was asked for. `cuts`: after how many bytes the next replies break off."""

    daemon_threads = True

    def __init__(self, files, ranges=True, cuts=(), refusals=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ranges, self.cuts, self.refusals = dict(files), ranges, list(cuts), list(refusals)
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass  # connections that break off are the test


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mirror, name = self.server, self.path.lstrip("/")
        begin = int(re.match(r"bytes=(\d+)-$", self.headers["Range"])[1]) if "Range" in self.headers else None
        mirror.asked.append((name, begin))
        if mirror.refusals:
            return self.send_error(mirror.refusals.pop(0))
        if name not in mirror.files:
            return self.send_error(404)
        whole = mirror.files[name]
        if begin is not None and mirror.ranges and begin >= len(whole):
            return self.send_error(416)
        partial = begin is not None and mirror.ranges
        body = whole[begin:] if partial else whole
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {begin}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:mirror.cuts.pop(0)] if mirror.cuts else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror():
    with contextlib.ExitStack() as stack:
        def start(files, **options):
            one = stack.enter_context(Mirror(files, **options))
            threading.Thread(target=one.serve_forever, daemon=True).start()
            stack.callback(one.shutdown)
            return one

        yield start


@pytest.fixture(scope="session")
def small_zip(once, test_data):
    """ml-latest-small's own files, packed by us."""

    def make(folder):
        folder.mkdir()
        with zipfile.ZipFile(folder / "ml-latest-small.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in FILES:
                archive.write(test_data / "ml-latest-small" / name, f"ml-latest-small/{name}")

    return once("get-small", make) / "ml-latest-small.zip"


def served(path):
    return {path.name: path.read_bytes()}


def get(butaca, data, mirror, *names, **options):
    return butaca("get", *names, "--accept-terms", "--mirror", mirror, "--data", data, "--json", **options)


# --- it works ----------------------------------------------------------------------------------------------------------


def test_real_ratings_with_descriptions_in_one_line(butaca, test_data, small_zip, tmp_path):
    """The issue's sentence: `butaca get movielens-small wikipedia && butaca train`, in either order of the names."""
    folder = tmp_path / "a mirror, 100 %"
    folder.mkdir()
    for path in [small_zip, *(test_data / "wikipedia-movies").glob("*.json")]:
        os.symlink(path, folder / path.name)
    imports = get(butaca, tmp_path / "data", folder, "wikipedia", "movielens-small").json()["imports"]
    assert [one["set"] for one in imports] == ["movielens-small", "wikipedia"]  # films first, what is joined to them later
    assert imports[0]["ratings"]["new"] == 100836 and imports[0]["films"]["new"] == 9742
    assert imports[1]["films"]["read"] - imports[1]["films"]["new"] > 6000  # joined
    assert butaca("train", "--data", tmp_path / "data", "--json", "--rank", 8).json()["ratings"] == 100836
    assert not (tmp_path / "data" / "downloads").exists()


def test_from_a_server_by_a_variable(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip))
    out = butaca("get", "movielens-small", "--accept-terms", "--data", data_folder, env={"BUTACA_MIRROR": server.url}).out
    assert "9,742 new" in out and "100,836 new" in out and "Next: butaca train" in out
    assert server.asked == [("ml-latest-small.zip", None)]


def test_twice_changes_nothing(butaca, small_zip, data_folder):
    get(butaca, data_folder, small_zip.parent, "movielens-small")
    before = (data_folder / "ratings.bt").read_bytes()
    again = get(butaca, data_folder, f"file://{small_zip.parent}/", "movielens-small").json()["imports"][0]
    assert again["films"]["new"] == again["ratings"]["new"] == 0 and (data_folder / "ratings.bt").read_bytes() == before


# --- connections that break off ------------------------------------------------------------------------------------------


def test_it_goes_on_where_the_connection_broke(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip), cuts=[100_000, 300_000, 1])
    assert get(butaca, data_folder, server.url, "movielens-small").json()["imports"][0]["ratings"]["new"] == 100836
    assert server.asked == [("ml-latest-small.zip", at) for at in (None, 100_000, 400_000, 400_001)]


def test_a_later_call_goes_on(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip), cuts=[50_000, 0, 0, 0])
    error = get(butaca, data_folder, server.url, "movielens-small", rc=1).json()["error"]
    assert error["code"] == "IO" and "goes on from here" in error["message"] and "ml-latest-small.zip" in error["message"]
    part = data_folder / "downloads" / "movielens-small" / "ml-latest-small.zip.part"
    assert part.read_bytes() == small_zip.read_bytes()[:50_000]
    server.asked.clear()
    get(butaca, data_folder, server.url, "movielens-small")
    assert server.asked == [("ml-latest-small.zip", 50_000)] and not part.exists()


def test_a_server_without_ranges_is_asked_for_all(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip), ranges=False, cuts=[70_000])
    get(butaca, data_folder, server.url, "movielens-small")
    assert [at for _, at in server.asked] == [None, 70_000, None]


def test_a_server_that_always_breaks_off_ends(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip), ranges=False, cuts=[70_000] * 100)
    assert get(butaca, data_folder, server.url, "movielens-small", rc=1).json()["error"]["code"] == "IO"
    assert len(server.asked) < 20


def test_a_server_that_is_busy_is_asked_again(butaca, mirror, small_zip, data_folder):
    server = mirror(served(small_zip), refusals=[503])
    get(butaca, data_folder, server.url, "movielens-small")
    assert len(server.asked) == 2


def test_what_came_whole_is_not_asked_for_again(butaca, mirror, test_data, data_folder):
    """Stopped between the last byte and the check: of 13 files one lies there as .part, one under its name."""
    files = {path.name: path.read_bytes() for path in (test_data / "wikipedia-movies").glob("*.json")}
    place = data_folder / "downloads" / "wikipedia"
    place.mkdir(parents=True)
    (place / "movies-1900s.json.part").write_bytes(files["movies-1900s.json"])
    (place / "movies-1910s.json").write_bytes(files["movies-1910s.json"])
    server = mirror(files)
    get(butaca, data_folder, server.url, "wikipedia")
    assert sorted(name for name, _ in server.asked) == sorted(files)[2:]


# --- what isn't what it should be -----------------------------------------------------------------------------------------


def test_a_wrong_checksum(butaca, mirror, data_folder):
    server = mirror({"ml-latest-small.zip": b"PK\3\4 of another kind"})
    error = get(butaca, data_folder, server.url, "movielens-small", rc=1).json()["error"]
    assert error["code"] == "CORRUPT" and "expected 696d65a3dfce" in error["message"] and "butaca import" in error["message"]
    assert not list(data_folder.rglob("*.part")) and not (data_folder / "ratings.bt").exists()


def test_a_file_within_that_was_altered(butaca, mirror, test_data, small_zip, data_folder, tmp_path):
    altered = tmp_path / "ml-latest-small.zip"
    with zipfile.ZipFile(altered, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            text = (test_data / "ml-latest-small" / name).read_bytes()
            archive.writestr(name, text.replace(b"Toy Story", b"Toy St0ry") if name == "movies.csv" else text)
    server = mirror(served(altered))
    assert get(butaca, data_folder, server.url, "movielens-small", rc=1).json()["error"]["code"] == "CORRUPT"
    server.files.update(served(small_zip))
    get(butaca, data_folder, server.url, "movielens-small")


def test_the_beginning_of_another_version_is_thrown_away(butaca, mirror, small_zip, data_folder):
    place = data_folder / "downloads" / "movielens-small"
    place.mkdir(parents=True)
    (place / "ml-latest-small.zip.part").write_bytes(b"x" * 5000)
    server = mirror(served(small_zip))
    assert get(butaca, data_folder, server.url, "movielens-small").json()["imports"][0]["ratings"]["new"] == 100836
    assert [at for _, at in server.asked] == [5000, None]


def test_a_server_that_sends_more_than_there_is(butaca, mirror, data_folder):
    server = mirror({"movies-1900s.json": b"[" + b" " * 200_000})
    error = get(butaca, data_folder, server.url, "wikipedia", rc=1).json()["error"]
    assert error["code"] == "LIMIT" and "100041" in error["message"]


@pytest.mark.parametrize("where, part", [("http://127.0.0.1:1", "connect"), ("/nowhere/at-all", "mirror"), ("ftp://127.0.0.1", "ftp")])
def test_a_mirror_that_cannot_be_reached(butaca, data_folder, where, part):
    error = get(butaca, data_folder, where, "movielens-small", rc=1).json()["error"]
    assert part in error["message"].lower() and not (data_folder / "ratings.bt").exists()


def test_a_file_that_is_not_there(butaca, mirror, data_folder):
    server = mirror({})
    error = get(butaca, data_folder, server.url, "movielens-small", rc=1).json()["error"]
    assert error["code"] == "NOT_FOUND" and "404" in error["message"] and len(server.asked) == 1


# --- terms -----------------------------------------------------------------------------------------------------------------


def test_alone_it_lists_the_sets_with_size_and_terms(butaca, data_folder):
    sets = butaca("get", "--json").json()["sets"]
    assert [one["name"] for one in sets] == NAMES and sets[1]["bytes"] == 238950008
    out = butaca("get", "--data", data_folder).out
    assert all(f"{name}: " in out for name in NAMES) and "239.0 MB" in out and "CC BY-SA" in out
    assert "Harper and Konstan" in " ".join(out.split()) and max(map(len, out.splitlines())) <= 120
    assert not data_folder.exists()


def test_where_nobody_can_be_asked_it_wants_a_word(butaca, data_folder):
    result = butaca("get", "movielens-small", "--data", data_folder, rc=2)
    assert "--accept-terms" in result.err and "GroupLens" in result.err and "1.0 MB" in result.err
    assert butaca("get", "movielens-small", "--data", data_folder, "--json", rc=2).json()["error"]["code"] == "USAGE"
    assert not data_folder.exists()


def answer(program, data, mirror, word):
    """Runs it with a terminal that types `word`."""
    keyboard, terminal = pty.openpty()
    os.write(keyboard, word.encode() + b"\n")
    try:
        return subprocess.run([program, "get", "movielens-small", "--data", data, "--mirror", mirror], stdin=terminal, text=True,
                              capture_output=True, timeout=120, env=butaca_program.clean_environment())
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_it_asks(program, small_zip, data_folder):
    for word in ("n", ""):
        done = answer(program, data_folder, small_zip.parent, word)
        assert done.returncode == 130 and "accept these terms?" in done.stderr and not data_folder.exists()
    done = answer(program, data_folder, small_zip.parent, "y")
    assert done.returncode == 0 and "100,836 new" in done.stdout


def test_for_kaggle_it_prints_the_line_to_run(butaca, data_folder):
    line = "kaggle datasets download rounakbanik/the-movies-dataset && butaca import the-movies-dataset.zip\n"
    assert butaca("get", "kaggle", "--data", data_folder).out == line
    assert butaca("get", "the-movies-dataset", "--json", "--data", data_folder).json()["imports"][0]["by_hand"] == line.strip()
    assert not data_folder.exists()


def test_a_set_that_nobody_knows(butaca):
    assert 'no data set is called "movielens"' in butaca("get", "kaggle", "movielens", rc=2).err
