"""butaca serve from the command line: where it listens, what it says, how it ends."""

import json
import re
import shutil
import signal
import socket
import subprocess
import urllib.request

import program as butaca_program
import pytest


@pytest.fixture
def serve(program):
    """serve(*arguments) -> a started `butaca serve`, ended afterwards."""
    started = []

    def start(*arguments):
        process = subprocess.Popen([program, "serve", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=butaca_program.clean_environment())
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def address(process):
    line = process.stdout.readline()
    found = re.search(r"http://[^ /]+:(\d+)/", line)
    assert found, (line, process.stderr.read() if process.poll() is not None else "")
    return found.group(0), int(found.group(1))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_and_stops_gracefully(serve, own_folder, number):
    process = serve("--data", own_folder, "--port", 0)
    url, _ = address(process)
    with urllib.request.urlopen(f"{url}healthz", timeout=10) as reply:
        assert reply.status == 200
    assert "administers" in process.stdout.readline() and f"{url}admin#" in process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0 and "Finishing" in err and out == ""


def test_a_port_that_was_asked_for_and_is_taken(serve, own_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = serve("--data", own_folder, "--port", port)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 1 and str(port) in err


def test_the_usual_port_gives_way(serve, own_folder, tmp_path):
    first = serve("--data", own_folder)  # it may find the usual port taken by another program
    _, port = address(first)
    second = serve("--data", shutil.copytree(own_folder, tmp_path / "other"))
    _, next_port = address(second)
    assert next_port > port >= 4242
    second.send_signal(signal.SIGINT)
    _, err = second.communicate(timeout=20)
    assert "4242" in err and str(next_port) in err


def started(process):
    """What a server says in JSON once it answers."""
    text = ""
    while not text.rstrip().endswith("}"):
        text += process.stdout.readline()
    return json.loads(text)


def post(url, body, cookie=""):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", "Cookie": cookie})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply), reply.headers.get("Set-Cookie", "").split(";")[0]


def test_the_address_and_the_administrators_link_in_json(serve, own_folder):
    """The link administers; once it did, a server prints null."""
    process = serve("--data", own_folder, "--port", 0, "--json")
    said = started(process)
    assert re.fullmatch(r"http://127.0.0.1:\d+/", said["address"])
    page, code = said["admin_link"].split("#")
    assert page == f"{said['address']}admin" and re.fullmatch(r"[\w-]{43}", code)
    _, cookie = post(f"{said['address']}api/v1/users", {"name": "ana", "password": "correct horse battery"})
    session, _ = post(f"{said['address']}api/v1/admin/claim", {"code": code}, cookie)
    assert session["admin"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert started(serve("--data", own_folder, "--port", 0, "--json"))["admin_link"] is None


def test_an_address_that_is_none(serve, own_folder):
    process = serve("--data", own_folder, "--host", "not-an-address", "--port", 0)
    _, err = process.communicate(timeout=20)
    assert process.returncode != 0 and "not-an-address" in err
