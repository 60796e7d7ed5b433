#!/bin/bash
# make run: from a fresh clone to a page with recommendations.
#
#     HOST=127.0.0.1  PORT=4242   where to listen; without PORT the next free port is taken if 4242 is not free
#     DATA=FOLDER_OR_ZIP          your ratings (MovieLens' files) in place of the demo's
#
# All that it makes lies under build/: the program in build/release, the demo's data folder in build/demo, your own in
# build/data-<name>-<number>. What is up to date is not done again.
set -euo pipefail
start_folder=$PWD
cd "$(dirname "$0")/.."

host=${HOST:-127.0.0.1}
program=build/release/butaca

fail() {
    echo "butaca: $*" >&2
    exit 1
}

now() { date +%s%N; }

# step TEXT COMMAND…: says what is done, does it, says how long it took.
step() {
    local text=$1 from
    from=$(now)
    shift
    echo "· $text"
    "$@"
    local tenths=$((($(now) - from) / 100000000))
    echo "  done in $((tenths / 10)).$((tenths % 10)) s"
}

# --- where to listen ------------------------------------------------------------------------------------------------

# A wildcard address can't be connected to: ask on the machine's own.
reachable_host() {
    case $host in
    0.0.0.0 | '*') echo 127.0.0.1 ;;
    ::) echo ::1 ;;
    *) echo "$host" ;;
    esac
}

is_taken() { (exec 3<>"/dev/tcp/$(reachable_host)/$1") 2>/dev/null; }

choose_port() {
    if [ -n "${PORT:-}" ]; then
        [[ $PORT =~ ^[0-9]+$ ]] && [ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ] ||
            fail "PORT=$PORT is no port; it is a number from 1 to 65535"
        port=$PORT
        is_taken "$port" && fail "port $port of $host is taken; choose another: make run PORT=$((port % 65535 + 1))"
        return 0
    fi
    for port in {4242..4341}; do
        if ! is_taken "$port"; then
            [ "$port" = 4242 ] || echo "Port 4242 is taken; this one listens on $port."
            return 0
        fi
    done
    fail "the ports 4242 to 4341 are all taken; name one: make run PORT=5000"
}

# --- what to serve --------------------------------------------------------------------------------------------------

# A word that changes when the files under $1 do: their names, sizes and times.
fingerprint() {
    find -L "$1" -type f -printf '%P %s %T@\n' | sort | cksum | cut -d ' ' -f 1
}

choose_data() {
    if [ -z "${DATA:-}" ]; then
        source=build/demo-data
        folder=build/demo
        name="the demo's simulated ratings"
        origin=data/demo
        return
    fi
    case $DATA in
    /*) source=$DATA ;;
    '~'/*) source=$HOME/${DATA#\~/} ;;
    *) source=$start_folder/$DATA ;;
    esac
    [ -e "$source" ] || fail "DATA=$DATA: there is no such folder or file"
    source=$(realpath "$source")
    folder=build/data-$(basename "$source" .zip | tr -c 'A-Za-z0-9\n' - | cut -c 1-40)-$(cksum <<<"$source" | cut -d ' ' -f 1)
    name=$source
    origin=$source
}

prepare() {
    local made_for done_file=$folder.done
    made_for="$(fingerprint "$origin") $(cksum <"$program")"
    if [ "$(cat "$done_file" 2>/dev/null)" = "$made_for" ]; then
        return
    fi
    rm -f "$done_file"
    if [ -z "${DATA:-}" ]; then
        step "simulating the demo's ratings" build/release/demo-ratings data/demo/films.jsonl "$source"
    fi
    step "importing $name" "$program" import --data "$folder" "$source"
    step "training" "$program" train --data "$folder"
    echo "$made_for" >"$done_file"
}

# --- serving --------------------------------------------------------------------------------------------------------

build_program() {
    tools/build.sh release >build/build.log 2>&1 || {
        tail -n 30 build/build.log >&2
        fail "the build failed; its whole output is in build/build.log"
    }
}

serve() {
    local server code=0
    "$program" serve --data "$folder" --host "$host" --port "$port" >/dev/null & # the lines below say where
    server=$!
    trap 'kill -TERM $server 2>/dev/null' INT TERM
    until is_taken "$port"; do
        kill -0 $server 2>/dev/null || { wait $server || code=$?; fail "the server ended at once (exit code $code)"; }
        sleep 0.05
    done
    local tenths=$((($(now) - began) / 100000000)) address
    address=$(reachable_host)
    [[ $address != *:* ]] || address="[$address]"
    echo
    echo "  Butaca is at   http://$address:$port/   ($((tenths / 10)).$((tenths % 10)) s after make run)"
    echo "  Try            tap 👍 on a film that you love and watch the list change, with its reasons"
    echo "  Stop           Ctrl-C"
    setsid tools/meaning.sh "$folder" & # a process group of its own, to be ended as one
    local embedding=$!
    while kill -0 $server 2>/dev/null; do # a signal ends `wait` early
        code=0
        wait $server || code=$?
    done
    kill -TERM -- -$embedding 2>/dev/null || true
    wait $embedding 2>/dev/null || true
    [ "$code" -le 128 ] || code=0
    return "$code"
}

began=$(now)
choose_port
choose_data
mkdir -p build
step "looking for tools and libraries" tools/setup.sh run
step "building the program" build_program
[ -x "$program" ] || fail "the build made no $program"
prepare
serve
