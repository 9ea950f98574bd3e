# Every target brings its own environment: nothing has to be installed beforehand but Python 3.11 or newer.
PYTHON ?= python3
CONFIG ?= configs/gan.yaml
WORKERS ?= auto
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal
PINS := pyproject.toml constraints.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help train test test-slow test-gpu browser lint types format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: $(VENV)/.installed ## train a generator; options: ARGS="--seed 1", CONFIG=configs/gmm.yaml
	$(BIN)/imbgen train --config $(CONFIG) $(ARGS)

test: $(VENV)/.installed-test ## run the tests on all cores (ARGS goes to pytest, WORKERS=0 is one after the other)
	$(PYTEST) -m "not slow and not gpu and not browser" $(ARGS)

test-slow: $(VENV)/.installed-test ## run the tests that take minutes
	$(PYTEST) -m "slow and not gpu" $(ARGS)

test-gpu: $(VENV)/.installed-test ## run the tests that need a GPU
	$(PYTEST) -m gpu $(ARGS)

browser: $(VENV)/.installed-test ## look at a report in headless Chromium; installs Debian's if there is none
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "No Chromium and no apt-get here: install a Chromium by hand."; exit 1; }; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$SUDO apt-get update --quiet && $$SUDO apt-get install --yes --quiet --no-install-recommends chromium; }
	$(BIN)/python -m pytest -m browser --numprocesses 0 tests/evaluation/report $(ARGS)

lint: $(VENV)/.installed-test ## check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.installed-test ## check types
	$(BIN)/mypy

format: $(VENV)/.installed-test ## mend style and format in place
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove the environment, caches and build outputs (runs/ stays)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find imbgen tests -type d -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "imbgen needs Python 3.11 or newer, however '$(PYTHON)' is not on the PATH." \
	    "Install it, or name another one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "imbgen needs Python 3.11 or newer, however '$(PYTHON)' is $$($(PYTHON) --version)." \
	    "Install a newer one, or name it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps are renewed only when the requirements change, so a second run installs nothing.
$(VENV)/.installed: $(PINS) | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-test: $(PINS) | $(BIN)/python
	$(PIP) --editable ".[test]"
	@touch $@ $(VENV)/.installed
