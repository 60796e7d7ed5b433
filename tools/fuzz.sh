#!/bin/bash
# Lets libFuzzer search with each target for TIME seconds (default 30), starting from fuzz/corpus. What it finds is left in
# build/fuzz/found; the inputs that reached new code are in build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${TIME:-30}
tools/setup.sh test
tools/build.sh fuzz fuzz-targets
mkdir -p build/fuzz/found

failed=0
for source in fuzz/fuzz_*.c; do
    [ -e "$source" ] || { echo "no fuzz targets yet"; exit 0; }
    name=$(basename "$source" .c)
    work=build/fuzz/corpus/${name#fuzz_}
    seeds=fuzz/corpus/${name#fuzz_}
    mkdir -p "$work" "$seeds"
    echo "== $name, $seconds s"
    log=build/fuzz/$name.log
    if ! "build/fuzz/fuzz/$name" "$work" "$seeds" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$name-" >"$log" 2>&1; then
        tail -n 40 "$log"
        failed=1
    else
        grep -E 'stat::(number_of_executed_units|average_exec_per_sec|new_units_added)' "$log" || true
    fi
done
exit "$failed"
