# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a Job said and how it ended, for the result of the task: bounded, and without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_run import LONGEST_LOG, log_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_state import JobState
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import NAMESPACE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import parameter_secrets
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import JobOutcome
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask, mask_values
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request

_CUT = "[...]\n"
_CONFLICT = "Error from server (Conflict): "
_OUT_OF_TIME = "global timeout reached"
_LONGEST_LINE = 400


_LOG_S = 5.0


def job_outcome(
    action: Action, request: Request, api: Api, name: str, raw: Mapping[str, Any], state: JobState
) -> JobOutcome:
    """The result's ``execution.job``.

    Args:
        raw: The Job as it was read last; empty when it never was.
    """
    api = api.until(Deadline(_LOG_S))
    text = ""
    if state.pod:
        said = [_said(answers, log_of(api, state.pod, container)) for container, answers in _containers(raw)]
        text = "\n".join(line for line in said if line)
    text = str(
        mask_values(str(mask(text)), parameter_secrets({"action": action.name, "parameters": request.parameters}))
    )
    return JobOutcome(
        name=name,
        namespace=NAMESPACE,
        succeeded=state.succeeded,
        exit_code=state.exit_code,
        reason="" if state.succeeded else state.reason,
        log=text if len(text) <= LONGEST_LOG else _CUT + text[-(LONGEST_LOG - len(_CUT)) :],
    )


def last_line(log: str) -> str:
    """What a person reads first: kubectl's own last word."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:_LONGEST_LINE] if lines else ""


def tells_conflict(log: str) -> bool:
    """Whether the API server refused a write because its precondition does not hold."""
    return last_line(log).startswith(_CONFLICT)


def ran_out_of_time(log: str) -> bool:
    """Whether kubectl gave up at its own deadline."""
    return _OUT_OF_TIME in log


def _containers(raw: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Names in the order in which they run, and whether each prints the API server's answer."""
    spec = (((raw.get("spec") or {}).get("template") or {}).get("spec")) or {}
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        answers = any(str(argument).startswith("--raw=") for argument in container.get("args") or ())
        yield container["name"], answers


def _said(answers: bool, text: str) -> str:
    """An answer may be a whole object, whose content is nobody's business here: of it only the name is kept."""
    return "\n".join(_named(line) for line in text.splitlines()) if answers else text


def _named(line: str) -> str:
    if not line.lstrip().startswith("{"):
        return line
    try:
        found = json.loads(line)
    except ValueError:
        return "[an answer of the API server that cannot be read]"
    name = str((found.get("metadata") or {}).get("name") or "")
    return f"{found.get('kind')} {name or found.get('status') or ''}".strip()
