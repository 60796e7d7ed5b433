"""The harness from outside: that failing checks fail, that skips are held to the list, that names in sources and programs agree."""

import subprocess
import sys

import pytest
import tree
import unit

FAILING = r'''
#include "support/test.h"
#include "butaca/memory.h"
#include "base/memory.h"
TEST(passes) { CHECK(1); }
TEST(check) { CHECK(2 < 1); }
TEST(integer) { CHECK_INT(1, 2); }
TEST(string) { CHECK_STR("a", "b"); }
TEST(null_string) { CHECK_STR(NULL, "b"); }
TEST(contains) { CHECK_CONTAINS("abc", "d"); }
TEST(bytes) { CHECK_BYTES("abc", "abd", 3); }
TEST(near) { CHECK_NEAR(1.0, 1.1, 0.01); }
TEST(not_a_number) { const double zero = 0; CHECK_NEAR(zero / zero, zero / zero, 1); }
TEST(ulp) { CHECK_ULP(1.0f, 1.000001f, 1); }
TEST(status) { CHECK_STATUS(BT_OK, BT_IO); }
TEST(ok) { bt_error error = {BT_IO, "the disk went away"}; CHECK_OK(BT_IO, error); }
TEST(require) { REQUIRE(0); }
TEST(leaks_after_failure)
{
    EACH_FAILED_ALLOCATION
    {
        void *one = memory_array(1, 1);
        void *two = memory_array(1, 1);
        if (two) {
            bt_free(two);
            bt_free(one);
        }
    }
}
TEST(past_the_guard) { volatile char *p = test_guarded(3); p[3] = 1; }
TEST(no_reason) { SKIP("I did not feel like it"); }
TEST(data) { test_data_dir(); }
TEST(goes_on) { CHECK(0); CHECK_STR("still", "here"); }
'''


@pytest.fixture(scope="module")
def failing(tmp_path_factory, build):
    folder = tmp_path_factory.mktemp("harness")
    (folder / "failing.c").write_text(FAILING)
    support = [tree.ROOT / "tests" / "support" / name for name in ("test.c", "resources.c")]
    subprocess.run(["gcc", "-std=c17", "-D_POSIX_C_SOURCE=200809L", f"-I{tree.ROOT}/tests", f"-I{tree.ROOT}/include",
                    f"-I{build}/include", f"-I{tree.ROOT}/core", folder / "failing.c", *support, build / "libbutaca.a", "-lm",
                    "-pthread", "-o", folder / "failing"], check=True)
    return folder / "failing"


def run(failing, name, **env):
    return subprocess.run([failing, name], capture_output=True, text=True, env=env)


MUST_FAIL = ["check", "integer", "string", "null_string", "contains", "bytes", "near", "not_a_number", "ulp", "status", "ok",
             "require", "leaks_after_failure"]


@pytest.mark.parametrize("name", MUST_FAIL)
def test_failing_checks_fail(failing, name):
    done = run(failing, name)
    assert done.returncode == 1
    assert "failing.c:" in done.stdout


def test_what_it_prints(failing):
    assert run(failing, "passes").returncode == 0
    assert "1 is 1, expected 2 (2)" in run(failing, "integer").stdout
    assert "the disk went away" in run(failing, "ok").stdout
    assert "still" in run(failing, "goes_on").stdout
    assert run(failing, "unheard_of").returncode == 2


def test_guard_page_ends_the_process(failing):
    assert run(failing, "past_the_guard").returncode < 0


def test_skips(failing):
    done = run(failing, "no_reason")
    assert (done.returncode, done.stdout) == (77, "skipped: I did not feel like it\n")
    assert run(failing, "data").stdout == "skipped: BUTACA_TEST_DATA is not set\n"
    assert run(failing, "data", BUTACA_TEST_DATA="somewhere").returncode == 0


def test_unlisted_skips_fail_the_run(tmp_path):
    """In a run of its own: a listed reason skips, another fails, and STRICT=1 lets none through."""
    (tmp_path / "test_inner.py").write_text("import pytest\n"
                                            "def test_one(): pytest.skip('BUTACA_TEST_DATA is not set')\n"
                                            "def test_two(): pytest.skip('too lazy')\n"
                                            "def test_three(): pass\n")

    def last_line(**env):
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-c", tree.ROOT / "tests" / "pytest.ini",
                               "--rootdir", tmp_path, tmp_path], capture_output=True, text=True, cwd=tmp_path,
                              env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tree.ROOT / "tests"), **env})
        assert done.returncode == 1
        return done.stdout.splitlines()[-1]

    assert last_line() == "1 passed, 1 failed, 1 skipped"
    assert last_line(STRICT="1") == "1 passed, 2 failed, 0 skipped"


@pytest.mark.parametrize("source", unit.sources(), ids=tree.name)
def test_names_in_source_and_program_agree(source):
    """Collecting reads the sources; a test that a macro makes would never run."""
    program = unit.program(source, unit.builds(source)[0])
    if not program.exists():
        return  # another kind of run built it not; `make test` builds all
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(listed) == sorted(unit.names(source))
    assert len(listed) == len(set(listed)) > 0
