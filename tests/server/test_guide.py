"""The requests of docs/api.md are real ones: each is sent to the demo."""

import re
import shlex
import urllib.parse

import pytest
from api import check

ADDRESS = "http://127.0.0.1:4242"


def commands(root):
    text = (root / "docs" / "api.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [command for block in blocks for command in re.split(r"\n(?=curl )", block.replace("\\\n", " "))]


def query_of(words):
    """What curl --get makes of -d and --data-urlencode."""
    fields = [words[i + 1] for i, word in enumerate(words) if word in ("-d", "--data-urlencode")]
    return "?" + urllib.parse.urlencode([tuple(field.split("=", 1)) for field in fields]) if fields else ""


def test_requests_of_the_guide(demo, root):
    assert len(commands(root)) >= 10
    jar = {}
    for command in commands(root):
        words = shlex.split(command)[1:]
        body = words.pop(words.index("--json") + 1).encode() if "--json" in words else None
        (url,) = [word for word in words if word.startswith(ADDRESS)]
        path = url.removeprefix(ADDRESS) + query_of(words)
        headers = {**({"Content-Type": "application/json"} if body else {}), **(jar if "-b" in words else {})}
        reply = demo.request("POST" if body else "GET", path, body=body, headers=headers)
        if "-c" in words:
            jar = {"Cookie": reply.headers["set-cookie"].split(";")[0]}
        assert reply.status in (200, 201), f"{command}\n{reply.text}"
        check("POST" if body else "GET", path, reply)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503, 507])
def test_statuses_of_the_guide(root, status):
    assert f"| {status} |" in (root / "docs" / "api.md").read_text()
