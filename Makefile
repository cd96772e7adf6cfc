# Needs python3 (3.11 or newer) and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help
help: ## print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo "Begin with make demo, and then docs/tutorial.md."

.PHONY: install
install: .venv/.installed ## make .venv with everything in it, each package by its pinned hash

.PHONY: demo
demo: install ## a sample day on a whole system started here; SERVE=1 leaves it running
	$(BIN)/fulfillment demo $(if $(SERVE),--serve)

.PHONY: up
up: install ## the whole system in the foreground, until Ctrl-C
	$(BIN)/fulfillment up

.PHONY: secrets
secrets: ## write the folder secrets/ for docker compose, once: what is there stays
	@$(PYTHON) deploy/write_secrets.py secrets

.PHONY: test
test: install ## all tests, on a real PostgreSQL that is started for them; PYTEST='-k hold' for some
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 $(PYTEST)

.PHONY: conformance
conformance: install ## hold the API against its document by CALLS=20000 made-up calls (of SEED), in half an hour
	$(BIN)/pytest --numprocesses 0 --timeout 7200 --capture no --conformance-calls $(or $(CALLS),20000) $(if $(SEED),--conformance-seed $(SEED)) tests/web/test_conformance.py

.PHONY: check
check: install ## what needs no run: style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: format
format: install ## bring the code into its format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: rules
rules: install ## write docs/rules.md anew: each rule, and the tests that show it
	$(BIN)/python -m pytest --quiet --collect-only --rules-page=docs/rules.md > /dev/null

.PHONY: docs
docs: install ## build the documentation into site/ and say where it begins
	$(BIN)/mkdocs --quiet build --strict
	@echo "site/index.html is the first page"

.PHONY: pictures
pictures: install ## draw the pictures of docs/pictures anew from the tables
	PYTHONPATH=. $(BIN)/python docs/drawn/pictures.py

.PHONY: constraints
constraints: install ## resolve all versions anew into constraints.txt: for every platform, with hashes, without addresses
	$(PYTHON) -m venv .venv/resolver
	.venv/resolver/bin/pip install --quiet --disable-pip-version-check uv
	printf 'hatchling\neditables\n' | .venv/resolver/bin/uv pip compile pyproject.toml - --upgrade --extra test --extra dev --extra docs \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
	  --quiet --output-file constraints.txt

.PHONY: mutants
mutants: install ## change the rules, one thing at a time, and see whether a test notices; PARTS='states ledger' for some, each for MINUTES=10
	$(PYTHON) -m venv .venv/mutmut
	.venv/mutmut/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1
	PYTHONPATH=. $(BIN)/python tests/mutants.py --mutmut "$$(echo .venv/mutmut/lib/python3*/site-packages)" $(if $(MINUTES),--minutes $(MINUTES)) $(PARTS)

.PHONY: clean
clean: ## remove what can be made again
	rm -rf site .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# In two steps: pip checks hashes only where all of what it installs has one, and a folder such as this one has none.
.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: make $(or $(MAKECMDGOALS),install) PYTHON=/path/to/a/newer/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
