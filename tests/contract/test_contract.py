"""Schemathesis tries every operation of docs/openapi.yaml, with what fits the description and what doesn't, as nobody, as a guest and as an
administrator: a reply has a status, a type and a body that the description names, so none is a 500."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

from api import SPEC  # noqa: E402
from test_admin import administrator  # noqa: E402
from test_events import Guest  # noqa: E402

pytestmark = pytest.mark.slow

NO_NETWORK = 3  # exit code of tools/setup.sh
ENDLESS = ["/api/v1/stream"]  # tests/server/test_stream.py reads it
ITS_OWN = ["/api/v1/me", "/api/v1/session", "/api/v1/me/sessions"]  # whoever asks would be logged out, or erased
HEAVY = ["/api/v1/admin/training"]  # trainings of any rank
CHECKS = "status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance"


@pytest.fixture(scope="session")
def schemathesis(root, once):
    def get(_):
        done = subprocess.run([root / "tools" / "setup.sh", "contract"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode == NO_NETWORK:
            pytest.skip("schemathesis can't be downloaded")
        assert done.returncode == 0, done.stderr

    once("contract-venv", get)
    return root / "build" / "tools" / "contract-venv" / "bin" / "schemathesis"


@pytest.mark.parametrize("who", ["nobody", "guest", "admin"])
def test_whatever_is_asked_the_reply_is_one_that_is_described(schemathesis, server, demo_folder, tmp_path, who):
    running = server(demo_folder, "--person-rate", 0)
    person = {"nobody": lambda _: None, "guest": Guest, "admin": administrator}[who](running)
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(SPEC))
    left_out = ENDLESS + (HEAVY + ITS_OWN if person else [])
    command = [schemathesis, "run", tmp_path / "openapi.yaml", "--url", running.url, "--phases", "examples,coverage,fuzzing", "-n", 5, "--seed", 1,
               "--checks", CHECKS, "--no-color", *(part for path in left_out for part in ("--exclude-path", path)),
               *(("-H", f"Cookie: {person.cookie}") if person else ())]
    done = subprocess.run([str(part) for part in command], cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, "\n".join(line[:300] for line in done.stdout.splitlines()[-120:]) + done.stderr[-2000:]
    cases = int(re.search(r"([\d,]+) generated", done.stdout).group(1).replace(",", ""))
    assert cases > 1000 and running.get("/healthz").status == 200
