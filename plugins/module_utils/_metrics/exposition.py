# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Series in Prometheus' text format, as one file of this collection holds them: written, read back, added up.

Series are kept under their text, ``name{label="value"}``: nothing but their sums is ever needed. What cannot have been
written here is refused as a whole, because figures that are half right are worse than figures that begin again.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    INSTRUMENTS,
    Instrument,
    Reading,
)

# Without it the file was cut off. To Prometheus it is a comment.
END = "# EOF\n"
_LABEL = r'[a-z]+="[A-Za-z0-9_./+-]+"'
_SAMPLE = re.compile(rf"(([a-z_]+)(?:\{{({_LABEL}(?:,{_LABEL})*)\}})?) (\S+)")

_SAMPLE_NAMES = {
    name: instrument
    for instrument in INSTRUMENTS
    for name in (
        [f"{instrument.name}{suffix}" for suffix in ("_bucket", "_sum", "_count")]
        if instrument.kind == "histogram"
        else [instrument.name]
    )
}


def increments(reading: Reading) -> dict[str, float]:
    """Return what a reading adds to each series. A new histogram has all its series from the first reading on."""
    instrument = reading.instrument
    labels = ",".join(f'{name}="{value}"' for name, value in zip(instrument.labels, reading.values, strict=True))
    if instrument.kind != "histogram":
        return {_series(instrument.name, labels): reading.amount}
    found = dict.fromkeys(_histogram(instrument, labels), 0.0)
    *buckets, total, count = found
    for series, bound in zip(buckets, (*instrument.buckets, math.inf), strict=True):
        found[series] = 1.0 if reading.amount <= bound else 0.0
    found[total], found[count] = reading.amount, 1.0
    return found


def parsed(text: str) -> dict[str, float]:
    """Read a file back.

    Raises:
        ValueError: It is not what ``rendered`` writes; the text says why.
    """
    if not text.endswith("\n" + END):
        raise ValueError("its end is missing")
    samples: dict[str, float] = {}
    histograms: dict[tuple[str, str], list[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line)
        instrument = _SAMPLE_NAMES.get(found[2]) if found else None
        if found is None or instrument is None or found[1] in samples:
            raise ValueError(f"line {number} is none of its own")
        samples[found[1]] = _amount(found[4], instrument, number)
        if instrument.kind == "histogram":
            labels = ",".join(label for label in (found[3] or "").split(",") if not label.startswith('le="'))
            histograms.setdefault((instrument.name, labels), []).append(found[1])
    for (name, labels), series in histograms.items():
        _check(_SAMPLE_NAMES[f"{name}_sum"], labels, series, samples)
    return samples


def rendered(samples: Mapping[str, float]) -> str:
    """Write series as a file: by metric, each with its explanation, series in the order in which they came to be."""
    lines: dict[str, list[str]] = {instrument.name: [] for instrument in INSTRUMENTS}
    for series, amount in samples.items():
        lines[_SAMPLE_NAMES[series.partition("{")[0]].name].append(f"{series} {_number(amount)}\n")
    parts = [
        f"# HELP {one.name} {one.help}\n# TYPE {one.name} {one.kind}\n{''.join(lines[one.name])}"
        for one in INSTRUMENTS
        if lines[one.name]
    ]
    return "".join(parts) + END


def added(samples: Mapping[str, float], found: Iterable[Reading]) -> dict[str, float]:
    """Return the series with the readings added."""
    total = dict(samples)
    for reading in found:
        for series, amount in increments(reading).items():
            total[series] = total.get(series, 0.0) + amount
    return total


def _series(name: str, labels: str) -> str:
    return f"{name}{{{labels}}}" if labels else name


def _histogram(instrument: Instrument, labels: str) -> list[str]:
    before = labels + "," if labels else ""
    bounds = [f"{bound:g}" for bound in instrument.buckets] + ["+Inf"]
    buckets = [_series(f"{instrument.name}_bucket", f'{before}le="{bound}"') for bound in bounds]
    return [*buckets, _series(f"{instrument.name}_sum", labels), _series(f"{instrument.name}_count", labels)]


def _check(instrument: Instrument, labels: str, series: list[str], samples: Mapping[str, float]) -> None:
    """Buckets of another version of the collection cannot be added to, either."""
    if series != _histogram(instrument, labels):
        raise ValueError(f"{_series(instrument.name, labels)} has other buckets")
    *buckets, _total, count = (samples[one] for one in series)
    if buckets != sorted(buckets) or buckets[-1] != count:
        raise ValueError(f"{_series(instrument.name, labels)} does not add up")


def _amount(text: str, instrument: Instrument, number: int) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or (amount < 0 and instrument.kind != "gauge"):
        raise ValueError(f"line {number} has no sound value")
    return amount


def _number(amount: float) -> str:
    return str(int(amount)) if amount == int(amount) else repr(amount)
