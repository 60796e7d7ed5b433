"""Everything that can be wrong with a file, for each reader: the whole file is an error that names it with the line and leaves the
data folder as it was byte for byte, or one row is refused by reason and line and the others come in, or it is no defect at all.

The table of docs/data.md ("What is wrong with a file") says the same for people.
"""

import csv
import gzip
import io
import shutil
import subprocess
import zipfile

import program as butaca_program
import pytest
import readers
from readers import READERS, JsonReader

ID = "id is not a positive whole number below 2^32"
TIME = "timestamp is not seconds from 1970 to 2106"
COLUMNS = "wrong number of columns"
LONG = "text longer than 4096 bytes, or an overview than 65536"
NO_FILM = "not a film as docs/data.md describes it"


class Error:
    """The import fails; the message names the file's line (None: only the file) and holds `part`."""

    def __init__(self, line, part):
        self.line, self.part = line, part


class Refused:
    """One row is refused, the one of this line."""

    def __init__(self, line, *reasons):
        self.line, self.reasons = line, reasons


class Read:
    """Nothing is wrong with it."""


def bad_line(reader):
    """The line of the row that tests make wrong."""
    return 3 if reader.columns else 2


def is_json(reader):
    return isinstance(reader, JsonReader)


def by_kind(reader, table, lines, array, objects):
    if is_json(reader):
        return objects if reader.lines else array
    return table if reader.columns else lines


# --- defects -----------------------------------------------------------------------------------------------------------
# Each gives (bytes of the file, what becomes of it), or None where the reader's format can't have it.


def delimiter(reader):
    data = reader.text().replace(reader.separator, ";").encode()
    first = reader.columns and ";".join(reader.columns)
    found = Error(1, first) if reader.single else Error(1, f"has no column {first and reader.columns[0]}")
    return data, by_kind(reader, found, Error(1, COLUMNS), Error(1, "expected a film"), Error(1, NO_FILM))


def byte_order_mark(reader):
    return b"\xef\xbb\xbf" + reader.text().encode(), Read()


def returns_alone(reader):
    data = reader.text().replace("\n", "\r").encode()
    if reader.name == "movies_metadata.csv":  # where such a return is a blank
        return data, Error(1, "has no column")
    error = Error(1, "carriage return without a line feed")
    return data, by_kind(reader, error, error, Read(), Error(1, NO_FILM))


def utf_16(reader):
    return reader.text().encode("utf-16"), Error(1, "is UTF-16; save it as UTF-8")


def utf_16_without_mark(reader):
    error = Error(1, "zero byte")
    return reader.text().encode("utf-16-le"), by_kind(reader, error, error, error, Error(1, NO_FILM))


def latin_1(reader):
    data = reader.text(text="Amélie").encode("latin-1")
    line = bad_line(reader)
    if reader.columns:
        return data, Refused(line, "not UTF-8", "not a Python literal", ID, "not a number")
    lines = Read() if reader.texts else Refused(line, "not a number")  # of MovieLens until 2009, in ISO 8859-1
    return data, by_kind(reader, None, lines, Error(line, "unable to decode"), Refused(line, NO_FILM))


def zero_bytes(reader):
    error = Error(bad_line(reader), "zero byte")
    array = Error(2, "control character 0x0")
    return reader.text(text="A@lien").encode().replace(b"@", b"\0"), by_kind(reader, error, error, array, Refused(2, NO_FILM))


def open_quote(reader):
    if is_json(reader):
        data = reader.text(text="@").replace('"@"', '"@', 1)
        return data.encode(), by_kind(reader, None, None, Error(2, "expected a film"), Refused(2, NO_FILM))
    data = reader.text(change=lambda fields, n: ['@' + fields[0], *fields[1:]] if n == 2 else fields).replace("@", '"')
    return data.encode(), by_kind(reader, Error(3, "a quote opens in this row and never closes"), Refused(2, ID), None, None)


def ten_megabytes(reader):
    data = reader.text(text="x" * 10_000_000).encode()
    lines = Error(2, "the line is longer than 65536 bytes")
    return data, by_kind(reader, Refused(3, LONG, ID, "not a number"), lines, Refused(2, NO_FILM), Refused(2, LONG))


