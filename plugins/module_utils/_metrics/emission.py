# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Sends the figures of one run on their way. The run is over by then: nothing here may spoil or delay its result.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions


def emit(run: Measurement, options: MetricsOptions) -> tuple[str, ...]:
    """Hand over what ``run`` measured, wherever ``options`` say. Raises nothing.

    At most a quarter of a second goes into finding a StatsD server by name, and two seconds into waiting for the
    textfile; usually it takes less than a millisecond.

    Returns:
        Warnings for people, one sentence each with its code. Empty when all went well, or nothing was asked for.
    """
    warnings: list[str] = []
    for hand_over, place in ((_send, options.statsd), (_write, options.textfile)):
        if not place:
            continue
        try:
            warnings += hand_over(place, run)
        except GateError as failure:
            warnings.append(str(failure))
        except Exception as error:  # noqa: BLE001 - an edge: no figure is worth the result of an action that is done
            warnings.append(f"Metrics were lost: {type(error).__name__}: {error} [metrics.unforeseen]")
    return tuple(warnings)


def _send(address: str, run: Measurement) -> tuple[str, ...]:
    # Inside: most tasks measure nothing.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import readings
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.statsd import send

    send(address, readings(run))
    return ()


def _write(path: str, run: Measurement) -> tuple[str, ...]:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import readings
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.textfile import add

    return add(path, readings(run))
