"""The doctor: each fault is named, and the command that it gives mends it."""

import os
import pwd
import shlex
import shutil
import sqlite3
import subprocess
import sys

import program as butaca_program
import pytest


@pytest.fixture
def doctor(butaca, own_folder):
    """doctor() -> the faults; each is in the text as well."""

    def examine(folder=own_folder):
        result = butaca("doctor", "--data", folder, "--json", rc=None)
        report = result.json()
        faults = [f for f in report["findings"] if not f["ok"]]
        assert result.rc == (1 if faults else 0) and report["ok"] == (not faults)
        text = butaca("doctor", "--data", folder, rc=result.rc).out
        for fault in faults:
            assert fault["mend"] and f"-> {fault['mend']}" in text and fault["detail"] in text
        assert text.count("WRONG") == len(faults)
        return faults

    return examine


@pytest.fixture
def mend(program, small_data):
    """Types the command that a finding names, with PATH filled in."""

    def run(fault):
        command = fault["mend"].replace("PATH", shlex.quote(str(small_data)))
        environment = butaca_program.clean_environment()
        environment["PATH"] = f"{program.parent}:{environment['PATH']}"
        subprocess.run(["sh", "-ec", command], check=True, capture_output=True, env=environment)

    return run


def active(folder):
    return folder / "models" / f"{(folder / 'models' / 'active').read_text().split()[0]}.btm"


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


def heal(doctor, mend, what, part, most=3):
    """The first fault is `what`; mending one after the other makes the folder well."""
    faults = doctor()
    assert faults and faults[0]["what"] == what and part in faults[0]["detail"], faults
    for _ in range(most):
        if not faults:
            return
        mend(faults[0])
        faults = doctor()
    assert not faults


def test_a_healthy_folder(doctor, butaca, own_folder):
    assert doctor() == []
    text = butaca("doctor", "--data", own_folder).out
    assert all(word in text for word in ("folder", "catalogue", "44 films", "ratings", "model", "leftovers"))


def test_nothing_there(butaca, data_folder):
    found = butaca("doctor", "--data", data_folder, "--json", rc=1).json()["findings"]
    assert len(found) == 1 and "no data yet" in found[0]["detail"]
    assert found[0]["mend"] == f"butaca import PATH --data {data_folder}"
    assert not data_folder.exists()


def test_an_empty_folder(doctor, mend, butaca, data_folder):
    data_folder.mkdir()
    for what in ("catalogue", "model"):
        faults = doctor(data_folder)
        assert [f["what"] for f in faults] == [what]
        mend(faults[0])
    assert doctor(data_folder) == []


