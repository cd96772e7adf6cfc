PYTHON ?= python3

.PHONY: install
install: .venv/.installed ## make .venv and install everything into it

.venv/.installed: pyproject.toml $(wildcard constraints.txt)
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q -e '.[test,dev]'
	@touch $@
