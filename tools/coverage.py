"""Adds up what gcov counted: branches taken at least once, of all branches, a line a folder of the source tree.

A branch of a header or a macro counts for the folder of its file. Branches that gcov marks as thrown exceptions don't exist in C.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("core", "import", "sqlite", "store", "stream", "app", "server", "cli")


def records(build):
    """gcov's JSON, a document an object file; one that no program ran has notes alone, and counts of zero."""
    data = sorted(build.rglob("*.gcno"))
    for start in range(0, len(data), 50):
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *data[start:start + 50]],
                              capture_output=True, text=True, check=True, cwd=build)
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def folder_of(name):
    path = Path(name)
    try:
        path = (path if path.is_absolute() else ROOT / path).resolve().relative_to(ROOT)
    except ValueError:
        return None
    parts = path.parts[:-1]
    if not parts or parts[0] not in FOLDERS:
        return None
    return "/".join(parts[:2]), str(path)


def main(build):
    taken = defaultdict(int)  # (file, line, index of the branch) -> times, over all programs
    for record in records(build):
        for file in record["files"]:
            if not folder_of(file["file"]):
                continue
            for line in file["lines"]:
                for index, branch in enumerate(line["branches"]):
                    taken[file["file"], line["line_number"], index] += branch["count"]
    sums = defaultdict(lambda: [0, 0])
    for (file, _, _), count in taken.items():
        folder, _ = folder_of(file)
        for key in (folder, "all"):
            sums[key][0] += count > 0
            sums[key][1] += 1
    if not sums:
        sys.exit("no counts were found: the coverage build has not run")
    print(f"{'branches':<20}{'taken':>8}{'of':>8}{'':>9}")
    for folder in sorted(sums, key=lambda name: (name == "all", name)):
        hit, total = sums[folder]
        print(f"{folder:<20}{hit:>8}{total:>8}{100 * hit / total:>8.1f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
