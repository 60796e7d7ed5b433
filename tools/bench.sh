#!/bin/bash
# Builds bench/ in release and runs it: bench/run if it is there, else each program bench_*.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh run
tools/build.sh release all bench-programs
if [ -x bench/run ]; then
    exec bench/run
fi
shopt -s nullglob
programs=(build/release/bench/bench_*)
if [ ${#programs[@]} -eq 0 ]; then
    echo "bench/ has no benchmark yet" >&2
    exit 1
fi
for program in "${programs[@]}"; do
    "$program"
done
