"""What people see on a terminal and what programs get from a pipe."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import program as butaca_program
import pytest

ESCAPE = "\033["


@pytest.fixture
def terminal(program):
    """terminal(*arguments) -> what a terminal of 80 columns is sent."""

    def run(*arguments, columns=80, **env):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([program, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
                                   env=butaca_program.clean_environment(TERM="xterm", **env))
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            text += part
        os.close(ours)
        assert process.wait(60) == 0, text.decode()
        return text.decode()

    return run


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_json_equals_the_table(butaca, small_folder):
    line = ["recommend", "--data", small_folder, "--like", "Alien (1979)", "--limit", 30]
    rows = butaca(*line).out.splitlines()[1:]
    items = butaca(*line, "--json").json()["items"]
    assert len(rows) == len(items) == 30
    for rank, (row, item) in enumerate(zip(rows, items), 1):
        film = item["film"]
        assert re.match(rf" *{rank}  ", row)
        assert f"{film['title']} ({film['year']})" in row
        assert ", ".join(film["genres"]) in row
        assert row.endswith(f"{item['score']:.3f}")


def test_columns_line_up_by_display_width(butaca, small_folder):
    out = butaca("recommend", "--data", small_folder, "--like", "Alien (1979)", "--limit", 44).out.splitlines()
    assert any("千" in row for row in out)
    assert len({width(row) for row in out}) == 1


def test_colours_only_on_a_terminal_and_without_no_color(butaca, small_folder, terminal):
    line = ["recommend", "--data", small_folder, "--like", "Alien (1979)"]
    assert ESCAPE not in butaca(*line).out
    assert ESCAPE in terminal(*line)
    assert ESCAPE not in terminal(*line, NO_COLOR="1")
    assert ESCAPE in terminal(*line, NO_COLOR="")


def test_tables_fit_the_terminal(small_folder, terminal):
    for columns in (45, 80):
        lines = terminal("recommend", "--data", small_folder, "--like", "Alien (1979)", "--limit", 44, columns=columns,
                         NO_COLOR="1").splitlines()
        assert max(map(width, lines)) <= columns
        assert any("…" in row for row in lines) == (columns == 45)


def test_training_shows_losses_on_a_terminal_alone(butaca, own_folder, terminal):
    text = terminal("train", "--data", own_folder, "--max-iter", 3, "--rank", 4)
    assert re.findall(r"iteration +(\d)  loss", text) == ["1", "2", "3"]
    assert butaca("train", "--data", own_folder, "--max-iter", 3, "--rank", 4).err == ""


def test_json_stays_clean_on_a_terminal(program, small_folder, small_data, tmp_path):
    done = butaca_program.run(program, "import", "--data", tmp_path / "data", small_data, "--json")
    assert done.err == "" and done.json()["imports"]


def test_errors_go_to_stderr_alone(butaca, small_folder):
    result = butaca("similar", "--data", small_folder, "Zardoz", rc=1)
    assert result.out == "" and result.err.startswith("butaca: ")


def test_reasons_wrap_at_the_terminal(small_folder, terminal):
    lines = terminal("recommend", "--data", small_folder, "--user", 1, "--explain", "--limit", 2, NO_COLOR="1").splitlines()
    assert max(map(width, lines)) <= 80
    reasons = " ".join(" ".join(lines).split())
    assert re.search(r"because you liked .*, and \d+ more \([+-]\d", reasons)
