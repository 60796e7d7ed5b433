"""HTTP itself: methods, headers, static pages, what a supervisor asks."""

import base64
import hashlib
import re
import shutil

import pytest
import yaml
from api import SPEC, check, check_problem, operation, planned

GETS = ["/", "/admin", "/api/v1/films", "/api/v1/films/1", "/api/v1/films/1/similar", "/api/v1/search?text=alien", "/api/v1/suggest?text=ali",
        "/api/v1/genres", "/api/v1/onboarding", "/api/v1/session", "/api/v1/about", "/api/docs", "/api/openapi.yaml", "/healthz", "/readyz", "/metrics"]


def test_every_path_of_the_description_is_tried():
    """Here those that anybody may get; what needs a session is in test_events.py."""
    needing = {path for path, item in SPEC["paths"].items() for part in item.values() if isinstance(part, dict) and {} not in part.get("security", [{}])}
    plain = {path.replace("{id}", "1") for path in SPEC["paths"] if path not in needing}
    assert plain == {*(path.split("?")[0] for path in GETS), "/api/v1/recommendations", "/api/v1/recommendations/rows",
                     "/api/v1/guests", "/api/v1/users"} - needing


def test_what_is_planned_is_not_served(demo):
    """Nor is it claimed: what is served loses its x-planned."""
    for method, path in planned():
        reply = demo.request(method, re.sub(r"{\w+}", "1", path), body="{}" if method != "GET" else None, headers={"Content-Type": "application/json"})
        assert reply.status in (404, 405), f"{method} {path} is served: {reply.status}"


@pytest.mark.parametrize("path", GETS)
def test_get_head_options_and_the_rest(demo, path):
    got = demo.get(path)
    assert got.status == 200
    check("GET", path, got)
    head = demo.request("HEAD", path)
    assert head.status == 200 and head.body == b""
    if path != "/metrics":  # which counts itself
        assert head.headers["content-length"] == str(len(got.body))
    options = demo.request("OPTIONS", path)
    item, _ = operation("GET", path)
    allowed = ", ".join(part for method, part in (("get", "GET, HEAD"), ("post", "POST"), ("delete", "DELETE")) if method in item)
    assert (options.status, options.headers["allow"], options.body) == (204, f"{allowed}, OPTIONS", b"")
    for method in {"POST", "PUT", "DELETE", "PATCH", "BREW"} - set(allowed.split(", ")):
        reply = demo.request(method, path, headers={"X-HTTP-Method-Override": "GET"})
        check_problem(reply, 405)
        assert reply.headers["allow"] == f"{allowed}, OPTIONS"


def test_recommendations_are_posted_only(demo):
    check_problem(demo.get("/api/v1/recommendations"), 405)
    assert demo.request("OPTIONS", "/api/v1/recommendations").headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/v1", "/api/v1/films/", "/api/v1/films/1/", "/api/v1/films//similar",
                                  "/healthz/", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/index.html", "//",
                                  "/api/v1/films/1/similar/x", "/" + "a" * 5000])
def test_nothing_there(demo, path):
    check_problem(demo.get(path), 404)


@pytest.mark.parametrize("path", [*GETS, "/nothing"])
def test_headers_of_every_reply(demo, path):
    headers = demo.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "server" not in headers
    assert re.fullmatch("[0-9a-f]{16}", headers["x-request-id"])


@pytest.mark.parametrize("path", ["/", "/admin", "/api/docs"])
def test_the_policy_allows_exactly_what_the_page_has(demo, path):
    reply = demo.get(path)
    for tag in ("script", "style"):
        parts = re.findall(rf"<{tag}>(.*?)</{tag}>", reply.text, re.DOTALL)
        hashes = re.findall(rf"{tag}-src 'sha256-([^']+)'", reply.headers["content-security-policy"])
        assert hashes == [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts]
    assert not re.search(r"\sstyle=|\son\w+=\"", reply.text), "inline attributes would be blocked"