def test_a_file_in_its_place(butaca, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    found = butaca("doctor", "--data", file, "--json", rc=1).json()["findings"]
    assert "is not a folder" in found[0]["detail"]


def test_no_data_option_for_the_default_folder(butaca, own_folder):
    (own_folder / "models" / "active").unlink()
    found = butaca("doctor", "--json", env={"BUTACA_DATA": str(own_folder)}, rc=1).json()["findings"]
    assert [f["mend"] for f in found if not f["ok"]] == ["butaca train"]


def test_names_with_spaces_are_quoted(butaca, own_folder, tmp_path, doctor, mend):
    folder = own_folder.rename(tmp_path / "it's my data")
    (folder / "models" / "x.tmp").write_text("")
    faults = doctor(folder)
    assert len(faults) == 1
    mend(faults[0])
    assert doctor(folder) == []


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_flipped_byte_in_the_ratings(doctor, mend, own_folder, where):
    path = own_folder / "ratings.bt"
    size = path.stat().st_size
    flip(path, {"first": 0, "middle": size // 2, "last": size - 1}[where])
    heal(doctor, mend, "ratings", "ratings.bt")


@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_flipped_byte_in_the_model(doctor, mend, own_folder, where):
    path = active(own_folder)
    size = path.stat().st_size
    flip(path, {"first": 0, "middle": size // 2, "last": size - 1}[where])
    heal(doctor, mend, "model", path.name)


def test_a_damaged_model_is_refused_with_a_hint(butaca, own_folder):
    flip(active(own_folder), 1000)
    result = butaca("recommend", "--data", own_folder, rc=1)
    assert active(own_folder).name in result.err and "butaca doctor" in result.err


@pytest.mark.parametrize("offset", [0, 20, 100])
def test_flipped_bytes_in_the_catalogue(doctor, mend, own_folder, offset):
    path = own_folder / "butaca.db"
    page = 4096
    for at in range(offset, path.stat().st_size, page):
        flip(path, at)
    heal(doctor, mend, "catalogue", "butaca.db")


def test_a_truncated_ratings_file(doctor, mend, own_folder):
    os.truncate(own_folder / "ratings.bt", 500)
    heal(doctor, mend, "ratings", "ratings.bt")


# --- what is missing, old or left over -------------------------------------------------------------------------------


def test_the_active_model_is_missing(doctor, mend, butaca, own_folder):
    active(own_folder).unlink()
    assert "butaca train" in butaca("recommend", "--data", own_folder, rc=1).err
    heal(doctor, mend, "model", "is gone")


def test_no_model(doctor, mend, own_folder):
    shutil.rmtree(own_folder / "models")
    heal(doctor, mend, "model", "no model")


def test_missing_ratings(doctor, mend, own_folder):
    (own_folder / "ratings.bt").unlink()
    heal(doctor, mend, "ratings", "ratings.bt")


def test_a_stale_model(doctor, mend, butaca, own_folder, small_data, tmp_path):
    more = shutil.copytree(small_data, tmp_path / "more")
    with open(more / "ratings.csv", "a") as file:
        file.write("999,10,4.0,1000000000\n")
    butaca("import", "--data", own_folder, more)
    heal(doctor, mend, "model", "stale")


def test_leftovers(doctor, mend, own_folder):
    (own_folder / "ratings.bt.tmp").write_text("half")
    (own_folder / "models" / "next.tmp").write_text("half")
    heal(doctor, mend, "leftovers", "cut off")


def test_an_older_model_is_damaged(doctor, mend, butaca, own_folder):
    older = active(own_folder)
    butaca("train", "--data", own_folder, "--rank", 4)
    flip(older, 200)
    heal(doctor, mend, "older model", older.name)
    assert not older.exists()


def test_a_damaged_rating_model(doctor, mend, butaca, own_folder):
    path = active(own_folder).with_suffix(".btr")
    flip(path, 200)
    heal(doctor, mend, "rating model", path.name)
    assert not path.exists()  # lists do without
    butaca("train", "--data", own_folder, "--rank", 4)
    path = active(own_folder).with_suffix(".btr")
    butaca("train", "--data", own_folder, "--rank", 5)
    flip(path, 200)
    heal(doctor, mend, "older rating model", path.name)


def test_a_newer_catalogue(doctor, butaca, own_folder):
    with sqlite3.connect(own_folder / "butaca.db") as database:
        database.execute("PRAGMA user_version = 9999")
    faults = doctor()
    assert faults[0]["what"] == "catalogue" and "newer" in faults[0]["mend"]
    assert "9999" in faults[0]["detail"]


def test_an_older_reader_of_newer_ratings(doctor, own_folder):
    path = own_folder / "ratings.bt"
    content = bytearray(path.read_bytes())
    content[16] = 99  # the version; the header's checksum no longer fits either
    path.write_bytes(content)
    assert doctor()[0]["what"] == "ratings"


# --- rights ----------------------------------------------------------------------------------------------------------


def as_nobody(program, *arguments):
    if os.geteuid() != 0:
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, user="nobody", group="nogroup",
                          extra_groups=[], env=butaca_program.clean_environment())


@pytest.fixture
def open_folder(own_folder, program):
    """A copy of the folder and the program where another user reaches them."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="butaca-") as place:
        os.chmod(place, 0o755)
        folder = shutil.copytree(own_folder, f"{place}/data")
        copied = shutil.copy(program, f"{place}/butaca")
        yield copied, folder


def test_a_folder_that_may_only_be_read(open_folder):
    program, folder = open_folder
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o555)
        for file in files:
            os.chmod(f"{path}/{file}", 0o444)
    done = as_nobody(program, "doctor", "--data", folder)
    assert done.returncode == 1 and "import and train will fail" in done.stdout
    assert ("sudo chown -R" if os.geteuid() == 0 else "chmod u+w") in done.stdout
    done = as_nobody(program, "train", "--data", folder)
    assert done.returncode == 1 and "can't be written" in done.stderr


def test_a_folder_that_may_not_be_read(open_folder):
    program, folder = open_folder
    os.chmod(folder, 0o000 if os.geteuid() != 0 else 0o700)
    done = as_nobody(program, "doctor", "--data", folder)
    assert done.returncode == 1 and "can't be read" in done.stdout
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody").pw_uid
        assert f"sudo chown -R {nobody} {folder}" in done.stdout
    os.chmod(folder, 0o700)


def test_damaged_neighbours_by_text_are_told_and_made_again(doctor, butaca, own_folder):
    path = own_folder / "text" / "neighbours.bt"
    path.unlink(missing_ok=True)
    assert doctor() == []
    line = ["recommend", "--like", "Aliens", "--data", own_folder]
    found = butaca(*line).out
    good = path.read_bytes()
    flip(path, len(good) // 2)
    [fault] = doctor()
    assert fault["what"] == "texts" and "neighbours.bt" in fault["detail"] and "checksum" in fault["detail"]
    assert butaca(*line).out == found
    assert path.read_bytes() == good and doctor() == []
    (own_folder / "text" / "neighbours.bt.tmp").touch()
    [fault] = doctor()
    assert fault["what"] == "leftovers"


def test_a_damaged_search_index_is_told_and_made_again(doctor, butaca, own_folder):
    path = own_folder / "search.bt"
    path.unlink(missing_ok=True)
    assert doctor() == []
    found = butaca("search", "the", "--data", own_folder).out
    good = path.read_bytes()
    flip(path, len(good) // 2)
    [fault] = doctor()
    assert fault["what"] == "search" and "search.bt" in fault["detail"] and "checksum" in fault["detail"]
    assert butaca("search", "the", "--data", own_folder).out == found
    assert path.read_bytes() == good and doctor() == []


# --- what people said, and who they are ----------------------------------------------------------------------------


@pytest.fixture
def lived_folder(own_folder, server):
    """A folder in which a guest has marked a film."""
    running = server(own_folder)
    cookie = running.post("/api/v1/guests", {}).headers["set-cookie"].split(";")[0]
    film = running.get("/api/v1/films?limit=1").json()["items"][0]["id"]
    event = {"event_id": "0190a000-0000-7000-8000-000000000001", "film_id": film, "facet": "verdict", "value": "like"}
    reply = running.post("/api/v1/events", event, headers={"Cookie": cookie})
    assert reply.status in (200, 201), reply.text
    assert running.stop() == 0
    return own_folder


def ruin(path):
    """Bytes of each page are another's."""
    for at in range(100, path.stat().st_size, 4096):
        flip(path, at)


@pytest.mark.parametrize("name", ["events", "profiles", "accounts"])
def test_flipped_bytes_in_what_people_said(doctor, mend, butaca, lived_folder, name):
    assert doctor() == []
    ruin(lived_folder / f"{name}.db")
    heal(doctor, mend, name, f"{name}.db")
    if name == "profiles":  # made again from the log
        assert butaca("events", "replay", "--verify", "--data", lived_folder, "--json").json()["verified"]


@pytest.mark.parametrize("name", ["events", "profiles", "accounts", "catalogue"])
def test_a_newer_schema_is_told_and_left_alone(doctor, lived_folder, name):
    path = lived_folder / ("butaca.db" if name == "catalogue" else f"{name}.db")
    with sqlite3.connect(path) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("PRAGMA user_version = 9999")
    fault = doctor()[0]
    assert fault["what"] == name and "9999" in fault["detail"] and path.name in fault["detail"]
    assert fault["mend"] == "install the newer butaca that wrote it"
    with sqlite3.connect(path) as database:  # as the program that knows it finds it
        assert database.execute("PRAGMA user_version").fetchone()[0] == 9999
        database.execute(f"PRAGMA user_version = {version}")
    assert doctor() == []


def test_a_damaged_search_index_is_mended_by_the_command(doctor, mend, butaca, own_folder):
    butaca("search", "the", "--data", own_folder)
    path = own_folder / "search.bt"
    for at in (0, 20, path.stat().st_size // 2, path.stat().st_size - 1):
        flip(path, at)
        heal(doctor, mend, "search", "search.bt")
        butaca("search", "the", "--data", own_folder)
        assert doctor() == []


# --- downloads, another program, the disk ----------------------------------------------------------------------------


def test_half_a_download(doctor, mend, own_folder):
    part = own_folder / "downloads" / "movielens-small" / "ml-latest-small.zip.part"
    part.parent.mkdir(parents=True)
    part.write_text("half")
    faults = doctor()
    assert [fault["what"] for fault in faults] == ["leftovers"] and "butaca get movielens-small" in faults[0]["detail"]
    mend(faults[0])
    assert doctor() == [] and not part.exists()


def test_a_second_program_on_the_folder(doctor, mend, own_folder):
    hold = ("import fcntl, os, sys; f = open(sys.argv[1], 'r+'); fcntl.flock(f, fcntl.LOCK_EX); f.truncate(0);"
            " f.write(f'{os.getpid()}\\n'); f.flush(); print('held', flush=True); sys.stdin.read()")
    (own_folder / "lock").touch()
    with subprocess.Popen([sys.executable, "-c", hold, own_folder / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        faults = doctor()
        assert [fault["what"] for fault in faults] == ["writer"] and faults[0]["mend"] == f"kill {other.pid}"
        mend(faults[0])
        other.wait()
    assert doctor() == []


def test_rights_are_mended_by_the_command(open_folder):
    """As whoever owns the folder; where that takes root, the tests' root types it without sudo."""
    program, folder = open_folder
    os.chmod(folder, 0o555)
    found = as_nobody(program, "doctor", "--data", folder)
    assert found.returncode == 1
    command = next(line.split("->", 1)[1] for line in found.stdout.splitlines() if "->" in line).strip()
    subprocess.run(["sh", "-ec", command.removeprefix("sudo ")], check=True)
    os.chmod(folder, 0o755)  # root took the right to write from everybody
    found = as_nobody(program, "doctor", "--data", folder)
    assert found.returncode == 0, found.stdout


def test_a_full_disk(program, own_folder, tmp_path):
    """On a small disk of the test's own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = """
        mount -t tmpfs -o size=80m tmpfs "$1"
        cp -r "$2" "$1/data"
        "$3" doctor --data "$1/data"
        head -c 40000000 /dev/zero > "$1/ballast"
        if "$3" doctor --data "$1/data"; then exit 9; fi
        rm "$1/ballast"
        "$3" doctor --data "$1/data"
    """
    unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("this machine lets tests mount nothing")
    done = subprocess.run([*unshare, "sh", "-ec", script, "sh", disk, own_folder, program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [fault] = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert "space" in fault and "MB are free" in fault
    assert f"make room on the disk of {disk}/data" in done.stdout
