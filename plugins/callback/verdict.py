# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Screen output that shows what the gate decided; everything else looks as the default output does."""

from __future__ import annotations

DOCUMENTATION = r"""
name: verdict
type: stdout
short_description: Screen output that reads out the decision on each gated action
version_added: 0.1.0
author:
  - The guardrail.kubernetes authors (@guardrail)
description:
  - Shows for each gated action who asked, what would change, whether it was allowed, each rule that refused it, and
    what would make it pass, instead of one line of JSON.
  - A passed M(ansible.builtin.assert) is shown by its C(success_msg). All other tasks look as in the default output.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - "Set it as stdout callback: C(ANSIBLE_STDOUT_CALLBACK=guardrail.kubernetes.verdict)."
"""

from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as DefaultOutput

from ansible_collections.guardrail.kubernetes.plugins.plugin_utils._verdict_text import render

_COLORS = {
    "good": constants.COLOR_OK,
    "bad": constants.COLOR_ERROR,
    "warn": constants.COLOR_WARN,
    "changed": constants.COLOR_CHANGED,
}
_COLLECTION = "guardrail.kubernetes."
_ASSERT = ("assert", "ansible.builtin.assert", "ansible.legacy.assert")


class CallbackModule(DefaultOutput):
    """The default output, with gated results in words."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "guardrail.kubernetes.verdict"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        super().v2_playbook_on_task_start(task, is_conditional)
        # A long action reports its progress before it has a result: its title comes first.
        if str(task.action).startswith(_COLLECTION) and self._last_task_banner != task._uuid:
            self._print_task_banner(task)

    def v2_runner_on_ok(self, result: Any) -> None:
        if not self._shown(result):
            super().v2_runner_on_ok(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not self._shown(result, failed=True):
            super().v2_runner_on_failed(result, ignore_errors=ignore_errors)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        if not self._shown(result):
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        if not self._shown(result, failed=True):
            super().v2_runner_item_on_failed(result)

    def _shown(self, result: Any, failed: bool = False) -> bool:
        """Show a result that speaks for itself; False leaves it to the default output."""
        answer = result.result
        lines = render({**answer, "failed": failed}, self._display.columns, bool(result.task.check_mode))
        if lines:
            self._title(result)
            for line in lines:
                self._display.display(line.text, color=_COLORS.get(line.tone))
            return True
        if result.task.action in _ASSERT and not failed and isinstance(answer.get("msg"), str):
            self._display.display(f"  {'checked':<10}{answer['msg']}", color=constants.COLOR_OK)
            return True
        return False

    def _title(self, result: Any) -> None:
        if self._last_task_banner != result.task._uuid:
            self._print_task_banner(result.task)
