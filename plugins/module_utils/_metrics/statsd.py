# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Readings as StatsD datagrams with DogStatsD tags, over UDP: sent and forgotten.

``extensions/monitoring/statsd_mapping.yaml`` gives them their Prometheus names again. Durations are timers, in
milliseconds; the gauge is relative (``+1``, ``-1``).

Private to the collection: may change without notice.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.address import Place, places
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import Reading

# What fits into one Ethernet frame with the headers of IPv6 and UDP and some tunnel around it.
DATAGRAM_BYTES = 1432


def send(address: str, found: Iterable[Reading]) -> None:
    """Send readings to a StatsD server. A server that is not there is noticed only where its own machine says so.

    Raises:
        GateError: ``metrics.statsd-address``, ``metrics.statsd-unresolved``, ``metrics.statsd-unsent``.
    """
    pending = list(datagrams(found))
    if not pending:
        return
    problem = ""
    for place in places(address):
        try:
            _deliver(place, pending)
            return
        except OSError as error:
            problem = error.strerror or str(error)
    raise GateError(
        "metrics.statsd-unsent",
        f"Metrics were not sent to {address}: {problem or 'it has no address'}.",
        "Start the statsd_exporter there, or correct the address.",
    )


def datagrams(found: Iterable[Reading], limit: int = DATAGRAM_BYTES) -> tuple[bytes, ...]:
    """Pack readings, one line each, into as few datagrams as hold them."""
    packed: list[bytes] = []
    for reading in found:
        line = _line(reading).encode("ascii")
        if packed and len(packed[-1]) + 1 + len(line) <= limit:
            packed[-1] += b"\n" + line
        else:
            packed.append(line)
    return tuple(packed)


def _line(reading: Reading) -> str:
    instrument = reading.instrument
    value = {
        "counter": f"{reading.amount:.10g}|c",
        "gauge": f"{reading.amount:+.10g}|g",
        "histogram": f"{reading.amount * 1000:.10g}|ms",
    }[instrument.kind]
    tags = ",".join(f"{label}:{text}" for label, text in zip(instrument.labels, reading.values, strict=True))
    return f"{instrument.wire_name}:{value}" + (f"|#{tags}" if tags else "")


def _deliver(place: Place, pending: list[bytes]) -> None:
    """Send what is pending; what was sent is taken off, so that a second address gets only the rest."""
    family, address = place
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect(address)
        while pending:
            if sender.send(pending[0]) != len(pending[0]):
                raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
            # On the loopback the refusal is there already: localhost may mean ::1 while the server has 127.0.0.1 only.
            refused = sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if refused:
                raise OSError(refused, os.strerror(refused))
            del pending[0]
