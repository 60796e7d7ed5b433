"""Dependencies point one way, held by #include: cli, server -> app -> import, store, stream -> core, and import -> store."""

import pytest
import tree

MAY_INCLUDE = {
    "core": {"core"},
    "store": {"store", "core"},
    "stream": {"stream", "core"},
    "import": {"import", "store", "core"},
    "app": {"app", "import", "store", "stream", "core"},
    "server": {"server", "app", "import", "store", "stream", "core"},
    "cli": {"cli", "server", "app", "import", "store", "stream", "core"},
    "include": set(),
}

# System and library headers that belong to one layer. core computes: it neither talks nor stores in a database.
ONLY_IN = {
    "sqlite3.h": {"store"},
    "microhttpd.h": {"server"},
    "zip.h": {"import"},
    "jansson.h": {"import", "server", "cli", "app"},
    "utf8proc.h": {"core"},
    "xxhash.h": {"core"},
    "sys/socket.h": {"server"},
    "netinet/in.h": {"server"},
    "arpa/inet.h": {"server"},
    "netdb.h": {"server"},
    "signal.h": {"cli", "server"},
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
    assert not wrong, "\n".join(wrong)


def test_the_check_sees_the_layers():
    """It would pass on an empty tree: the layers that exist must have been looked at."""
    assert "core" in {tree.top(path) for path in LAYERED}
    assert layer_of("base/file.h") == "core"
    assert layer_of("stdio.h") is None


LINES_MAX = 700


@pytest.mark.parametrize("path", tree.with_suffix(".c", ".h", ".py", ".sh", ".cmake", ".js"), ids=tree.name)
def test_length(path):
    lines = len(path.read_text().splitlines())
    assert lines <= LINES_MAX, f"{tree.name(path)} has {lines} lines; is it still one idea?"
