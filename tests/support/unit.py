"""The C tests as pytest sees them: which tests a file holds, in which builds it runs, and how to run one.

Names come from the sources (`TEST(name)`), so that collecting needs no build. A file runs in the asan-ubsan build; files in
tests/unit/threads under ThreadSanitizer as well, those in tests/unit/quality (they compute for long) in release alone. Any file
can say it itself, in a comment of its own: `/* run: asan-ubsan tsan */`.

As a program it prints the paths that ninja has to build: python3 tests/support/unit.py tsan
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
SKIPPED = 77
TIME_LIMIT = {"asan-ubsan": 300, "tsan": 300, "release": 600}  # seconds for one test; it ends a hang, it measures nothing

SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}


def parts(source):
    """The files of one program: test_catalogue_sqlite.c takes in contract_catalogue*.c, which all implementations share."""
    shared = re.match(r"test_([a-z0-9]+)_", source.name)
    return [source, *sorted(source.parent.glob(f"contract_{shared.group(1)}*.c"))] if shared else [source]


def tests_in(file):
    return re.findall(r"^TEST\((\w+)\)", file.read_text(), re.MULTILINE)


def names(source):
    return [name for part in parts(source) for name in tests_in(part)]


def builds(source):
    own = re.search(r"^/\* run: ([a-z -]+) \*/$", source.read_text(), re.MULTILINE)
    if own:
        return own.group(1).split()
    folder = source.relative_to(UNIT).parts[0]
    return {"threads": ["asan-ubsan", "tsan"], "quality": ["release"]}.get(folder, ["asan-ubsan"])


def program(source, build):
    return ROOT / "build" / build / source.relative_to(ROOT).with_suffix("")


def environment(tmp):
    return {**os.environ, **SANITIZER_OPTIONS, "TMPDIR": str(tmp)}


def run(source, build, name, tmp):
    """Runs one test in a process of its own: (exit code, output). A hang comes back as exit code None."""
    if not program(source, build).exists():
        return -1, f"{program(source, build).relative_to(ROOT)} is not built: run make check or make test, not pytest"
    try:
        done = subprocess.run([program(source, build), name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=TIME_LIMIT[build], env=environment(tmp), cwd=tmp,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as hang:
        return None, (hang.stdout or b"").decode(errors="replace") if isinstance(hang.stdout, bytes) else (hang.stdout or "")
    return done.returncode, done.stdout


def sources():
    return sorted(UNIT.rglob("test_*.c"))


if __name__ == "__main__":
    for source in sources():
        if sys.argv[1] in builds(source):
            print(source.relative_to(ROOT).with_suffix(""))