def with_id(reader, id):
    reason = ID if not is_json(reader) else NO_FILM
    return reader.text(id=id).encode(), Refused(bad_line(reader), reason)


def beyond_64_bits(reader):
    data, expected = with_id(reader, "99999999999999999999999")
    return data, Error(2, "too big integer") if reader.name == "wikipedia" else expected


def beyond_32_bits(reader):
    return with_id(reader, "4294967296")


def negative_id(reader):
    return None if reader.name == "wikipedia" else with_id(reader, "-3")  # it has no ids


def zero_id(reader):
    return with_id(reader, "0")


def milliseconds(reader):
    return (reader.text(time="964982703000").encode(), Refused(bad_line(reader), TIME)) if reader.timed else None


def column_missing(reader):
    if not reader.columns and not is_json(reader):
        return reader.text(change=lambda fields, n: fields[1:] if n == 2 else fields).encode(), Refused(2, COLUMNS)
    data = reader.text(change=lambda fields, n: fields[1:]).encode()
    return data, whole_column(reader, "has no column")


def column_renamed(reader):
    if is_json(reader):
        data = reader.text(change=lambda items, n: [("other", items[0][1]), *items[1:]])
    elif reader.columns:
        data = reader.text(columns=["other", *reader.columns[1:]])
    else:
        return None
    return data.encode(), whole_column(reader, "has no column")


def column_doubled(reader):
    if is_json(reader):
        key = next(iter(reader.row("1", "", "")))
        data = reader.text().replace(f'{{"{key}"', f'{{"{key}": 1, "{key}"')
        return data.encode(), by_kind(reader, None, None, Error(1, "duplicate object key"), Error(1, NO_FILM))
    if not reader.columns:
        return reader.text(change=lambda fields, n: [*fields, "1"] if n == 2 else fields).encode(), Refused(2, COLUMNS)
    return reader.text(change=lambda fields, n: [*fields, fields[0]]).encode(), Error(1, f"{reader.columns[0]} stands twice")


def whole_column(reader, part):
    """Single files that lack a column are known by nothing; the message shows what they have."""
    known = reader.single and not reader.options
    return by_kind(reader, Error(1, "no data set begins with" if known else part), None, Error(1, "no data set begins with"),
                   Error(1, NO_FILM))


def cut_off(reader):
    """The file ends in its last row."""
    whole = reader.text()
    last = whole.rstrip("]\n").rfind("\n") + 1
    data = whole[:last] + whole[last:].split(reader.separator)[0]
    table = Refused(4, COLUMNS)
    return data.encode(), by_kind(reader, table, Refused(3, COLUMNS), Error(3, "expected a film"), Refused(3, NO_FILM))


DEFECTS = [delimiter, byte_order_mark, returns_alone, utf_16, utf_16_without_mark, latin_1, zero_bytes, open_quote,
           ten_megabytes, beyond_64_bits, beyond_32_bits, negative_id, zero_id, milliseconds, column_missing, column_renamed,
           column_doubled, cut_off]
CASES = [pytest.param(reader, defect, id=f"{reader.name}-{defect.__name__}")
         for reader in READERS for defect in DEFECTS if defect(reader)]


# --- trying them -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def films(once, program):
    """A data folder with the three films that all of these sets are about."""

    def make(folder):
        source = folder.with_name("films-source")
        source.mkdir()
        for name, text in {**readers.WITH_MOVIES, "ratings.csv": readers.RATINGS}.items():
            (source / name).write_text(text)
        butaca_program.run(program, "import", "--data", folder, source)

    return once("films", make)


@pytest.fixture
def data(films, tmp_path):
    return shutil.copytree(films, tmp_path / "data")


def write_set(folder, reader, content):
    folder.mkdir()
    for name, text in reader.others.items():
        (folder / name).write_text(text)
    (folder / reader.file).write_bytes(content)
    return folder / reader.file if reader.single else folder


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def check_error(result, error, path, before, data):
    message = result.json()["error"]["message"]
    where = f"{path}:{error.line}:" if error.line else str(path)
    assert where in message and error.part in message, message
    assert tree(data) == before


def check_refused(result, refused, path):
    rejected = result.json()["imports"][0]["rejected"]
    assert rejected["rows"] == 1 and list(rejected["reasons"])[0] in refused.reasons, rejected
    with open(rejected["file"], newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["reason"]) for row in rows] == [
        (str(path), str(refused.line), list(rejected["reasons"])[0])]


