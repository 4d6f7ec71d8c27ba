# Short names for common commands; `make help` lists them. Each installs what it needs into .venv first.

PYTHON ?= python3
BIN := .venv/bin
CONFIG ?= config/config.yaml
GPU ?= A100
CORES ?= $(shell env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc 2>/dev/null || sysctl -n hw.ncpu)
# For the shells. GNU make 3.81, that of macOS, looks elsewhere for the program of a line that needs no shell.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help report preview study plan test quick lint bench adopt record pins

help:
	@echo "make report   run the default study and write results/default/report.html; another: make report CONFIG=config/quick.yaml"
	@echo "make preview  run the part of a study that needs no fine-tuning, in minutes: make preview CONFIG=config/my.yaml"
	@echo "make study    define a study of your own data: make study DATA=my.fasta OPTIONS='--target class'"
	@echo "make plan     estimate what a study costs: make plan CONFIG=config/paper.yaml GPU=A100"
	@echo "make test     run the tests; make quick runs those that take seconds"
	@echo "make lint     check the style of the Python and Snakemake files"
	@echo "make bench    compare the speed of training and of the similarity measures with common alternatives (20 minutes)"
	@echo "make adopt    after dvc pull: mark the pulled files as up to date for Snakemake"
	@echo "make record   run a study like make report, and copy its tables, figures, configuration and measurements to docs/record"
	@echo "make pins     pin the newest versions of what requirements*.txt depend on, in constraints.txt and envs/"
	@echo "Each command first installs what it needs into .venv."

PIP_INSTALL := -m pip install --disable-pip-version-check

$(BIN)/.installed: requirements.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 4) and "Python 3.11.4 or newer is required; choose one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP_INSTALL) -c constraints.txt -r requirements.txt
	touch $@

$(BIN)/.installed-test: $(BIN)/.installed requirements-test.txt
	$(BIN)/python $(PIP_INSTALL) -c constraints.txt -r requirements-test.txt
	touch $@

report: $(BIN)/.installed
	@test -f "$(CONFIG)" || { echo "error: CONFIG is $(CONFIG), which is not a file"; exit 1; }
	@python scripts/check_study.py "$(CONFIG)"
	snakemake --cores $(CORES) --configfile "$(CONFIG)"
	@python scripts/check_study.py "$(CONFIG)" --say-where

preview: $(BIN)/.installed
	@test -f "$(CONFIG)" || { echo "error: CONFIG is $(CONFIG), which is not a file"; exit 1; }
	@python scripts/check_study.py "$(CONFIG)"
	snakemake --cores $(CORES) --configfile "$(CONFIG)" --config 'experiments=[frozen]'
	@python scripts/check_study.py "$(CONFIG)" --say-where

study: $(BIN)/.installed
	@test -n "$(DATA)" || { echo "name the file or folder: make study DATA=my.fasta"; exit 1; }
	@python scripts/new_study.py "$(DATA)" $(OPTIONS)

plan: $(BIN)/.installed
	@python scripts/plan.py "$(CONFIG)" --gpu "$(GPU)"

# Two test files at a time, the longest first.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(BIN)/.installed-test
	$(PYTEST)

quick: $(BIN)/.installed-test
	$(PYTEST) -m "not slow and not campaign"

bench: $(BIN)/.installed-test
	$(BIN)/python tests/benchmarks/finetune.py
	$(BIN)/python tests/benchmarks/similarity.py

adopt: $(BIN)/.installed
	@dvc status --quiet || { echo "dvc status is not clean; run dvc pull first, or dvc repro to make the missing files"; exit 1; }
	snakemake --cores $(CORES) --forceall --touch # without --forceall, a job without inputs would not be recorded

record: report
	python scripts/make_record.py --config "$(CONFIG)"

# In a new environment, so that it does not matter what is installed in .venv.
pins:
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" $(PIP_INSTALL) $(addprefix -r ,$(wildcard requirements*.txt)) && \
	"$$folder/bin/python" scripts/pin_versions.py

lint: $(BIN)/.installed-test
	$(BIN)/ruff check scripts tests
	$(BIN)/ruff format --check scripts tests
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
