# `make run` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test cover check format bench soak chaos crawl e2e screens mutants lock vendor install

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## start everything on this machine; Ctrl-C stops it
	@$(BIN)/backoffice up

PYTEST := -m pytest -n auto --dist loadscope -m "not bench"
MONEY := tests/services tests/webhooks tests/gateways tests/test_money.py

test: cover ## the whole suite, the money first
	@$(BIN)/python $(PYTEST) --no-loadscope-reorder $(addprefix --ignore=,$(MONEY))

cover: install ## the tests of the money, which take every branch of it
	@rm -rf var/coverage
	@$(BIN)/coverage run $(PYTEST) $(MONEY)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

check: install ## lint, format, types, layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: install ## put the code in shape
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: install ## measure lists, forms, exports, actions and money on large data; CASES="payouts ledger" for some
	@$(BIN)/python -m tests.bench $(CASES)

soak: SEEDS ?= 100
soak: install ## move money at random for many seeds: make soak SEEDS=100
	@$(BIN)/python -m tests.machine $(SEEDS)

chaos: SEEDS ?= 20
chaos: install ## kill workers and servers while money moves: make chaos SEEDS=20
	@$(BIN)/python -m tests.chaos $(SEEDS)

crawl: install ## look at every page in a browser: make crawl, or make crawl FULL=1
	@$(BIN)/python -m tests.crawl $(if $(FULL),full)

e2e: install ## the five tasks of a day in a browser, with what each takes of clicks, keystrokes and seconds
	@$(BIN)/pytest tests/e2e/test_tasks.py

screens: install ## take the pictures of the documentation anew
	@$(BIN)/python -m tests.screens

mutants: install ## change the code of money in hundreds of ways; a test must notice each
	@$(BIN)/python -m tests.mutants

vendor: install ## take the front-end libraries from their npm packages again
	@$(BIN)/backoffice vendor

lock: install ## pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile --upgrade --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --python-version 3.11 --universal --quiet pyproject.toml -o requirements.lock

install: $(VENV)/.project

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one with make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Only what the lock names is installed, and only with the hashes it names.
$(VENV)/.locked: requirements.lock | $(VENV)/.made
	@echo "Installing the packages of requirements.lock."
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

# The project itself, from this folder, without asking a network for anything.
$(VENV)/.project: pyproject.toml $(VENV)/.locked
	@$(PIP) install --no-build-isolation --no-deps --no-index --editable .
	@touch $@
