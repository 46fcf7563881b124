# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task through ``perform_task``, as both doors call it, in this process."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import POLICY_CHECK, perform_task
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine

Result = dict[str, Any]

REASONS = {"denied", "awaiting_approval", "conflict", "timeout", "api_error", "invalid_parameters", "unreachable"}
EXECUTION = {"id", "action", "target", "requester", "attempts", "api_calls", "duration_s"}
EXECUTION |= {"record", "phase", "digest", "approvals", "undone_by", "mode", "job", "followed"}
_CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+\Z")
_LONGEST_MESSAGE = 420
# Other tests may have the processors; a wait without a deadline takes minutes.
_SLACK_S = 8.0
_FOREIGN = re.compile(r"^(K8S_AUTH_|KUBE|ANSIBLE)")


@dataclass(frozen=True)
class GateCalls:
    """Calls actions with a kubeconfig; ``home`` keeps the user's own files and the cache out of it.

    Attributes:
        lines: Progress as it was reported.
        bugs_expected: A task may end as a bug of the gate; otherwise that fails the test.
    """

    kubeconfig: Path | None
    home: Path
    lines: list[str] = field(default_factory=list)
    bugs_expected: bool = False

    def __call__(self, action: str, *, check_mode: bool = False, **options: Any) -> Result:
        """The result of a task, checked for what every result has."""
        spec = action_arguments(ACTIONS[action].options)
        given = {"kubeconfig": None if self.kubeconfig is None else str(self.kubeconfig), **options}
        validated = ArgumentSpecValidator(spec).validate(given)
        assert not validated.error_messages, validated.error_messages
        return self._perform(action, validated.validated_parameters, check_mode)

    def check(self, action: str, **parameters: Any) -> Result:
        """What the module policy_check says about an action."""
        options = {"kubeconfig": str(self.kubeconfig), "action": action, "parameters": parameters}
        return self._perform(POLICY_CHECK, options, check_mode=False)

    def _perform(self, action: str, options: Mapping[str, Any], check_mode: bool) -> Result:
        environ = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
        environ |= {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home)}
        result = perform_task(action, options, check_mode=check_mode, environ=environ, report=self.lines.append)
        assert_whole(result)
        assert self.bugs_expected or result.get("code") != "internal.error", result["msg"]
        return result


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """I5."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds + _SLACK_S, f"took {took:.1f} s"


def engine_defaults() -> dict[str, Any]:
    """Limits of every engine that the gate makes, for a test to change."""
    defaults = Engine.__init__.__kwdefaults__
    assert defaults
    return defaults


def assert_whole(result: Mapping[str, Any]) -> None:
    """What every result has, however it ended (I7): these keys, plain JSON, and words without a traceback."""
    assert {"changed", "diff", "decision", "execution", "msg"} <= result.keys()
    assert isinstance(result["changed"], bool)
    assert set(result["diff"]) == {"before", "after"}
    assert result["execution"] is None or result["execution"].keys() == EXECUTION
    assert "Traceback" not in json.dumps(result)
    assert result["msg"]
    if result.get("failed"):
        assert result["reason"] in REASONS
        assert _CODE.match(result["code"])
        assert "retry_after_s" in result
    else:
        assert "reason" not in result


def assert_failed(result: Mapping[str, Any], reason: str, code: str, *, changed: bool = False) -> None:
    """A failure of this class with this code."""
    told = (result.get("failed"), result.get("reason"), result.get("code"), result["changed"])
    assert told == (True, reason, code, changed), f"{told}: {result['msg']}"


def assert_denied(result: Mapping[str, Any], code: str) -> None:
    """A denial by this rule, told in the message too, and nothing changed."""
    told = (result.get("failed"), result.get("reason"), result["changed"])
    assert told == (True, "denied", False), f"{told}: {result.get('code')}: {result['msg']}"
    assert result["decision"]["allowed"] is False
    assert code in [violation["code"] for violation in result["decision"]["violations"]], result["msg"]
    assert code == result["code"] or f"[{code}]" in result["msg"], (result["code"], result["msg"])


def assert_succeeded(result: Mapping[str, Any], *, changed: bool = True) -> None:
    told = (result.get("failed"), result.get("code"), result["changed"])
    assert told == (None, None, changed), f"{told}: {result['msg']}"


def assert_clear(result: Mapping[str, Any], pattern: str) -> None:
    """One line, of a length that people read, in these words."""
    assert re.search(pattern, result["msg"]), result["msg"]
    assert len(result["msg"]) < _LONGEST_MESSAGE
    assert "\n" not in result["msg"]
    assert not re.search(r"Error\(|Exception|<class|0x[0-9a-f]{6}", result["msg"]), result["msg"]
