# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One action in check mode, in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import os
import sys
import time

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task
from tests.benchmarks.large import peak_mb


def main(action: str, parameters: str) -> None:
    began = time.perf_counter()
    result = perform_task(action, json.loads(parameters), check_mode=True, environ=os.environ)
    figures = {
        "seconds": time.perf_counter() - began,
        "calls": result["execution"]["api_calls"],
        "peak_mb": peak_mb(),
    }
    json.dump(figures, sys.stdout)


main(*sys.argv[1:])
