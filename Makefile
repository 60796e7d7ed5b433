# Butaca's verbs. What is built how stands in CMakeLists.txt; this file only calls it.
#
#   make run                      the demo, served on 127.0.0.1:4242 (HOST= PORT=), or your ratings (DATA=FOLDER_OR_ZIP)
#   make test T=name              only the tests whose name contains it
SHELL  := /bin/bash
PREFIX ?= /usr/local
TIME   ?= 30
CYCLES ?= 200

.PHONY: all run check test bench lint fuzz crash coverage install clean help
.DEFAULT_GOAL := all

all: ## the release program: build/release/butaca
	@tools/build.sh release

run: ## installs what is missing, builds, and serves the demo (HOST= PORT= DATA=FOLDER_OR_ZIP)
	@HOST='$(HOST)' PORT='$(PORT)' DATA='$(DATA)' tools/run.sh

check: ## a contributor's loop: unit tests and lint, about a minute, no network
	@tools/test.sh check

test: ## every test (T=name: those whose name contains it; STRICT=1: no skips)
	@T='$(T)' tools/test.sh all

bench: ## the benchmarks, with the machine's own peak beside them
	@tools/bench.sh

lint: ## format, static analysis and the checks of the structure
	@tools/test.sh lint

fuzz: ## each fuzz target for TIME=30 seconds
	@TIME='$(TIME)' tools/fuzz.sh

crash: ## the server is killed with -9 under load CYCLES=200 times; nothing acknowledged may be lost
	@CYCLES='$(CYCLES)' tools/crash.sh

coverage: ## branch coverage of the unit tests, a line a folder
	@tools/coverage.sh

install: all ## program, library and headers into PREFIX=/usr/local
	@cmake --install build/release --prefix '$(PREFIX)'

clean: ## removes build/, with the demo's data in it
	@rm -rf build compile_commands.json

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18
