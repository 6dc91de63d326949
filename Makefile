# make demo   watch travellers pass two simulated lanes     SECONDS=20 JSON=out.jsonl PEOPLE=file.csv
# make test   everything that must hold, in one run
# make bench  the numbers, beside the nearest other links    SWIPES=500, ARGS=--help
# make campaign  faults by the thousand against the link  ARGS='--processes', ARGS=--help
# make fuzz   every parser, guided by coverage             MINUTES=10, ARGS=--help
# make walk   the lane under random events by the million  ARGS='--events 5000000'
# make check  format, lint and types alone
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test bench campaign fuzz walk check format clean
demo: $(VENV)/.ready
	@$(BIN)/gate demo $(if $(SECONDS),--seconds $(SECONDS)) $(if $(JSON),--json "$(JSON)") $(if $(PEOPLE),--people "$(PEOPLE)")

test: $(VENV)/.ready check
# Five lanes of real processes that are killed and timed want the machine for themselves.
	@$(BIN)/python -m pytest $(or $(ARGS),--ignore=tests/campaign/processes)
	@$(if $(ARGS),,$(BIN)/python -m pytest -n 0 tests/campaign/processes)

bench: $(VENV)/.ready
	@$(BIN)/python -m tests.bench $(if $(SWIPES),--swipes $(SWIPES)) $(ARGS)

campaign: $(VENV)/.ready
	@$(BIN)/python -m tests.campaign $(ARGS)

fuzz: $(VENV)/.ready
	@$(BIN)/python -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

walk: $(VENV)/.ready
	@$(BIN)/python -m tests.lane $(ARGS)

check: $(VENV)/.ready
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy --no-error-summary

format: $(VENV)/.ready
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

# One environment inside the checkout; made anew when the project's requirements change.
$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Gatehouse needs Python 3.11 or newer; this is %d.%d. Say which one to use: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build
