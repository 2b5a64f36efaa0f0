# `make up` and `make test` need Python 3.11 or newer, pip and make; everything else comes from the lock files.
PORT ?= 8000
# one more than there are cores: a third of the time a browser or a server is waited for
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
DEMO ?= 1
VENV := .venv/bin
# Dozens of processes are started here, by `make up` and by the suite; each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is new enough; a pyenv shim may exist and still refuse, hence the trial.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p $(NEW_ENOUGH) >/dev/null 2>&1 && { echo $$p; exit; }; done)
endif

.PHONY: help up install install-dev test check bench stats e2e chaos sabotage mutants env clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

up: install ## install and start everything (PORT=8000; DEMO=0 starts without the demo shops); Ctrl-C stops it
	@$(VENV)/python manage.py up --port $(PORT) $(if $(filter 0 no false,$(DEMO)),--no-demo) --stop-with-parent

test: install-dev ## the whole suite, with its own temporary servers (ARGS="tests/orders -k name", WORKERS=0)
	@$(VENV)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(ARGS)

check: export AFTERCARE_BUILDING = 1
check: install-dev ## lint, format, types, import contracts, templates, translations, migrations
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	AFTERCARE_BUILDING=1 $(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/djlint --lint --quiet templates
	@if [ -f config/translations.py ]; then $(VENV)/python -m config.translations --check; fi
	$(VENV)/python manage.py makemigrations --check --dry-run
	$(VENV)/python manage.py check

bench: install-dev ## the benchmarks, as ratios against plain code on the same servers
	@if [ -f bench/__main__.py ]; then $(VENV)/python -m bench; else echo "make bench: there is no bench/ yet"; fi

stats: install-dev ## how the house is built, in figures: lengths, imports, circles, tests
	@$(VENV)/python -m bench.stats

e2e: install-dev ## the browser suite
	@$(VENV)/python -m pytest -m browser -rs $(ARGS)

chaos: install-dev ## kill, cut off, poison and restart everything for six minutes (SEED=7 repeats a run)
	@SEED=$(SEED) $(VENV)/python -m pytest tests/chaos -m chaos -s $(ARGS)

sabotage: install-dev ## break the code on purpose and demand that its tests notice (ARGS="inbox lock" narrows it)
	@$(VENV)/python -m tests.sabotage $(ARGS)

mutants: install-dev ## change the pure functions everywhere and count what no test notices (ARGS="status" narrows it)
	@$(VENV)/python -m tests.mutants $(ARGS)

env: ## a .env with fresh secrets for docker compose
	@test ! -e .env || { echo ".env exists already; it was not touched"; exit 1; }
	@umask 077; for name in SECRET_KEY POSTGRES_PASSWORD REDIS_PASSWORD; do \
	$(PYTHON) -c "import secrets; print('$$name=' + secrets.token_hex(32))"; done > .env
	@printf 'ALLOWED_HOSTS=care.example.com\nPUBLIC_URL=https://care.example.com\nEMAIL_URL=\n' >> .env
	@echo "wrote .env: now set ALLOWED_HOSTS, PUBLIC_URL and EMAIL_URL in it"

install install-dev:
	@$(or $(PYTHON),false) $(NEW_ENOUGH) 2>/dev/null || { echo "Python 3.11 or newer is needed" \
	"(found: $(or $(PYTHON),none)): install it, or name it: make up PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) config/install.py $(if $(filter install-dev,$@),--dev)

clean: ## remove the environment and caches (never the data in .aftercare)
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
