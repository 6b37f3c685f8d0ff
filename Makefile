# `make demo` and `make test` need Python 3.10 or newer and make; each makes .venv and installs
# what it needs into it.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
FUZZ_SECONDS := 60
CHROMIUM := /usr/bin/chromium

.PHONY: demo test test-lowest lint types pytest browser snapshots docs notebooks picture agree fit bench fuzz build clean help

help:
	@echo "make demo       log a few runs offline, lay them out, write a preview page"
	@echo "make test       everything that CI checks: lint, types, tests"
	@echo "make test-lowest  the tests with the oldest versions of all that wslayout needs"
	@echo "make snapshots  write the snapshots of what people read anew, to be reviewed"
	@echo "make agree      how far the engine agrees with layouts that people made by hand"
	@echo "make fit        fit the engine's weights to these layouts; takes about three minutes"
	@echo "make bench      time and memory beside what one would run instead; takes a quarter of an hour"
	@echo "make fuzz       fuzz what comes from outside; FUZZ_SECONDS for each target, by default 60"
	@echo "make docs       write the page of the audit's rules anew"
	@echo "make notebooks  run the notebooks, and write their outputs anew"
	@echo "make picture    take the README's picture anew"
	@echo "make build      a wheel and a source archive in dist/"
	@echo "make clean      remove what the others made"

demo: $(VENV)/installed
	$(BIN)/wslayout demo

test: lint types pytest

# The oldest of all that wslayout may be installed with, and the oldest Python that is there.
test-lowest: $(VENV)/installed-test browser
	@$(BIN)/python -m pip install --quiet "uv>=0.5"
	@rm -rf $(LOWEST)
	@$(BIN)/uv venv --quiet --seed --no-python-downloads --python 3.10 $(LOWEST) 2>/dev/null \
		|| $(BIN)/uv venv --quiet --seed --python $(PYTHON) $(LOWEST)
	@$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
		--editable ".[dask,parquet,notebook]"
	@$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --group test
	@$(BIN)/uv pip freeze --python $(LOWEST)/bin/python | grep -E "^(wandb|pandas|pydantic)"
	$(LOWEST)/bin/python -m pytest -n auto

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-test
	$(BIN)/mypy

pytest: $(VENV)/installed-test browser
	$(BIN)/pytest -n auto

snapshots: $(VENV)/installed-test
	$(BIN)/pytest -n auto --snapshot-update

docs: $(VENV)/installed-test
	$(BIN)/python -m tests.rules_page

notebooks: $(VENV)/installed-test
	$(BIN)/python -m tests.notebooks

picture: $(VENV)/installed-test browser
	$(BIN)/python -m tests.picture

agree: $(VENV)/installed-test
	$(BIN)/python -m tests.agreement

fit: $(VENV)/installed-test
	$(BIN)/python -m tests.fit

bench: $(VENV)/installed-test
	$(BIN)/python -m tests.benchmarks.peers
	$(BIN)/python -m tests.benchmarks.plan_keys
	$(BIN)/python -m tests.benchmarks.large_project

fuzz: $(VENV)/installed-fuzz
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

build: $(VENV)/installed-test
	$(BIN)/python -m build

# The browser tests drive Debian's chromium. Without it they are skipped, and say so; with CI
# set they fail.
browser:
	@if [ ! -x $(CHROMIUM) ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium for the browser tests …"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
			--no-install-recommends chromium fonts-dejavu-core fonts-noto-cjk >/dev/null \
			|| echo "That failed."; \
	fi
	@[ -x $(CHROMIUM) ] || echo "No $(CHROMIUM): the browser tests will be skipped."

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "wslayout needs Python 3.10 or newer; none was found."; exit 1; }
	@echo "Making $(VENV) and installing what is needed; this takes about a minute …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --editable ".[dask,parquet,notebook]" --group test --group lint
	@touch $@

# Apart, for atheris has no wheel for every Python and system.
$(VENV)/installed-fuzz: $(VENV)/installed-test
	@$(BIN)/python -m pip install --quiet --only-binary atheris --group fuzz || { \
		echo "atheris has no wheel for this Python and system: try PYTHON=python3.11 on Linux" \
		"(after make clean). The short fuzzing of make test needs none."; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) .fuzz dist build wslayout-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
