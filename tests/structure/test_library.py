"""libbutaca from the outside: its symbols, its headers, and an installed copy that a program is built against."""

import os
import subprocess

import pytest
import tree

PUBLIC = [path for path in tree.c_headers() if tree.name(path).startswith("include/butaca/")]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def exported(library):
    listed = subprocess.run(["nm", "-D", "--defined-only", "--format=posix", library], check=True, capture_output=True, text=True)
    return {line.split()[0] for line in listed.stdout.splitlines()}


def test_exports_only_bt(build):
    symbols = exported(build / "libbutaca.so")
    assert "bt_status_text" in symbols
    assert not [symbol for symbol in symbols if not symbol.startswith("bt_")]


def test_every_declared_function_is_there(build):
    """Each BT_API declaration of a header has a definition in the library."""
    import re

    symbols = exported(build / "libbutaca.so")
    declared = set()
    for header in PUBLIC:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        declared.update(re.findall(r"^BT_API\b[^;(]*?\b(bt_\w+)\s*\(", text, re.MULTILINE))
    assert declared
    assert declared - symbols == set()


@pytest.mark.parametrize("header", PUBLIC, ids=tree.name)
@pytest.mark.parametrize("compiler", [["gcc", "-std=c17", "-xc"], ["g++", "-std=c++17", "-xc++"], ["clang-14", "-std=c17", "-xc"]],
                         ids=["c", "c++", "clang"])
def test_header_alone(header, compiler, build, tmp_path):
    source = tmp_path / "alone.c"
    source.write_text(f'#include "butaca/{header.name}"\n#include "butaca/{header.name}"\nint alone;\n')
    done = subprocess.run([*compiler, *WARNINGS, "-fsyntax-only", f"-I{tree.ROOT}/include", f"-I{build}/include", source],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
    return prefix


@pytest.mark.parametrize("linking", ["shared", "static"])
def test_a_program_against_the_installed_library(installed, linking, tmp_path):
    """The prefix may be moved anywhere: the pkg-config file finds it from where it lies."""
    example = tree.ROOT / "docs" / "example.c"
    if not example.exists():
        example = tmp_path / "small.c"
        example.write_text('#include <butaca/butaca.h>\n#include <stdio.h>\n'
                           'int main(void) { return puts(bt_status_text(BT_OK)) < 0; }\n')
    library = next(installed.rglob("libbutaca.a")).parent
    env = {**os.environ, "PKG_CONFIG_PATH": str(library / "pkgconfig")}
    query = ["pkg-config", "--cflags", "--libs", *(["--static"] if linking == "static" else []), "butaca"]
    flags = subprocess.run(query, check=True, capture_output=True, text=True, env=env).stdout.split()
    if linking == "static":
        flags = [str(library / "libbutaca.a") if flag == "-lbutaca" else flag for flag in flags]
    program = tmp_path / "example"
    subprocess.run(["gcc", "-std=c17", *WARNINGS, example, "-o", program, *flags], check=True)
    done = subprocess.run([program], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                          env={**env, "LD_LIBRARY_PATH": str(library)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
