PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python run.py

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## rehearse the sample campaign and make its preview page
	@$(RUN) rehearse
	@$(RUN) preview

preview: $(VENV)/.runtime ## the sample campaign as a page
	@$(RUN) preview

# Three tests at a time on two cores: a third of them wait for something. The long ones need their times kept.
AT_ONCE := $(if $(SCHEDULER_THOROUGH),auto,$(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 2) * 3 // 2)'))

test: $(VENV)/.dev ## set up and run the tests (SCHEDULER_THOROUGH=1: the long ones too)
	@$(BIN)/python -m pytest -q -n $(AT_ONCE) --dist worksteal

faults: $(VENV)/.dev ## the long fault run (an hour): kills, failpoints, mix; writes docs/reliability.md
	@$(BIN)/python -m tests.faults.long

bench: $(VENV)/.dev ## every benchmark, one after the other (an hour); close what else runs
	@for name in cards campaign startup delivery claims idle; do \
		echo "benchmarks.$$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

check: $(VENV)/.dev ## format, lint, types and tests, the long ones too, as CI runs them
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@SCHEDULER_THOROUGH=1 $(BIN)/python -m pytest -q -n auto --dist worksteal

fix: $(VENV)/.dev ## format and mend what a tool can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/.runtime ## make the reference pages and JSON Schemas from the code
	@$(BIN)/python -m scheduler.reference

lock: ## choose package versions anew (needs uv)
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 -q pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --python-version 3.11 -q pyproject.toml --group dev -o requirements-dev.lock

.PHONY: help demo preview test faults bench check fix docs lock
.DEFAULT_GOAL := help
