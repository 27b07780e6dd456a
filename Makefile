# The project's commands. Each works in a fresh clone: what is missing is installed first.
#
#   make demo         the whole portal on this machine; Ctrl-C stops it, the data stays
#   make demo-reset   forget the demo's data
#   make test         tests without a browser; make test ARGS="-k vending" runs some of them
#   make e2e          whole journeys in a browser
#   make lint         all that a machine can check
#   make fix          all that a machine can repair
#   make bench        the benchmarks
#   make messages     collect new texts into the translation catalogues
#   make setup        the Python environment in .venv, and the compiled catalogues
#   make lock         new versions of the libraries

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
ARGS ?=

.PHONY: help setup environment demo demo-reset test e2e lint fix bench lock messages

help:
	@sed -n 's/^#   //p' Makefile

setup: environment $(CATALOGUES)

environment:
	@scripts/environment

locale/%.mo: locale/%.po | environment
	@.venv/bin/pybabel --quiet compile --input-file $< --output-file $@

demo: setup
	@exec $(PYTHON) -m portal.local.run --end-with-parent $(ARGS)

demo-reset: setup
	@exec $(PYTHON) -m portal.local.run --reset

test: setup
	@$(PYTHON) -m pytest tests --ignore=tests/browser -n 2 $(ARGS)

e2e: setup
	@$(PYTHON) -m pytest tests/browser $(ARGS)

lint: setup
	@scripts/lint

fix: setup
	@scripts/fix

bench: setup
	@for benchmark in benchmarks/[!_]*.py; do \
	    echo "== $$benchmark"; $(PYTHON) "$$benchmark" || exit 1; \
	done

lock: environment
	@scripts/lock

messages: setup
	@$(PYTHON) scripts/messages.py update
