# Two commands do everything on a fresh machine: `make run` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
KILLS ?= 30
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run parsed test test-long test-spark lint types sql-lint unit ui bench bench-full chaos lock clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.done ## Set up from nothing, then the main job (on a sample world when there are no files)
	@$(BIN)/passerelle run --sample-if-empty

test: $(VENV)/dev.done ## Set up from nothing, then every test
	@$(MAKE) --no-print-directory -j 2 sql-lint lint types parsed
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/dev.done ## Style of Python
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/dev.done ## Types of Python
	@$(BIN)/mypy orchestration expectations

sql-lint: $(VENV)/dev.done ## Style of SQL
	@mkdir -p target/lint
	@PASSERELLE_HOME=target/lint PASSERELLE_AS_OF='2026-01-01 00:00:00' $(BIN)/python -m tests.sql_lint lint models tests/dbt --processes 2 --disable-progress-bar

parsed: $(VENV)/dev.done
	@$(BIN)/python -m tests.parsed_dbt

unit: $(VENV)/dev.done
	@$(BIN)/python -m pytest tests --ignore=tests/benchmarks -n 2 --dist loadfile --no-loadscope-reorder -m "not long and not spark"

test-long: $(VENV)/dev.done ## Beside `make test`: every case where it takes some
	@$(BIN)/python -m pytest tests --ignore=tests/benchmarks -n 2 --dist loadfile -m long

test-spark: ## A run on Spark, its marts and checks against DuckDB's (needs Java 17)
	@if command -v java > /dev/null || test -x "$$JAVA_HOME/bin/java"; \
		then $(MAKE) --no-print-directory $(VENV)/spark.done && $(BIN)/python -m pytest tests/spark -m spark; \
		else echo "Not run: there is no Java, which Spark needs"; \
	fi

ui: $(VENV)/run.done ## Dagster's web UI
	@$(BIN)/passerelle ui

bench: $(VENV)/dev.done ## Benchmarks on ten million events (ten minutes)
	@$(BIN)/python -m tests.benchmarks

chaos: $(VENV)/dev.done ## kill -9 at random moments, a full disk, a damaged warehouse (an hour)
	@$(BIN)/python -m tests.chaos --kills $(KILLS) --seed $(SEED)
	@$(BIN)/python -m pytest tests/integration/test_faults.py tests/integration/test_full_disk.py tests/integration/test_backup.py tests/integration/test_clock.py

bench-full: $(VENV)/dev.done ## A sample world of 50 million events, files to marts, and a day more (hours)
	@$(BIN)/python -m tests.benchmarks.full

lock: ## Resolve requirements again
	@$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q uv
	@$(VENV)/lock/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --custom-compile-command "make lock" -q -o requirements-dev.lock
	@$(VENV)/lock/bin/uv pip compile pyproject.toml --universal --generate-hashes --custom-compile-command "make lock" -q -c requirements-dev.lock -o requirements.lock
	@$(VENV)/lock/bin/uv pip compile pyproject.toml --group spark --universal --generate-hashes --custom-compile-command "make lock" -q -c requirements-dev.lock -o requirements-spark.lock

clean: ## Remove the home (warehouse, reports, published files) and build output
	@rm -rf .passerelle target logs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed; set PYTHON=python3.12 for instance"; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: requirements-dev.lock $(VENV)/run.done
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/spark.done: requirements-spark.lock $(VENV)/dev.done
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements-spark.lock
	@touch $@
