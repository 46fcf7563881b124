# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bug of ours as a failure that a user can read and report."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError


def unforeseen(error: Exception) -> GateError:
    """What happened and where, without the exception's own text: that may quote an object, and with it a secret (I6)."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "module_utils" in PurePath(frame.filename).parts] or frames[-1:]
    place = f" in {PurePath(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
    return GateError(
        "internal.error",
        f"Something went wrong inside the gate: {type(error).__name__}{place}.",
        "This is a bug: report it with this message. Read the object before anything else is done to it.",
    )


def interrupted() -> GateError:
    """The play was stopped in the middle of an action."""
    return GateError(
        "execution.interrupted",
        "The task was stopped before it came to an end.",
        "What was done by then stays. Read the object before anything else is done to it.",
    )
