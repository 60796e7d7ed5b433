#!/bin/bash
# Runs tests with pytest: tools/test.sh all | check | lint, with T=name only those whose name contains it.
#
#     all     everything, in all the builds it needs
#     check   unit tests and lint: what a contributor runs after each change; no network, no services
#     lint    format, static analysis, structure, the demo's own data
#
# The last line of the output is "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-all}
jobs=$(nproc)

build() { # build LABEL PRESET [TARGET…]
    local label=$1 from=$SECONDS log
    shift
    log=build/$1.log
    mkdir -p build
    if ! tools/build.sh "$@" >"$log" 2>&1; then
        grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Creating|Embedding)' "$log" >&2 || true
        echo "the $label build failed" >&2
        exit 1
    fi
    printf '%-42s %4d s\n' "built: $label" $((SECONDS - from))
}

unit_programs() {
    /usr/bin/python3 tests/support/unit.py "$1"
}

tools/setup.sh test
mkdir -p build/dev
cmake --preset dev >build/dev/configure.log # clang-tidy reads compile_commands.json, which has to know new files

case $what in
all)
    build "program and library (release)" release all bench_kernels
    mapfile -t programs < <(unit_programs release)
    [ ${#programs[@]} -eq 0 ] || build "evaluations (release)" release "${programs[@]}"
    build "unit tests (asan-ubsan)" asan-ubsan all
    mapfile -t programs < <(unit_programs tsan)
    [ ${#programs[@]} -eq 0 ] || build "tests with threads (tsan)" tsan "${programs[@]}"
    build "fuzz targets (clang)" fuzz fuzz-targets
    [ "$(uname -m)" != x86_64 ] || build "kernels (64-bit ARM, run under qemu)" arm64
    select=(tests)
    ;;
check)
    build "library (release)" release all
    build "unit tests (asan-ubsan)" asan-ubsan all
    select=(tests/unit tests/structure tests/demo/test_demo_data.py -m "not slow")
    ;;
lint)
    build "library (release)" release all
    select=(tests/structure tests/demo/test_demo_data.py -m "not slow")
    ;;
*)
    echo "usage: tools/test.sh all|check|lint" >&2
    exit 2
    ;;
esac

if [ -n "${T:-}" ]; then
    select+=(-k "$T")
fi
exec build/tools/venv/bin/python -m pytest -c tests/pytest.ini --rootdir . -q -n "$jobs" --dist worksteal "${select[@]}"
