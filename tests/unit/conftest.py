# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What all unit tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# In a fresh checkout the first text that is drawn builds a table of all characters, which takes a second.
settings.register_profile("checkout", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("checkout")
