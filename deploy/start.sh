#!/bin/sh
# What the container runs: butaca with the arguments given. Where nothing was imported yet, `serve` gets the demo, whole or not at
# all: the copy has its name only once it is complete.
set -eu
if [ "${1:-}" = serve ] && [ ! -e "$BUTACA_DATA" ]; then
    rm -rf "$BUTACA_DATA.part"
    cp -R /usr/local/share/butaca/demo "$BUTACA_DATA.part"
    mv "$BUTACA_DATA.part" "$BUTACA_DATA"
fi
exec butaca "$@"
