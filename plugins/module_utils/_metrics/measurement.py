# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What one finished run of the gate has to say for itself in figures.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from dataclasses import dataclass

RESULTS = ("allowed", "denied", "error")
PHASES = ("Pending", "Rejected", "AwaitingApproval", "Executing", "Succeeded", "Failed", "RolledBack")


@dataclass(frozen=True)
class Measurement:
    """One run, from the request to its end.

    Attributes:
        action: Name in the catalogue, for example ``DrainNode``.
        result: One of ``RESULTS``: what became of the evaluation. ``error`` is a denial because the library or the
            engine gave no well-formed decision. Empty when it did not come to a decision.
        evaluation_s: Time inside the engine; ``None`` when it was not asked.
        denied_by: The policies of the violations as the decision names them (``common/blast_radius``, ``gate``).
            Repetitions count once. Never names of objects.
        reloaded: A library that this machine had not seen yet was compiled.
        reload_failed: It could not be.
        phase: In which the execution ended, one of ``PHASES``. Empty when there is no record of one.
        admitted: It was Executing in between, so its duration is that of the work.
        duration_s: From the request to the end.
        overrides_opened: Emergency overrides that this run used, whose review is open since.
        overrides_closed: Reviews of overrides that this run closed.
        mode: ``apply`` or ``check``. A rehearsal is evaluated, but it is no execution.
    """

    action: str
    result: str = ""
    evaluation_s: float | None = None
    denied_by: tuple[str, ...] = ()
    reloaded: bool = False
    reload_failed: bool = False
    phase: str = ""
    admitted: bool = False
    duration_s: float = 0.0
    overrides_opened: int = 0
    overrides_closed: int = 0
    mode: str = "apply"
