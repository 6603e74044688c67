# Two commands do everything: `make demo` and `make test`. Both make the environment first, once.
# PYTHON: any Python of 3.11 or newer; found by itself, or named: `make test PYTHON=python3.12`.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: demo test check bench lock clean
demo: $(VENV)/core.stamp
	@$(BIN)/partnerships demo

test: $(VENV)/dev.stamp
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/pytest -n 2 --dist loadfile

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.bench

# The lock holds pins and hashes and names no index. `uv` is only needed to renew it.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		pyproject.toml --group build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		pyproject.toml --extra notebooks --group dev -c requirements.lock -o requirements-dev.lock

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { echo "make: no Python of 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) cannot make an environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/core.stamp: requirements.lock pyproject.toml | $(VENV)/python.stamp
	@echo "Making the environment in $(VENV) (once; one to three minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --config-settings editable_mode=compat -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/core.stamp
	@echo "Adding the tools for the checks …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
