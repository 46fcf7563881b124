# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work on many files, as much at once as the machine has processors. The work itself is done in children (``child.run``).

Private to the collection: may change without notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_MOST = 8
"""A container's share of the processors may be smaller than their number: what has a deadline waits for few others."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What ``work`` gives for each item, in their order.

    Raises:
        Exception: What ``work`` raised, at the place of its result.
    """
    from concurrent.futures import ThreadPoolExecutor  # a task that only decides does without

    known = list(items)  # before the first child starts: it inherits whatever this thread holds
    with ThreadPoolExecutor(max_workers=min(_MOST, _processors())) as pool:
        yield from pool.map(work, known)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
