"""clang-format 14 and clang-tidy 14 over every C file, an item a file.

clang-tidy is slow and a file's result depends on nothing but its text, the project's headers that it includes and the
configuration: a clean result is remembered in build/lint under the hash of those.
"""

import hashlib
import subprocess

import pytest
import tree

COMPILED = [path for path in tree.c_sources() if tree.is_compiled(path)]


@pytest.mark.parametrize("path", tree.c_files(), ids=tree.name)
def test_format(path):
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", path], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"{done.stderr}\nrun: clang-format-14 -i {tree.name(path)}", pytrace=False)


def fingerprint(path):
    """Of all that clang-tidy's result for a file depends on."""
    digest = hashlib.sha256()
    configuration = {tree.ROOT / name for name in (".clang-tidy", "tests/.clang-tidy", "cmake/flags.cmake")}
    for part in sorted(configuration | tree.with_its_headers(path)):
        digest.update(tree.name(part).encode() + part.read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize("path", COMPILED, ids=tree.name)
def test_tidy(path):
    remembered = tree.ROOT / "build" / "lint" / fingerprint(path)
    if remembered.exists():
        return
    done = subprocess.run(["clang-tidy-14", "-p", tree.ROOT / "build" / "dev", "--quiet", path], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(done.stdout, pytrace=False)
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.touch()
