# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target sets up what it needs by itself. What outlives a checkout (environments, built binaries) lies in
# $XDG_CACHE_HOME or ~/.cache, so that a second checkout starts warm.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

CACHE := $(or $(filter /%,$(XDG_CACHE_HOME)),$(HOME)/.cache)/guardrail.kubernetes
LOCK := requirements-dev.lock
LOCK_SUM := $(shell cksum < $(LOCK) | tr ' ' '-')

# ansible-core 2.19 is tested with Python 3.11, ansible-core 2.21 with the newest line it shares with users: the first that runs.
PYTHON_219 := $(shell tests/ci/find_python.sh 3.11)
PYTHON_221 := $(shell tests/ci/find_python.sh 3.12 3.13)
VENV_219 := $(if $(PYTHON_219),$(CACHE)/venvs/$(LOCK_SUM)-ansible-2.19)
VENV_221 := $(if $(PYTHON_221),$(CACHE)/venvs/$(LOCK_SUM)-ansible-2.21)
VENVS := $(VENV_219) $(VENV_221)
VENV := $(firstword $(VENVS))
PYTHON := $(VENV)/bin/python

# Tests start ansible-playbook of both lines; an empty value means that this line cannot be tested here.
export GUARDRAIL_ANSIBLE_219 := $(VENV_219)
export GUARDRAIL_ANSIBLE_221 := $(VENV_221)

COLLECTIONS := build/collections
TARBALL = build/guardrail-kubernetes-$(shell sed -n 's/^version: //p' galaxy.yml).tar.gz
PYTEST_OPTIONS ?=

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo
	@echo "One test: make unit PYTEST_OPTIONS='-k name'. A shell with all tools: source \$$(make venv)/bin/activate"

.PHONY: test
test: venvs ## Everything: lint, types, unit, policy, build, sanity, molecule, integration
	@$(PYTHON) -m tests.ci.steps

.PHONY: venvs
venvs:
	@$(if $(VENV),,echo "Python 3.11 (for ansible-core 2.19), 3.12 or 3.13 (for 2.21) with venv and ensurepip is needed; none was found on PATH or below ~/.pyenv." >&2; exit 1)
	@$(if $(PYTHON_219),$(PYTHON_219) tests/ci/environment.py $(VENV_219) $(LOCK),echo "NOT TESTED: ansible-core 2.19 (no Python 3.11 was found on PATH or below ~/.pyenv)." >&2)
	@$(if $(PYTHON_221),$(PYTHON_221) tests/ci/environment.py $(VENV_221) $(LOCK),echo "NOT TESTED: ansible-core 2.21 (no Python 3.12 or 3.13 was found on PATH or below ~/.pyenv)." >&2)
	@$(if $(VENV),$(PYTHON) -c "import tests.conftest")

.PHONY: venv
venv: ## Print the directory of the development environment, made if needed
	@$(MAKE) venvs >&2
	@echo $(VENV)

.PHONY: lint
lint: venvs ## Style of Python, YAML, Ansible content and changelog fragments
	@export PATH="$(VENV)/bin:$$PATH"; failed=0; \
	run() { echo "+ $$*"; "$$@" || failed=1; }; \
	run ruff check --output-format concise .; \
	run ruff format --check --quiet .; \
	run yamllint --strict .; \
	run antsibull-changelog lint; \
	run env ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/$(COLLECTIONS)" ansible-lint --offline --profile production; \
	exit $$failed

.PHONY: types
types: venvs ## Static types, strict
	@$(VENV)/bin/mypy --package ansible_collections.guardrail.kubernetes.plugins --package tests.ci --package tests.cluster --package tests.unit.structure

