.DEFAULT_GOAL := help
.PHONY: help setup demo test test-trixie fuzz check prove bench golden image lock clean

# `make bench PART=calls` measures one part.
PART =

# Two files of tests at a time: the tests of one share what is costly to make.
SIDE_BY_SIDE = -n 2 --dist loadfile

# `make lock LOCK=--upgrade` takes the newest releases; without it, pins that still fit stay.
LOCK =
COMPILE = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(LOCK)

help:
	@echo 'make demo    grade an example student (sets everything up first)'
	@echo 'make test    run all tests, those on a Docker engine included'
	@echo 'make test-trixie  the tests that need an engine, on a second one: Docker 26.1 (root)'
	@echo 'make fuzz    the gateway with new strange requests, for a few minutes; no engine'
	@echo 'make check   format, lint, types, import layers'
	@echo 'make prove   that the rubrics of all labs see every small mistake (docs/proof.md)'
	@echo 'make bench   compare with lines typed by hand, the engine itself and other tools, into benchmarks/results.md; PART=calls for one part'
	@echo 'make golden  write golden files, the JSON schemas and docs/checks.md anew'
	@echo 'make image   the grader as an image, lab-grader (docs/image.md)'
	@echo 'make setup   virtual environment, Docker engine, images; idempotent'
	@echo 'make lock    pin and hash the dependencies again'
	@echo 'make clean   remove .venv and caches (the engine and its images stay)'

setup:
	@scripts/setup

demo: setup
	.venv/bin/grade lab6-1 --student alice

test:
	@scripts/setup tests
	.venv/bin/python -m pytest $(SIDE_BY_SIDE)

test-trixie: setup
	scripts/engine-trixie exec .venv/bin/python -m pytest -m engine tests/gateway tests/conformance tests/workbench tests/labs tests/engine

FUZZ_EXAMPLES = 50000
fuzz: setup
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) .venv/bin/python -m pytest -q --timeout=3600 tests/gateway/fuzz

check: setup
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

prove: setup
	.venv/bin/grade prove

bench: setup
	.venv/bin/python -m benchmarks $(PART)

golden: setup
	GOLDEN=write .venv/bin/python -m pytest -q tests/reports tests/class_reports tests/checks/test_manual.py tests/test_schema.py

image: setup
	scripts/image

lock:
	python3 -m venv build/lock
	build/lock/bin/python -m pip install --quiet uv
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --output-file requirements-dev.txt --group dev --constraint requirements.txt pyproject.toml
	echo hatchling | $(COMPILE) --output-file requirements-build.txt --constraint requirements-dev.txt -
	$(COMPILE) --output-file benchmarks/asked/requirements.txt benchmarks/asked/requirements.in

clean:
	rm -rf .venv .setup.log node_modules grader/reports/_page/player build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find grader tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
