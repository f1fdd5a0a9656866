# make run    install, prepare and serve        make test   the whole test suite
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3.11
READY  := $(VENV)/.installed
TEST   := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --benchmark-disable

.PHONY: run test test-long check eval bench samples install clean
.DEFAULT_GOAL := run

$(READY): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(READY)

run: $(READY)
	@$(BIN)/aura up

test: $(READY)
	@$(TEST) -m "not long"

test-long: $(READY)
	@$(TEST)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint data/dbt --disable-progress-bar

eval: $(READY)
	@$(BIN)/aura eval

bench: $(READY)
	@$(BIN)/aura bench latency

samples: $(READY)
	@$(BIN)/python -m app.sampling docs/samples

clean:
	rm -rf $(VENV) var data/dbt/target data/dbt/logs .pytest_cache .ruff_cache
