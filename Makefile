# Python 3.11 or later and make are all that these need: each target installs what it runs on.
# `make` alone lists them. ARGS="..." is passed on, e.g. make test ARGS="tests/storage -k outbox".

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
WORKERS ?= 2
BACKENDS ?= sqlite postgres

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-emit-index-url --no-annotate --no-emit-package reverie-client \
  --custom-compile-command "make lock"
DISTRIBUTIONS := pyproject.toml clients/python/pyproject.toml
LINTS := lint-ruff lint-format lint-types lint-imports lint-proto lint-breaking lint-generated \
  lint-length
# Old makes (macOS) have no --output-sync: there the checks' lines interleave.
IN_PARALLEL := --no-print-directory --keep-going --jobs=$(WORKERS) \
  $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

##@ Use

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: serve
serve: $(VENV)/.packages ## Serve on 127.0.0.1:50051 with the embedded default, data in ./data
	$(BIN)/reverie serve $(ARGS)

##@ Check

# With both backends, even if something fails with the first.
.PHONY: test
test: $(VENV)/.dev ## Run every test but the soak tests (BACKENDS=sqlite or =postgres: with one)
	@failed=; for backend in $(BACKENDS); do \
	  $(BIN)/pytest -n $(WORKERS) -m "not soak" --backend=$$backend $(ARGS) || failed=yes; \
	done; test -z "$$failed"

.PHONY: soak
soak: $(VENV)/.dev ## Run the long tests
	$(BIN)/pytest -m soak -s $(ARGS)

.PHONY: coverage
coverage: $(VENV)/.dev ## Run the tests and demand coverage of the server
	$(BIN)/pytest -n $(WORKERS) -m "not soak" --cov --cov-report=term $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## Check style, types, architecture, contract, generated code
	@$(MAKE) $(IN_PARALLEL) $(LINTS)

.PHONY: $(LINTS)
lint-ruff: $(VENV)/.dev
	$(BIN)/ruff check

lint-format: $(VENV)/.dev
	$(BIN)/ruff format --check

lint-types: $(VENV)/.dev
	$(BIN)/mypy

lint-imports: $(VENV)/.dev
	$(BIN)/lint-imports --cache-dir .cache/import-linter

lint-proto: $(VENV)/.dev
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code

lint-breaking: $(VENV)/.dev
	$(BIN)/python -m proto.recorded

lint-generated: $(VENV)/.dev
	$(BIN)/python -m proto.generate --check

# Reported only: a file over 400 lines wants to be two.
lint-length:
	@git ls-files '*.py' | grep -v _pb2 | xargs wc -l | awk '$$1 > 400 && $$2 != "total" \
	  {print "long file: " $$2 " (" $$1 " lines)"}'

##@ Change

.PHONY: format
format: $(VENV)/.dev ## Format Python and protos, fix what ruff can fix
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/buf format --write

.PHONY: gen
gen: $(VENV)/.dev ## Generate the clients' code and docs/api from proto/
	$(BIN)/python -m proto.generate

.PHONY: artefacts
artefacts: $(VENV)/.dev ## Build the clients' packages into dist/: wheel, Go module, npm package, jar
	$(BIN)/python -m clients.artefacts dist

.PHONY: lock
lock: $(VENV)/.dev ## Lock the requirements again (ARGS=--upgrade to move them forward)
	$(UV_COMPILE) $(ARGS) $(DISTRIBUTIONS) requirements/server.in -o requirements/server.txt
	$(UV_COMPILE) $(ARGS) $(DISTRIBUTIONS) requirements/dev.in -o requirements/dev.txt

##@ Measure

.PHONY: bench
bench: bench-speed bench-recall ## Run all benchmarks

.PHONY: bench-speed
bench-speed: $(VENV)/.dev ## Measure latency and throughput against a bare echo
	$(BIN)/python -m bench.speed $(ARGS)

.PHONY: bench-postgres
bench-postgres: $(VENV)/.dev ## Measure appends on PostgreSQL against bare asyncpg
	$(BIN)/python -m bench.postgres $(ARGS)

.PHONY: bench-clients
bench-clients: $(VENV)/.dev ## Measure what the clients' layers cost over raw stubs
	$(BIN)/python -m bench.clients $(ARGS)

.PHONY: bench-recall
bench-recall: $(VENV)/.dev ## Measure how well recall finds what it should
	$(BIN)/python -m bench.recall $(ARGS)

##@ Clean

.PHONY: clean
clean: ## Remove what was built or installed here (never ./data)
	rm -rf $(VENV) .cache build dist .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. Each stamp is older than what it was made from only when that has changed.

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "$$python -m venv $(VENV)"; exec $$python -m venv $(VENV); \
	  fi; \
	done; \
	echo "Python 3.11 or later is needed (make PYTHON=/path/to/python3.11 names one)" >&2; exit 1

$(VENV)/.server: requirements/server.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/server.txt
	@touch $@

$(VENV)/.packages: $(DISTRIBUTIONS) clients/python/reverie/version.py $(VENV)/.server
	$(PIP) install --no-deps --no-build-isolation -e clients/python -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.packages
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
