# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The local cluster. Its tool needs nothing but Python 3.11 or newer.
CLUSTER_PYTHON ?= $(or $(PYTHON_219),$(PYTHON_221),python3)

.PHONY: cluster cluster-down

cluster: ## Start a local Kubernetes cluster (NODE=real: with a real node); its last line of output sets KUBECONFIG
	@$(CLUSTER_PYTHON) -m tests.cluster up $(if $(NODE),--node $(NODE))

cluster-down: ## End the local cluster
	@$(CLUSTER_PYTHON) -m tests.cluster down
