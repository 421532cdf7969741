# One environment, .venv, filled from the locked requirements; the built wheel is what runs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find geo_jindu boundaries maps api -type f -not -name '*.pyc') pyproject.toml README.md
DEMO := build/demo
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports locks wheel bench lock browser database clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/wheel ## Run the main job on a fictional workspace and serve it on 127.0.0.1
	rm -rf $(DEMO)
	mkdir -p build
	$(BIN)/geo-jindu demo $(DEMO)
	$(BIN)/geo-jindu run $(DEMO)
	$(BIN)/geo-jindu rectify import $(DEMO) $(DEMO)/data/整治台账.csv
	$(BIN)/geo-jindu serve $(DEMO) --port $(PORT)

test: $(VENV)/wheel $(VENV)/dev browser database ## Set up and run all tests against the built wheel
	$(BIN)/python -P -m pytest -n auto --dist loadfile

check: lint types imports locks test ## All that CI runs
	cd / && "$(CURDIR)/$(BIN)/python" -c 'import geo_jindu, sys; sys.exit("site-packages" not in geo_jindu.__file__)'

lint: $(VENV)/dev ## Style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev ## Types, strictly
	$(BIN)/mypy

locks: ## No address in the lock files
	@if grep -En 'https?://|--index-url|--find-links' requirements/*.txt; then exit 1; fi

imports: $(VENV)/dev ## Directions between the packages
	$(BIN)/lint-imports --no-logo

wheel: $(VENV)/wheel ## Build the wheel into dist/ and install it into .venv

bench: $(VENV)/wheel $(VENV)/dev ## Measure side by side with peers and print a table
	$(BIN)/python -P benchmarks/run.py

lock: ## Renew requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --extra build -o requirements/run.txt --upgrade
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate -o requirements/dev.txt \
	  --extra build --extra dev -c requirements/run.txt

browser:
	@sh tests/install_browser.sh

database:
	@sh tests/install_postgresql.sh

clean: ## Remove everything that was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "geo_jindu needs Python 3.11 or later; $(PYTHON) is older. Set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: requirements/run.txt $(VENV)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/wheel: $(SOURCES) $(VENV)/run
	rm -rf dist
	$(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --force-reinstall dist/*.whl
	@touch $@
