# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong around the cluster, said in one sentence."""

from __future__ import annotations


class ClusterError(Exception):
    """The cluster, or something it needs, is not usable. The message is for people and says what to do."""


class UnsupportedError(ClusterError):
    """This provider cannot do that, for example stop the API server of somebody else's cluster."""
