# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: one pipeline from a request to an outcome, the same for every action.

Steps, numbered as in ``docs/gate.md``:

1. connect; who asks; which library is published
2. plan: read the target, compute the exact writes; nothing to do ends here
3. facts
4. dry run of every write
5. decide: write the execution's record, wait for its turn, read history and approvals; check mode ends here
6. execute, with the preconditions of what was judged; on 409 begin again at 2, once
7. verify the postcondition; undo when it is not met and that was asked for
8. record what came of it

Invariants: nothing is written before an allowing decision (I1); everything short of a well-formed allow denies (I2); the
permit covers the judged plan and nothing else (I3); the outcome tells what was changed, however it ended (I4); nothing
waits without a deadline and no denial is retried (I5).

The pipeline knows neither ``AnsibleModule`` nor ``ActionBase``. Two doors lead here: the modules, and
``plugins/plugin_utils/in_process_door.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import Outcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.passage import Passage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.trail import Trail
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.unforeseen import interrupted, unforeseen
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request


def run(
    action: Action,
    request: Request,
    api: Api,
    *,
    trail: Trail | None = None,
    report: Callable[[str], None] = lambda line: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Carry ``request`` through the gate. Raises nothing: every failure, a bug of ours too, is in the outcome.

    Args:
        trail: The audit trail and the metrics of the task; none by default.
        report: Takes progress, one line at a time.
        sleep: Injected by tests.
    """
    trail = trail or Trail()
    passage = Passage(action, request, api, report, sleep, trail)
    try:
        passage.go()
    except GateError as failure:
        passage.failure = failure
    except Exception as error:  # noqa: BLE001 - an edge: only the passage knows what has been changed (I4)
        passage.failure = unforeseen(error)
    except BaseException:  # the play was stopped: the record tells, then the stop goes on
        passage.failure = interrupted()
        passage.close()
        raise

    def undo(way_back: Request) -> Outcome:
        return run(ACTIONS[way_back.action], way_back, api, trail=trail, report=report, sleep=sleep)

    try:
        outcome = passage.close()
        return passage.roll_back(outcome, undo) if passage.may_roll_back else outcome
    except Exception as error:  # noqa: BLE001 - the same edge: what was changed must be told all the same
        passage.failure = passage.failure or unforeseen(error)
        return passage.outcome()
