"""The source tree as the structural tests see it."""

import platform
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("include", "core", "import", "sqlite", "store", "stream", "app", "server", "cli", "tools", "tests", "fuzz", "bench", "docs")


@cache
def files():
    """Every file that belongs to the project: what git knows, and what it would add."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    return tuple(sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()}))


def name(path):
    return str(Path(path).relative_to(ROOT))


def top(path):
    return path.relative_to(ROOT).parts[0]


def with_suffix(*suffixes):
    return [path for path in files() if path.suffix in suffixes]


def c_files():
    return with_suffix(".c", ".h")


def c_sources():
    return with_suffix(".c")


def c_headers():
    return with_suffix(".h")


def is_compiled(path):
    """Whether this architecture compiles it, so that compile_commands.json knows it."""
    arm = platform.machine() in ("aarch64", "arm64")
    foreign = r"(avx2|avx512)\.c$" if arm else r"neon\.c$"
    return top(path) in ("core", "import", "sqlite", "store", "stream", "app", "server", "cli", "tests", "fuzz", "bench") and not re.search(
        foreign, path.name)


def includes(path):
    """(line number, included name) of each #include "…" or <…>."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


INCLUDE_FOLDERS = (ROOT / "include", ROOT / "core", ROOT, ROOT / "tests")


@cache
def included_headers(path):
    """The project's own headers that a file includes itself."""
    found = (next((folder / included for folder in INCLUDE_FOLDERS if (folder / included).is_file()), None)
             for _, included in includes(path))
    return tuple(header for header in found if header)


def with_its_headers(path):
    """The file and all that it includes, directly or not."""
    seen, todo = set(), [path]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(included_headers(file))
    return seen


def code_blocks(path):
    """(line number, info string, text) of each fenced block of a Markdown file."""
    info, start, lines = None, 0, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = re.match(r"^```(.*)$", line)
        if info is None and fence:
            info, start, lines = fence.group(1).strip(), number, []
        elif info is not None and line.rstrip() == "```":
            yield start, info, "\n".join(lines) + "\n"
            info = None
        elif info is not None:
            lines.append(line)


def headings(path):
    """The levels of a Markdown file's headings, those in code blocks left out."""
    levels, fenced = [], False
    for line in path.read_text().splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and (match := re.match(r"^(#+) ", line)):
            levels.append(len(match.group(1)))
    return levels
