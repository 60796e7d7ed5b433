"""Dependencies point one way, held by #include: cli, server -> app -> import, store, stream -> core, and import -> store. Below
store and stream is sqlite, what their SQLite files have in common."""

import re

import pytest
import tree

MAY_INCLUDE = {
    "core": {"core"},
    "sqlite": {"sqlite", "core"},
    "store": {"store", "sqlite", "core"},
    "stream": {"stream", "sqlite", "core"},
    "import": {"import", "store", "core"},
    "app": {"app", "import", "store", "stream", "core"},
    "server": {"server", "app", "import", "store", "stream", "core"},
    "cli": {"cli", "server", "app", "import", "store", "stream", "core"},
    "include": set(),
}

# System and library headers that belong to one layer. core computes: it neither talks nor stores in a database.
ONLY_IN = {
    "sqlite3.h": {"sqlite"},
    "microhttpd.h": {"server"},
    "sodium.h": {"server", "import"},
    "curl/curl.h": {"import"},
    "zip.h": {"import"},
    "jansson.h": {"import", "server", "cli", "app"},
    "utf8proc.h": {"core", "cli"},  # cli: the width of a column
    "xxhash.h": {"core"},
    "libstemmer.h": {"core"},
    "sys/socket.h": {"server"},
    "netinet/in.h": {"server"},
    "arpa/inet.h": {"server"},
    "netdb.h": {"server"},
}

LAYERED = [path for path in tree.c_files() if tree.top(path) in MAY_INCLUDE]


def layer_of(included):
    """The layer that an included name of the project belongs to; None: a public or a system header."""
    first = included.split("/")[0]
    if first in MAY_INCLUDE and (tree.ROOT / included).exists():
        return first
    if (tree.ROOT / "core" / included).exists():
        return "core"
    return None


@pytest.mark.parametrize("path", LAYERED, ids=tree.name)
def test_includes(path):
    layer = tree.top(path)
    wrong = []
    for line, included in tree.includes(path):
        target = layer_of(included)
        beside = (path.parent / included).exists() and "/" not in included
        if target and target not in MAY_INCLUDE[layer]:
            wrong.append(f"{tree.name(path)}:{line}: {layer} must not know {target} ({included})")
        if layer not in ONLY_IN.get(included, {layer}):
            wrong.append(f"{tree.name(path)}:{line}: {included} belongs to {', '.join(sorted(ONLY_IN[included]))}")
        if beside:
            wrong.append(f'{tree.name(path)}:{line}: write the path from the root of its layer, not "{included}"')
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_the_check_sees_the_layers():
    """It would pass on an empty tree: the layers that exist must have been looked at."""
    assert "core" in {tree.top(path) for path in LAYERED}
    assert layer_of("base/file.h") == "core"
    assert layer_of("stdio.h") is None


# Calls that a layer leaves to others: the program prints and ends, memory and files come through their doors. A pattern, the
# layers it is forbidden in, the files that are the door, and what to do instead.
LIBRARIES = ("core", "import", "sqlite", "store", "stream", "app")
MANNERS = [
    (r"printf|puts|putchar|perror", LIBRARIES, (), "libraries never print: fill the bt_error"),
    (r"exit|_exit|abort", LIBRARIES, (), "libraries never end the process: return a bt_status"),
    (r"signal|sigaction", LIBRARIES, (), "libraries install no signal handlers"),
    (r"malloc|calloc|realloc|aligned_alloc|posix_memalign|strdup|strndup", LIBRARIES, ("core/base/memory.c",),
     "memory comes through core/base/memory.h"),
    (r"fopen|open|openat|creat|rename|unlink|remove|ftruncate|fsync|fdatasync|mkdir", ("core", "import", "app"),
     ("core/base/file.c", "core/base/file_folder.c", "core/base/file_replace.c", "app/doctor_folder.c"), "files go through core/base/file.h"),
]


def without_comments(text):
    """Comments and strings blanked, lines kept."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))  # noqa: E731
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.DOTALL)


@pytest.mark.parametrize("path", [path for path in LAYERED if tree.top(path) in LIBRARIES], ids=tree.name)
def test_manners(path):
    wrong = []
    for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
        for calls, layers, doors, instead in MANNERS:
            call = re.search(rf"(?<![\w.>])({calls})\s*\(", line)
            if call and tree.top(path) in layers and tree.name(path) not in doors:
                wrong.append(f"{tree.name(path)}:{number}: {call.group(1)}(): {instead}")
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_manners_sees_calls():
    line = without_comments('/* malloc(1) */ x = malloc(2); door->open("open(3)"); // exit(1)')
    found = [bool(re.search(rf"(?<![\w.>])({calls})\s*\(", line)) for calls, *_ in MANNERS]
    assert found == [False, False, False, True, False]


LINES_MAX = 700


@pytest.mark.parametrize("path", tree.with_suffix(".c", ".h", ".py", ".sh", ".cmake", ".js"), ids=tree.name)
def test_length(path):
    lines = len(path.read_text().splitlines())
    assert lines <= LINES_MAX, f"{tree.name(path)} has {lines} lines; is it still one idea?"
