#!/bin/bash
# Branch coverage of the unit tests, counted by gcov, a line a folder.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh test
tools/build.sh coverage unit-tests
find build/coverage -name '*.gcda' -delete
while read -r program; do
    TMPDIR=$(mktemp -d) "build/coverage/$program" >"build/coverage/$(basename "$program").log" 2>&1 || echo "failed: $program" >&2
done < <(find tests/unit -name 'test_*.c' -not -path '*/quality/*' | sed 's/\.c$//')
exec build/tools/venv/bin/python tools/coverage.py build/coverage
