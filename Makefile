# Every target sets up what it needs first, in a virtual environment of its own.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

E2E := .e2e

.PHONY: help setup demo test lint types fix check docs bench clients e2e-label-studio clean

help:  ## List the targets.
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

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
	$(BIN)/python benchmarks/stages/run.py

$(E2E)/clients/.ready: tests/clients/requirements.txt
	$(PYTHON) -m venv $(E2E)/clients
	$(E2E)/clients/bin/python -m pip install --quiet --requirement $<
	@touch $@

clients: $(E2E)/clients/.ready  ## Install the platforms' own clients, which check what we write.

$(E2E)/label-studio/.ready:
	$(PYTHON) -m venv $(E2E)/label-studio
	$(E2E)/label-studio/bin/python -m pip install --quiet 'label-studio==1.23.*'
	@touch $@

e2e-label-studio: setup $(E2E)/label-studio/.ready  ## Go the whole way with a real Label Studio.
	$(BIN)/python tests/e2e/label_studio.py --label-studio $(E2E)/label-studio/bin/label-studio

clean:  ## Remove what was built.
	rm -rf $(VENV) $(E2E) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
