# Two commands are enough: "make demo" and "make test". Both set everything up in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST ?= $(BIN)/python -m pytest
# The tests' SQLite files lie in memory where it has room: thousands of short-lived databases need no disk to survive on.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')
# Tests wait for servers and browsers: one and a half processes for each processor keep it busy.
WORKERS := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n + n / 2)))
# The tests start hundreds of programs: what they import is compiled once, and not each time.
unexport PYTHONDONTWRITEBYTECODE
ROOMS := $(addprefix tests/,booking checkout history ledger messages money monitoring settings signed web whmcs \
	wompi_gateway test_architecture.py)

.PHONY: help demo check test lint check-types rooms unit system-packages php-versions chaos fuzz mutants bench bench-packages \
	release lock clean

help:
	@echo "make demo   un mundo de prueba completo en este equipo / a whole world to try, on this machine"
	@echo "make check  revisión rápida, menos de un minuto / a quick check, under a minute"
	@echo "make test   todas las pruebas / all tests"

demo: $(VENV)/installed
	@$(BIN)/wompi-bridge demo

test: system-packages php-versions lint check-types unit

# For whoever is changing something: the rooms' own tests, on SQLite alone and without those that take long.
check: lint check-types rooms

rooms: $(VENV)/installed-for-tests
	QUICK=1 $(MEMORY) $(PYTEST) -q -n auto --dist loadscope -m "not slow" $(ROOMS)

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/installed-for-tests
	$(BIN)/mypy

# In the order of the folders: the long ones come first, and at the end all processes have small ones left. By the number
# of tests in each, as pytest-xdist would have it, storms come last, alone.
unit: $(VENV)/installed-for-tests
	$(MEMORY) $(PYTEST) -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# What pip cannot bring. As root on Debian they are installed; elsewhere the one line is named, and those tests skip.
# RUNLEVEL=1: the tests start servers of their own; Debian's must not start beside them.
system-packages:
	@missing=""; \
	php -m 2>/dev/null | grep -qx curl || missing="$$missing php-cli php-curl"; \
	command -v chromium-headless-shell >/dev/null || missing="$$missing chromium-headless-shell"; \
	command -v sqlite3 >/dev/null || missing="$$missing sqlite3"; \
	command -v npm >/dev/null || missing="$$missing nodejs npm"; \
	command -v zbarimg >/dev/null || missing="$$missing zbar-tools"; \
	PATH="$$PATH:/usr/sbin" command -v mariadbd >/dev/null || missing="$$missing mariadb-server"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || missing="$$missing nginx-light"; \
	PATH="$$PATH:/usr/sbin" command -v apache2 >/dev/null || missing="$$missing apache2"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else echo "Some tests will be skipped, or take longer. To run them all: sudo apt-get install$$missing"; fi

# Every PHP that hooks/ may meet, as WebAssembly: half a gigabyte. Without npm those tests skip.
PHP_VERSIONS := tests/php/versions/package.json tests/php/versions/package-lock.json

php-versions: $(VENV)/php/installed

$(VENV)/php/installed: $(PHP_VERSIONS) | $(VENV)/bin/python
	@if command -v npm >/dev/null; then \
		mkdir -p $(VENV)/php && cp $(PHP_VERSIONS) $(VENV)/php/ && \
		npm --prefix $(VENV)/php ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
			|| echo "The versions of PHP could not be had from npm: those tests will be skipped."; \
	else echo "Some tests will be skipped. To run them all: sudo apt-get install nodejs npm"; fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3-venv; \
		else echo "Python's venv is missing. Install it: sudo apt-get install python3-venv"; exit 1; fi; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python setup.cfg pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/bin/python setup.cfg pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@ $(VENV)/installed

# Not part of "make test": as long as one likes.

CHAOS_SECONDS ?= 600
FUZZ_SECONDS ?= 300

chaos: system-packages $(VENV)/installed-for-tests
	CHAOS_SECONDS=$(CHAOS_SECONDS) $(PYTEST) -q -s tests/stateful/test_machine.py
	$(BIN)/python -m tests.storm --database sqlite --payments 1000 --kills 100
	$(BIN)/python -m tests.storm --database mariadb --payments 1000 --kills 100 --processes 4
	$(BIN)/python -m tests.storm --database postgresql --payments 1000 --kills 100 --processes 4

fuzz: $(VENV)/installed-for-tests
	$(BIN)/python -m pip install --quiet atheris
	$(BIN)/python -m tests.fuzz.fuzz_events -max_total_time=$(FUZZ_SECONDS)

mutants: system-packages $(VENV)/installed-for-tests
	$(BIN)/python -m tests.mutants

# Loopback only, bounded in count and time. PART=receiving runs one part alone; alone a whole run is kept in docs/.
bench: system-packages bench-packages $(VENV)/installed-for-tests
	$(BIN)/python -m pip install --quiet granian gunicorn waitress
	$(BIN)/python -m tests.bench $(if $(PART),--part $(PART),--write)

bench-packages:
	@missing=""; \
	command -v wrk >/dev/null || missing="$$missing wrk"; \
	ls /usr/sbin/php-fpm* >/dev/null 2>&1 || missing="$$missing php-fpm"; \
	php -m 2>/dev/null | grep -qx mysqli || missing="$$missing php-mysql"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else echo "make bench needs: sudo apt-get install$$missing"; exit 1; fi

# The day of the release is the newest one in CHANGELOG.md; the same commit gives the same bytes.
release: $(VENV)/installed-for-tests
	@$(BIN)/python release.py

# Exact versions with hashes, for the installations of the manual and of the Dockerfile: for every system and Python from
# 3.11 on, with both drivers.
lock: $(VENV)/installed
	$(BIN)/python -m pip install --quiet uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --extra mariadb --extra postgresql \
		setup.cfg --output-file whmcs_bridge/setup/templates/requirements.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
