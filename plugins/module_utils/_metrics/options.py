# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Where figures go.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricsOptions:
    """Either, both or neither.

    Attributes:
        statsd: ``host:port`` of a statsd_exporter (UDP), ``[address]:port`` for IPv6; the port may be left out. Empty:
            nothing is sent.
        textfile: Absolute path of a file ending in ``.prom``, in the directory that node_exporter's textfile collector
            reads. Empty: nothing is written.
    """

    statsd: str = ""
    textfile: str = ""
