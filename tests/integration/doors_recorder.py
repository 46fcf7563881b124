# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin for tests: writes every task result as one line of JSON to the file ``DOORS_RECORD`` names.

The tests copy it to a directory of its own, because Ansible takes every file beside it for a plugin too.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: doors_recorder
type: aggregate
short_description: Record the results of all tasks
description: Writes one line of JSON for every task result.
"""


class CallbackModule(CallbackBase):
    """One line for every host and task; the items of a loop are in its ``results``."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "doors_recorder"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record(result, failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record(result, failed=True)

    def _record(self, result: Any, *, failed: bool = False) -> None:
        # Ansible takes the verdict out of the result and calls another method instead.
        told = {**result.result, "failed": failed}
        entry = {
            "task": result.task.get_name().strip(),
            "host": result.host.get_name(),
            "result": told,
            "ended": time.monotonic(),
        }
        with open(os.environ["DOORS_RECORD"], "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
