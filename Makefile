.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# What lists the shipped libraries has an environment of its own: in that of the tests, a checker of its
# formats would add three seconds to the start of every process that reads a manifest.
LISTER := .venv/lister
STAMP := .venv/.ready
# The tests start hundreds of processes: without bytecode each would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
BROWSER := .venv/.browser
HSM := .venv/.hsm
APT = $(SUDO) apt-get install -qq -y --no-install-recommends
FOUND = $(BIN)/python -c 'import sys; from registrar.connectors.kit.web import browser; sys.exit(browser.found() is None)'
FOUND_HSM = $(BIN)/python -c 'from registrar.testing.softhsm import module; module()' 2>/dev/null
SUDO := $(shell [ $$(id -u) = 0 ] || command -v sudo)
# Three are a tenth faster on two cores, and the tests of clocks and leases become too slow for theirs.
PROCESSES ?= 2
SOURCES := src workers tests examples benchmarks deploy
# The tests that cover the core whole. The others, mostly whole systems and real browsers, would take
# half as long again under coverage and cover nothing more of it.
CORE := tests/unit tests/contract $(addprefix tests/integration/,app artifacts keys notify papers signals store)
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
PYTEST = $(BIN)/pytest --numprocesses $(PROCESSES) --dist worksteal
COVERED := src/registrar/domain/*,src/registrar/resilience/*,src/registrar/app/*,src/registrar/rpc/*

.PHONY: help setup browser hsm generate lock sbom format lint type test check demo dev bench faults fuzz

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## make the virtual environment

$(STAMP): pyproject.toml requirements/dev.txt requirements/lister.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(PYTHON) -m venv $(LISTER)
	$(LISTER)/bin/pip install --quiet --require-hashes -r requirements/lister.txt
	touch $@

browser: $(BROWSER) ## find a Chromium, or install one: without it no form is filled

$(BROWSER): $(STAMP)
	@$(FOUND) \
	  || $(BIN)/playwright install chromium \
	  || { command -v apt-get && $(SUDO) apt-get update -qq && { $(APT) chromium-headless-shell || $(APT) chromium; }; } \
	  || { command -v dnf && $(SUDO) dnf install -q -y chromium; } \
	  || { command -v apk && $(SUDO) apk add -q chromium; } \
	  || true
	@if $(FOUND); then touch $@; else echo "no browser was found or installed: forms are left to people"; fi

hsm: $(HSM) ## find a SoftHSM, or install one: a security module for the tests of keys

$(HSM): $(STAMP)
	@$(FOUND_HSM) \
	  || { command -v apt-get && $(SUDO) apt-get update -qq && $(APT) softhsm2; } \
	  || { command -v dnf && $(SUDO) dnf install -q -y softhsm; } \
	  || { command -v apk && $(SUDO) apk add -q softhsm; } \
	  || { command -v brew && brew install --quiet softhsm; } \
	  || true
	@if $(FOUND_HSM); then touch $@; else echo "no SoftHSM was found or installed: its tests fail"; fi

generate: setup ## write generated/ from proto/
	proto/generate $(BIN)/python

lock: ## resolve the dependencies again, with hashes (needs uv)
	for out in base dev; do $(COMPILE) \
	  --extra embedded --extra postgres --extra browser --extra otel --extra pkcs11 $$([ $$out = dev ] && echo --extra dev) \
	  pyproject.toml -o requirements/$$out.txt || exit 1; done
	for one in lister fuzzer build; do $(COMPILE) requirements/$$one.in -o requirements/$$one.txt || exit 1; done

sbom: setup ## what is shipped, with hashes, for scanners: build/sbom.cdx.json (CycloneDX)
	mkdir -p build
	$(LISTER)/bin/cyclonedx-py requirements requirements/base.txt --pyproject pyproject.toml \
	  --output-reproducible --spec-version 1.6 -o build/sbom.cdx.json

format: setup ## rewrite the sources in the house format
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lint: setup ## style, format, import contracts, the contract
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports --no-cache
	proto/check $(BIN)/python

type: setup ## types, two checkers
	$(BIN)/mypy
	$(BIN)/pyright

test: setup browser hsm ## every test; the core must be covered whole, branches too
	$(PYTEST) $(CORE) --cov --cov-report=
	$(BIN)/coverage report --include='$(COVERED)' --fail-under=100 --skip-covered
	$(PYTEST) $(addprefix --ignore=,$(CORE))

check: lint type test ## what CI runs

demo: setup browser ## run everything, submit the examples, count what became of them (JSON=1: one JSON line)
	$(BIN)/registrar demo $(if $(JSON),--json)

dev: setup browser ## the whole system, running until Ctrl-C
	$(BIN)/registrar dev

bench: setup browser ## the benchmarks, one JSON line each
	@for one in accept end_to_end watch connectors admission isolation analytics web; do $(BIN)/python -m benchmarks.$$one --json || exit 1; done

fuzz: setup ## every method is asked for nonsense (INPUTS=100000, SEED=1); GUIDED=60: for so many seconds, by what code it reaches
ifdef GUIDED
	$(BIN)/pip install --quiet --require-hashes --target .venv/fuzzer --upgrade -r requirements/fuzzer.txt
	PYTHONPATH=.venv/fuzzer:. $(BIN)/python -m tests.contract.guided $(GUIDED) build/fuzz
else
	FUZZ_INPUTS=$(or $(INPUTS),100000) FUZZ_SEED=$(or $(SEED),1) $(PYTEST) -n 0 tests/contract/test_fuzz.py
endif

faults: setup browser ## everything goes wrong at once, and what became of the work (JSON=1, SEED=1, FAULTS_MINUTES=1, RATE=8, MUTANT=name)
	$(BIN)/python -m tests.faults.storm $(if $(JSON),--json) $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE)) $(if $(MUTANT),--mutant $(MUTANT))
