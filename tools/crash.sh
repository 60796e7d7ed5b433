#!/bin/bash
# Kills a server of the demo with -9 under load, CYCLES=200 times, and checks from outside that no acknowledged event was lost, doubled
# or moved: tests/crash/checker.py, which says what it looks for.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh test
tools/build.sh release butaca demo-ratings
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
build/release/demo-ratings data/demo/films.jsonl "$place/demo"
build/release/butaca import --data "$place/data" "$place/demo" >/dev/null
build/release/butaca train --data "$place/data" >/dev/null 2>&1
build/tools/venv/bin/python tests/crash/checker.py build/release/butaca "$place/data" --cycles "${CYCLES:-200}"
