# `make report` runs the default study, `make test` the tests; both make .venv first.

PYTHON ?= python3
BIN := .venv/bin
CONFIG ?= config/config.yaml
GPU ?= A100
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help report plan test bench adopt record lint

help:
	@echo "make report   install into .venv, run the default study, write results/report.html"
	@echo "make plan     install into .venv, tell what a study will cost: make plan CONFIG=config/paper.yaml GPU=A100"
	@echo "make test     install into .venv with the test tools, run the tests"
	@echo "make bench    time training and measures of similarity against the usual ways on this machine (about 20 minutes)"
	@echo "make adopt    after dvc pull: tell Snakemake that the pulled files are up to date"
	@echo "make record   copy the figure and table of effects that the README shows into docs/record"
	@echo "make lint     check the style of Python and Snakemake files"

$(BIN)/.installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 4) and "Python 3.11.4 or newer is needed; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	touch $@

$(BIN)/.installed-test: $(BIN)/.installed requirements-test.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-test.txt
	touch $@

report: $(BIN)/.installed
	snakemake --cores $(CORES)
	@echo "The report is in $(CURDIR)/results/report.html"

plan: $(BIN)/.installed
	@python scripts/plan.py $(CONFIG) --gpu $(GPU)

test: $(BIN)/.installed-test
	python -m pytest

bench: $(BIN)/.installed-test
	python tests/benchmarks/finetune.py
	python tests/benchmarks/similarity.py

adopt: $(BIN)/.installed
	@dvc status --quiet || { echo "dvc status is not clean: run dvc pull first, or dvc repro to make what is missing"; exit 1; }
	snakemake --cores $(CORES) --touch

record: report
	mkdir -p docs/record
	cp results/figures/effects.svg results/tables/effects.csv docs/record/

lint: $(BIN)/.installed-test
	ruff check scripts tests
	ruff format --check scripts tests
	snakefmt --check Snakefile rules
	snakemake --lint