@pytest.mark.parametrize("path", ["/", "/admin", "/api/docs"])
def test_pages_load_nothing_from_outside(demo, path):
    text = demo.get(path).text
    assert not re.search(r"(src|srcset)=\"|<link[^>]+href=\"(?!data:)|@import|url\((?!#)", text)


@pytest.mark.parametrize("path", ["/", "/admin", "/api/docs", "/api/openapi.yaml"])
def test_etag(demo, path):
    first = demo.get(path)
    again = demo.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status == 304 and again.body == b""
    assert again.headers["etag"] == first.headers["etag"] == demo.get(path).headers["etag"]
    assert demo.get(path, headers={"If-None-Match": '"other"'}).status == 200


def test_the_description_is_served_as_it_is(demo, root):
    assert demo.get("/api/openapi.yaml").body == (root / "docs" / "openapi.yaml").read_bytes()
    assert yaml.safe_load(demo.get("/api/openapi.yaml").text)["openapi"].startswith("3.1")


def test_the_reference_names_every_route_and_problem(demo):
    text = demo.get("/api/docs").text
    for path, item in SPEC["paths"].items():
        for method in set(item) & {"get", "post", "put", "delete"}:
            assert f"<code>{method.upper()} {path}</code>" in text
    for kind in ("invalid-json", "invalid-parameter", "invalid-field", "no-session", "too-many-requests", "event-conflict", "no-space", "read-only", "no-model", "busy"):
        assert f'id="{kind}"' in text


def test_about(demo):
    about = demo.get("/api/v1/about").json()
    assert about["films"] == about["model"]["films"] == 500
    assert any(source["licence"] for source in about["sources"])


def metric(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else None


def test_metrics_count(demo):
    counter = 'butaca_http_requests_total{route="/api/v1/films/{id}",status="404"}'
    before = metric(demo.get("/metrics").text, counter) or 0
    demo.get("/api/v1/films/999999")
    text = demo.get("/metrics").text
    assert metric(text, counter) == before + 1
    assert metric(text, "butaca_queue_length") == 0 and metric(text, "butaca_queue_capacity") > 0
    assert metric(text, "butaca_http_requests_active") >= 1
    model = demo.get("/api/v1/about").json()["model"]
    assert metric(text, f'butaca_model_info{{id="{model["id"]}",rank="{model["rank"]}"}}') == 1


def test_metrics_are_well_formed(demo):
    text = demo.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    for line in text.splitlines():
        if not line.startswith("#"):
            name = re.fullmatch(r"(\w+)(\{[^}]*\}|\{(?:[^\"]|\"[^\"]*\")*\})? [0-9.e+-]+", line).group(1)
            assert name in kinds or re.sub(r"_(bucket|sum|count)$", "", name) in kinds, line
    buckets = [int(n) for n in re.findall(r'_bucket\{route="/healthz",le="[^"]+"\} (\d+)', text)]
    assert buckets == sorted(buckets)
    assert buckets[-1] == metric(text, 'butaca_http_request_duration_seconds_count{route="/healthz"}')


def test_without_a_model(server, butaca, demo_data, data_folder):
    butaca("import", "--data", data_folder, demo_data)
    young = server(data_folder)
    assert young.get("/healthz").status == 200
    assert young.get("/api/v1/films?text=alien").json()["total"] == 2
    assert young.get("/api/v1/about").json()["model"] is None
    for reply in (young.get("/readyz"), young.get("/api/v1/films/1/similar"), young.post("/api/v1/recommendations", {"profile": []})):
        assert check_problem(reply, 503)["type"].endswith("#no-model")


def test_a_port_in_use_is_an_error(demo, butaca, demo_folder, tmp_path):
    done = butaca("serve", "--data", shutil.copytree(demo_folder, tmp_path / "data"), "--port", demo.port, rc=1)
    assert str(demo.port) in done.err and "in use" in done.err


@pytest.mark.parametrize("host", ["example.org", "300.1.1.1", "not a host"])
def test_only_addresses_are_listened_on(butaca, demo_folder, tmp_path, host):
    assert "not an address" in butaca("serve", "--data", shutil.copytree(demo_folder, tmp_path / "data"), "--host", host, "--port", 0, rc=1).err