@pytest.mark.parametrize("reader, defect", CASES)
def test_what_is_wrong_with_a_file(butaca, data, tmp_path, reader, defect):
    content, expected = defect(reader)
    target = write_set(tmp_path / "set", reader, content)
    before = tree(data)
    result = butaca("import", "--data", data, "--json", *reader.options, target, rc=1 if isinstance(expected, Error) else 0)
    path = tmp_path / "set" / reader.file
    if isinstance(expected, Error):
        check_error(result, expected, path, before, data)
    elif isinstance(expected, Refused):
        check_refused(result, expected, path)
    else:
        assert result.json()["imports"][0]["rejected"]["rows"] == 0


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_without_a_defect_it_comes_in_and_twice_changes_nothing(butaca, data, tmp_path, reader):
    """The tests above rest on it."""
    target = write_set(tmp_path / "set", reader, reader.text().encode())
    first = butaca("import", "--data", data, "--json", *reader.options, target).json()["imports"][0]
    after = tree(data)
    again = butaca("import", "--data", data, "--json", *reader.options, target).json()["imports"][0]
    assert first["rejected"]["rows"] == again["rejected"]["rows"] == 0 and first["rows"] >= 3
    assert again["films"]["new"] == again["ratings"]["new"] == 0
    assert {path.name: content for path, content in tree(data).items() if path.suffix == ".bt"} == {
        path.name: content for path, content in after.items() if path.suffix == ".bt"}


# --- packed ------------------------------------------------------------------------------------------------------------


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def files_of(reader, content):
    return {**reader.others, reader.file: content}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_zip_in_a_zip(butaca, data, tmp_path, reader):
    path = tmp_path / "outer.zip"
    path.write_bytes(zipped({"inner.zip": zipped(files_of(reader, reader.text()))}))
    before = tree(data)
    result = butaca("import", "--data", data, "--json", *reader.options, path, rc=1)
    check_error(result, Error(None, "inner.zip"), path, before, data)


@pytest.fixture(scope="session")
def zeros():
    return "0" * (90 << 20)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_zip_bomb(butaca, data, tmp_path, zeros, reader):
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped(files_of(reader, reader.text() + zeros)))
    before = tree(data)
    result = butaca("import", "--data", data, "--json", *reader.options, path, rc=1)
    check_error(result, Error(None, "more than 200-fold"), f"{path}:{reader.file}", before, data)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_packed_file_that_ends_early(butaca, data, tmp_path, reader):
    packed = gzip.compress(reader.text().encode(), mtime=0)
    target = write_set(tmp_path / "set", reader, packed[:len(packed) * 2 // 3])
    before = tree(data)
    result = butaca("import", "--data", data, "--json", *reader.options, target, rc=1)
    check_error(result, Error(None, "cut off"), tmp_path / "set" / reader.file, before, data)


PIPED = [reader for reader in READERS if reader.single or reader.name in (
    "ratings.csv", "movies.csv", "links.csv", "tags.csv", "movies_metadata.csv", "ratings.dat", "movies.dat", "tags.dat", "u.item")]


@pytest.mark.parametrize("reader", PIPED, ids=lambda reader: reader.name)
def test_a_pipe_that_ends_early(program, data, reader):
    """gzip's half is an error; of a text's half the last row is refused, or what is no whole JSON is an error."""
    environment = butaca_program.clean_environment()
    command = [program, "import", "--data", data, *reader.options, "-"]
    before = tree(data)
    packed = gzip.compress(reader.text().encode(), mtime=0)
    done = subprocess.run(command, input=packed[:-6], capture_output=True, timeout=60, env=environment)
    assert done.returncode == 1 and b"standard input" in done.stderr and b"cut off" in done.stderr
    assert tree(data) == before
    content, expected = cut_off(reader)
    done = subprocess.run(command, input=content, capture_output=True, timeout=60, env=environment)
    if isinstance(expected, Error):
        assert done.returncode == 1 and f"standard input:{expected.line}:".encode() in done.stderr
        assert tree(data) == before
    else:
        assert done.returncode == 0 and COLUMNS.encode() in done.stdout
