"""What the tests of the server share: the description in docs/openapi.yaml, and replies that must follow it."""

import re
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "delete")
WHOLE = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())


def planned():
    """[(method, path)] of what is agreed and not served yet: x-planned in the description."""
    return [(method.upper(), path) for path, item in WHOLE["paths"].items() for method in METHODS if item.get(method, {}).get("x-planned")]


def served():
    """The description without what is planned."""
    paths = {}
    for path, item in WHOLE["paths"].items():
        kept = {key: value for key, value in item.items() if not (key in METHODS and value.get("x-planned"))}
        if any(method in kept for method in METHODS):
            paths[path] = kept
    return {**WHOLE, "paths": paths}


SPEC = served()


def operation(method, path):
    """The description's entry of a request: (path item, operation)."""
    plain = path.split("?")[0]
    for pattern, item in SPEC["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), plain):
            return item, item.get(method.lower())
    return None, None


def resolve(part):
    while "$ref" in part:
        target = SPEC
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def validate(schema, value):
    """`value` against a schema of the description, whose $refs point into the description."""
    jsonschema.Draft202012Validator({**schema, "components": SPEC["components"]}).validate(value)


def check(method, path, reply):
    """The reply is one that the description names, and its body fits its schema."""
    _, described = operation(method, path)
    assert described is not None, f"docs/openapi.yaml doesn't have {method} {path}"
    answer = described["responses"].get(str(reply.status))
    assert answer is not None, f"{method} {path}: status {reply.status} is not in docs/openapi.yaml: {reply.text[:300]}"
    content = resolve(answer).get("content", {})
    if not content:
        assert reply.body == b""
        return
    kind = reply.headers["content-type"].split(";")[0]
    assert kind in content, f"{method} {path}: {kind} is not in docs/openapi.yaml"
    if kind.endswith("json"):
        validate(content[kind]["schema"], reply.json())


def check_problem(reply, status, **error):
    """An RFC 9457 problem with this status; `pointer=` or `parameter=` is what it blames."""
    assert reply.status == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    validate({"$ref": "#/components/schemas/Problem"}, reply.json())
    assert reply.json()["status"] == status
    if error:
        assert {k: v for k, v in reply.json()["errors"][0].items() if k != "detail"} == error, reply.text
    return reply.json()
