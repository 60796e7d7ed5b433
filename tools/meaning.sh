#!/bin/bash
# Texts by meaning for a data folder, beside a server that is running on it: tools/meaning.sh FOLDER gets the encoder's weights, if they
# aren't there, and encodes the films' texts; the server takes the vectors up. Whatever is in the way, search by words goes on: the
# last line says how it went, build/meaning.log has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
log=build/meaning.log

prepare() {
    tools/weights.sh muse && # set -e doesn't hold in a condition
        mkdir -p "$folder/weights" &&
        ln -sfn "$PWD/build/weights/muse.btenc" "$folder/weights/muse.btenc" &&
        nice build/release/butaca embed --data "$folder"
}

if prepare >"$log" 2>&1; then
    echo "  Search         by meaning, too: describe a plot in your own words"
else
    echo "  Search         by words alone ($(tail -n 1 "$log"))"
fi
