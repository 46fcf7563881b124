# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a library, in the words of whoever has to mend it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LINTER_VERSION = 4
"""Raise it when the linter refuses what it let pass: libraries that it accepted before are linted again."""

Level = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """``file`` and ``line`` say where (0: no line); ``code`` is stable; ``level`` is ``error`` or ``warning``."""

    file: str
    line: int
    code: str
    level: Level
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level == "error")
