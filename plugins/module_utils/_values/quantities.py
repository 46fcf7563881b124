# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes quantities (``250m``, ``1.5Gi``, ``2e3``) as exact integers.

The unit is 10^-9 of the base unit (core, byte, object): the finest that the API keeps, so sums and comparisons are
exact. As in the API server, a finer value is rounded away from zero and a larger one is capped.

Source: apimachinery ``pkg/api/resource/quantity.go`` and ``suffix.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

NANO = 10**9
LARGEST = (2**63 - 1) * NANO
_LONGEST_TEXT = 64
# Beyond this many digits every value is either capped or rounded to the finest one.
_EXPONENT_LIMIT = 128

_FORM = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,9}))?")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def parse(value: Any) -> int:
    """Return a quantity in billionths of its base unit.

    Args:
        value: Text as in the API, or a number (clients may send one).

    Raises:
        ValueError: Not a quantity. The text is not repeated in the message.
    """
    if not isinstance(value, (str, int, float)):
        raise ValueError("a quantity has to be text or a number")
    return _parse_text(str(value))


def base_units(amount: int) -> float:
    """Billionths as cores, bytes or objects."""
    return amount // NANO if amount % NANO == 0 else amount / NANO


def amounts(resources: Mapping[str, Any] | None) -> dict[str, int]:
    """A ``ResourceList`` as name to billionths; empty for ``None``."""
    return {name: parse(value) for name, value in (resources or {}).items()}


@lru_cache(maxsize=4096)
def _parse_text(text: str) -> int:
    match = _FORM.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None or not (match[2] or match[3]):
        raise ValueError("not a Kubernetes quantity")
    sign, whole, fraction, suffix, exponent = match.groups()
    fraction = fraction or ""
    digits = int((whole + fraction) or "0")
    power = 9 - len(fraction)
    if suffix in _BINARY:
        digits <<= _BINARY[suffix]
    elif exponent is not None:
        power += int(exponent)
    else:
        power += _DECIMAL[suffix or ""]
    amount = min(_scaled(digits, power), LARGEST)
    return -amount if sign == "-" else amount


def _scaled(digits: int, power: int) -> int:
    """``digits * 10^power``, rounded up; the power is bounded so that no text makes an astronomic number."""
    if digits == 0:
        return 0
    factor: int = 10 ** min(abs(power), _EXPONENT_LIMIT)
    return digits * factor if power >= 0 else -(-digits // factor)
