# Every target sets up what it needs first, in a virtual environment of its own.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: help setup demo test lint types fix check docs bench clean

help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

setup: $(VENV)/.ready  ## Make the virtual environment with everything in it.

demo: setup  ## Set up and run the main job on the project's own examples.
	$(BIN)/triage demo

test: setup  ## Set up and run the tests.
	$(BIN)/python -m pytest -n auto

lint: setup  ## Check style and format.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup  ## Check types, strictly.
	$(BIN)/mypy

fix: setup  ## Mend what can be mended by machine.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  ## Write the parts of the docs that are made from the code.
	$(BIN)/python -m triage.reference docs
	$(BIN)/python docs/commands.py > docs/commands.md

check: lint types test  ## Everything that must pass.

bench: setup  ## Measure on the public sets that TRIAGE_DATA points to.
	$(BIN)/python benchmarks/run.py

clean:  ## Remove what was built.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