.PHONY: unit
unit: venvs ## Unit tests, with every Python there is
	@failed=0; for venv in $(VENVS); do \
		$$venv/bin/python -m pytest tests/unit -q -n 2 --junitxml=build/reports/unit-$${venv##*-}.xml $(PYTEST_OPTIONS) || failed=1; \
	done; exit $$failed

.PHONY: policy
policy: venvs ## Tests of the policy library, with the embedded engine and with the real opa
	@failed=0; \
	$(PYTHON) extensions/policies/guardrail_policies.py lint policies --strict || failed=1; \
	$(PYTHON) extensions/policies/guardrail_policies.py test policies --quiet --min-coverage 95 --junit build/reports/policy-library.xml || failed=1; \
	$(MAKE) mutation SAMPLE=20 SEED=6 MIN_SCORE=80 || failed=1; \
	$(PYTHON) -m pytest tests/policy -q -n 2 --junitxml=build/reports/policy.xml $(PYTEST_OPTIONS) || failed=1; \
	exit $$failed

.PHONY: rule-pages
rule-pages: venvs ## Write docs/rules from the METADATA of the policies
	@PYTHONPATH=$(COLLECTIONS) $(PYTHON) -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rule_pages policies docs/rules

.PHONY: mutation
mutation: venvs ## Change each rule of the policy library a little: a test has to notice (long; SAMPLE=200 SEED=1 for a part)
	@$(PYTHON) extensions/policies/guardrail_policies.py mutate policies --sample $(or $(SAMPLE),0) --seed $(or $(SEED),1) --min-score $(or $(MIN_SCORE),95)

.PHONY: differential
differential: venvs ## Decisions of the embedded engine and of opa on 10,000 generated documents (long; COUNT=500 SEED=7)
	@PYTHONPATH=$(COLLECTIONS) $(PYTHON) -m tests.policy.differential $(or $(COUNT),10000) $(or $(SEED),1)

.PHONY: integration
integration: venvs build ## Tests against a real API server on this machine
	@# Two workers, each with a cluster of its own; then those of the real node, of which a machine has one. With PYTEST_OPTIONS
	@# one half may have nothing to run (5).
	@failed=0; run() { $(PYTHON) -m pytest tests/integration -q "$$@" $(PYTEST_OPTIONS) || { [ $$? = 5 ] && $(if $(PYTEST_OPTIONS),true,false); } || failed=1; }; \
	run -m 'not real_node' -n 2 --dist loadfile --junitxml=build/reports/integration.xml; \
	run -m real_node --junitxml=build/reports/integration-node.xml; \
	exit $$failed

.PHONY: molecule
molecule: venvs ## The scenarios of molecule, on a cluster of their own
	@$(lastword $(VENVS))/bin/python -m tests.ci.scenarios

.PHONY: sanity
sanity: venvs build ## ansible-test sanity over what the tarball ships, without containers
	@failed=0; for venv in $(VENVS); do $$venv/bin/python -m tests.ci.sanity $(TARBALL) || failed=1; done; exit $$failed

.PHONY: build
build: venvs ## Build the tarball under build/
	@$(VENV)/bin/ansible-galaxy collection build --force --output-path build

.PHONY: demo
demo: venvs ## A remediation playbook on real workloads: what passes, what is refused, and why
	@$(PYTHON) -m tests.demo

.PHONY: bench
bench: venvs ## Decision latency and side-by-side runs
	@$(PYTHON) -m tests.benchmarks

.PHONY: lock
lock: venvs ## Pin the newest versions that requirements-dev.in allows
	@{ head -n 3 requirements-dev.in; echo; echo '# Written by make lock from requirements-dev.in: do not edit.'; \
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-annotate --no-header requirements-dev.in; \
	} > build/$(LOCK)
	@mv build/$(LOCK) $(LOCK)

.PHONY: clean
clean: ## Remove what was built in this checkout; the cache stays
	@rm -rf build .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
	@echo "Environments and built binaries stay in $(CACHE)."

# The cluster tool needs Python alone.
CLUSTER_PYTHON := $(firstword $(PYTHON_219) $(PYTHON_221) python3)
include tests/cluster/cluster.mk
