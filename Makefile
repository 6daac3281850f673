# Everything that one does with this repository. `make` alone lists it.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo tools generate check test faults test-compose mutants conformance soak bench clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1 /p' $(MAKEFILE_LIST) | while read -r name text; do printf 'make %-13s %s\n' "$$name" "$$text"; done

demo: .venv/demo  ## watch policies decide on tool calls, and stand before a real server (needs Python 3.11 and make)
	@$(BIN)/mcp-opa demo
	@$(BIN)/python -m tools.demo

tools: .venv/dev  ## get the pinned OPA and Regal into .cache/bin
	@$(BIN)/python tools/get.py

generate: tools  ## make again what is generated: the compiled policy, schemas, data, cases
	@$(BIN)/python tools/generate.py

check: tools  ## what to run while working: format, lint, types, imports, unit tests, Rego, generated files
	@$(BIN)/python tools/stages.py check

test: tools  ## prove everything: check, and live OPA, corpora, bundles, documents
	@$(BIN)/python tools/stages.py test

faults: tools  ## show every fault of OPA, what the gate makes of it, and how long that takes
	@$(BIN)/python -m tests.faults

test-compose: tools  ## start compose.yaml for real and break it (needs root, and Debian's docker.io and debootstrap)
	@$(BIN)/python -m pytest tests/compose

mutants: tools  ## change each condition of the policy, the contract and the gate, and see that a test notices (half an hour)
	@$(BIN)/python -m tools.mutants

conformance: .venv/dev  ## run MCP's conformance suite on a server, directly and through the gateway (needs npm)
	@$(BIN)/python -m pytest tests/conformance

soak: tools  ## call tools at a fixed rate for half an hour while faults strike, and see nothing lost, wrong or growing
	@$(BIN)/python -m tests.soak

bench: tools  ## measure decisions against their floor; writes bench/report.json
	@$(BIN)/python -m bench

clean:  ## remove what the other targets made here (the user's cache of tools stays)
	rm -rf .venv .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/core: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is not on PATH; install it, or say make PYTHON=/path/to/python3' >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { \
		echo 'no virtual environment: give this Python its venv module (Debian: apt-get install python3-venv)' >&2; exit 1; }
	@echo 'installing mcp-opa into .venv …'
	@$(PIP) -e .
	@touch $@

.venv/demo: .venv/core
	@$(PIP) -e '.[gateway,mcp]'
	@touch $@

.venv/dev: .venv/core
	@echo 'installing what the checks need into .venv …'
	@$(PIP) -e '.[dev]'
	@touch $@
