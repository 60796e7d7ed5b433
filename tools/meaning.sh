#!/bin/bash
# Texts by meaning for a data folder, beside a server that is running on it: tools/meaning.sh FOLDER gets the encoder's weights, if they
# aren't there, and encodes the films' texts; the next server compares descriptions by them. Whatever is in the way, words go on serving: the last
# line says how it went, build/meaning.log has the rest.
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
    echo "  Descriptions   encoded; from the next start on, likes and dislikes compare them by meaning"
else
    echo "  Descriptions   compared by their words ($(tail -n 1 "$log"))"
fi
