# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local cluster: a real Kubernetes API server for tests and the demo, without container images.

``python3 -m tests.cluster up`` is the command; ``tests.cluster.provider.open_cluster`` is the same for a program.
``up --node real`` adds a node that runs containers (package ``realnode``; Linux and root).
Standard library only, so that it runs before anything is installed.
"""
