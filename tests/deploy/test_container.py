"""deploy/Dockerfile, built and run: nobody's root, healthy, its volume outlives it, a start without the network's help."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import program as butaca_program
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from containers import Containers  # noqa: E402

pytestmark = pytest.mark.slow

NAME = "butaca-test"


@pytest.fixture(scope="module")
def containers(tmp_path_factory, root):
    """The engine, with the image built from what git tracks: what lies about in a work tree isn't part of it."""
    engine = Containers(tmp_path_factory.mktemp("containers") / "store")
    context = tmp_path_factory.mktemp("context")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-cf", context / "all.tar", "--null", "-T", "-"], cwd=root, input=files, check=True)
    subprocess.run(["tar", "-xf", "all.tar"], cwd=context, check=True)
    (context / "all.tar").unlink()
    try:
        engine.make_base(root / "build" / "tools" / "bookworm-slim.tar")
        engine.build(context / "deploy" / "Dockerfile", context, "butaca")
        yield engine
    finally:
        engine.remove()


class Running:
    """A container that serves on a free port of the machine, with the flags that docs/container.md advises."""

    def __init__(self, containers, volume):
        self.containers = containers
        self.port = butaca_program.free_port()
        containers.podman("rm", "--force", "--time", "0", NAME, rc=None)
        containers.podman("run", "--detach", "--name", NAME, "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges",
                          "--volume", f"{volume}:/data", "butaca", "serve", "--host", "127.0.0.1", "--port", self.port)

    def request(self, method, path, body=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if cookie:
            headers["Cookie"] = cookie
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply.status, dict(reply.getheaders()), content

    def wait(self, patience=60):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.containers.podman("logs", NAME, rc=None))


@pytest.fixture
def volume(containers):
    yield containers.podman("volume", "create")
    containers.podman("rm", "--force", "--time", "0", NAME, rc=None)


def test_the_image(containers):
    config = json.loads(containers.podman("inspect", "butaca"))[0]["Config"]
    assert config["User"] == "10001:10001" and "/data" in config["Volumes"] and "4242/tcp" in config["ExposedPorts"]
    # No compiler and no source in what is shipped.
    listing = containers.podman("run", "--rm", "--entrypoint", "/bin/ls", "butaca", "/usr/bin", "/")
    assert "\ngcc" not in listing and "\nsrc" not in listing


def test_an_event_outlives_a_kill(containers, volume):
    server = Running(containers, volume).wait()
    assert b"<html" in server.request("GET", "/")[2]
    status, headers, _ = server.request("POST", "/api/v1/guests", {})
    cookie = headers["Set-Cookie"].split(";")[0]
    film = json.loads(server.request("GET", "/api/v1/me/recommendations", cookie=cookie)[2])["items"][0]["film"]
    event = {"event_id": "01890000-0000-7000-8000-000000000001", "film_id": film["id"], "facet": "verdict", "value": "like"}
    assert server.request("POST", "/api/v1/events", event, cookie)[0] == 201

    assert butaca_pid_owner(containers) != 0
    containers.podman("kill", "--signal", "KILL", NAME)
    again = Running(containers, volume).wait()
    items = json.loads(again.request("GET", "/api/v1/me/profile", cookie=cookie)[2])["items"]
    assert [(item["film"]["id"], item["verdict"]) for item in items] == [(film["id"], "like")]


def butaca_pid_owner(containers):
    pid = containers.podman("inspect", "--format", "{{.State.Pid}}", NAME)
    return os.stat(f"/proc/{pid}").st_uid


def test_the_health_check(containers, volume):
    # With the image's own command, on its own port, which another server of this machine may have for a while.
    end = time.monotonic() + 120
    while is_taken(4242):
        assert time.monotonic() < end, "port 4242 stays taken"
        time.sleep(0.5)
    containers.podman("run", "--detach", "--name", NAME, "--volume", f"{volume}:/data", "butaca")
    containers.wait_until_healthy(NAME)


def is_taken(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_verb_of_the_program(containers, volume):
    assert "butaca recommend" in containers.podman("run", "--rm", "butaca", "recommend", "--help")
    said = containers.podman("run", "--rm", "--volume", f"{volume}:/data", "butaca", "recommend", "--like", "Alien", rc=1)
    assert said == ""  # nothing imported yet: an error, not the demo in the place of somebody's own data


def test_stopping_is_graceful(containers, volume):
    Running(containers, volume).wait()
    containers.podman("stop", "--time", "20", NAME)
    assert containers.podman("inspect", "--format", "{{.State.ExitCode}}", NAME) == "0"
