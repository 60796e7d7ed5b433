#!/bin/bash
# Builds bench/ in release and runs it: tools/bench.sh [training|lists|import], without an argument all. docs/benchmarks.md says what is
# measured how. What the import is compared with comes from bench/requirements-import.txt into build/tools/bench-venv.
set -euo pipefail
cd "$(dirname "$0")/.."

training() {
    build/release/bench/bench_kernels
    build/release/bench/bench_kernels scalar
    build/release/bench/bench_als
}

lists() {
    build/release/bench/bench_lists
}

# Packages to compare with, pinned by hash. Made again when the list changes.
make_venv() {
    local venv=build/tools/bench-venv wanted
    wanted=$(sha256sum bench/requirements-import.txt | cut -d ' ' -f 1)
    if [ "$(cat "$venv/made-for" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing into $venv with pip: bench/requirements-import.txt"
    rm -rf "$venv"
    mkdir -p build/tools
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r bench/requirements-import.txt
    echo "$wanted" >"$venv/made-for"
}

import() {
    make_venv
    build/tools/bench-venv/bin/python bench/import.py
}

case ${1:-all} in
training | lists | import) parts=("$1") ;;
all) parts=(training lists import) ;;
*)
    echo "usage: tools/bench.sh [training|lists|import]" >&2
    exit 2
    ;;
esac

tools/setup.sh run
tools/build.sh release butaca generate-ratings bench-programs
for part in "${parts[@]}"; do
    "$part"
done
