#!/bin/bash
# Builds a preset: tools/build.sh PRESET [TARGET…]. Configures it the first time; without a change it takes a fraction of a
# second. Prints ninja's output only when something was wrong or slow enough to wonder about.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
folder=build/$preset

for tool in cmake ninja; do
    if ! command -v "$tool" >/dev/null; then
        echo "butaca: $tool is missing; tools/setup.sh run installs it" >&2
        exit 1
    fi
done
if [ ! -f "$folder/build.ninja" ]; then
    mkdir -p "$folder"
    cmake --preset "$preset" >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log" >&2; exit 1; }
fi
if [ $# -gt 0 ]; then set -- --target "$@"; fi
exec cmake --build "$folder" "$@"
