# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs every step of ``make test``, goes on after a failure, and ends with one table and one line of totals.

``python -m tests.ci.steps [STEP ...]``: without names, all of them. A step is a target of the Makefile. What a step
counts: the tests of the JUnit reports it wrote to ``build/reports/<step>*.xml``, or else itself as one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "build" / "reports"


@dataclass(frozen=True)
class Step:
    """A target of the Makefile and the minutes after which it is ended."""

    target: str
    limit_minutes: int


# Cheap ones first: a misspelt name is told within a minute. The limits only end what hangs; a cold run of "policy",
# "molecule" or "integration" builds a Kubernetes from source.
STEPS = (
    Step("lint", 10),
    Step("types", 10),
    Step("unit", 15),
    Step("policy", 30),
    Step("build", 5),
    Step("sanity", 20),
    Step("molecule", 30),
    Step("integration", 60),
)

# Set by the Makefile to the environment of each ansible-core line, empty where there is none.
TESTED_LINES = {"ansible-core 2.19": "GUARDRAIL_ANSIBLE_219", "ansible-core 2.21": "GUARDRAIL_ANSIBLE_221"}


@dataclass(frozen=True)
class Count:
    """Tests, or steps without a report, by how they ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclass(frozen=True)
class Ended:
    """How one step went."""

    step: Step
    problem: str
    seconds: float
    count: Count


def count_reports(target: str) -> Count:
    """Add up the JUnit reports of a step."""
    total = Count()
    for report in sorted(REPORTS.glob(f"{target}*.xml")):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            tests, failures, errors, skipped = (
                int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
            )
            total += Count(tests - failures - errors - skipped, failures + errors, skipped)
    return total


def run_target(step: Step) -> str:
    """Run the target with its output shown as it comes; return what went wrong, or nothing."""
    process = subprocess.Popen(
        ["make", "--no-print-directory", step.target], cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        status = process.wait(timeout=step.limit_minutes * 60)
    except subprocess.TimeoutExpired:
        return f"not finished after {step.limit_minutes} minutes"
    finally:
        # Also after Ctrl-C, and for what a step left behind: nothing of it outlives the step.
        end_group(process)
    return f"exit status {status}" if status else ""


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process group that ``process`` leads: asked first, then forced."""
    for number, patience_s in ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + patience_s
        try:
            os.killpg(process.pid, number)
            while time.monotonic() < deadline:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.1)
        except ProcessLookupError:
            return


def run(step: Step) -> Ended:
    """Run one step and count what it tested."""
    print(f"\n===== make {step.target} =====", flush=True)
    for report in REPORTS.glob(f"{step.target}*.xml"):
        report.unlink()
    started = time.monotonic()
    problem = run_target(step)
    count = count_reports(step.target)
    if problem and not count.failed:
        count += Count(failed=1)
    elif count == Count():
        count = Count(passed=1)
    return Ended(step, problem, time.monotonic() - started, count)


def main(names: list[str]) -> int:
    """Return 0 when every step passed."""
    known = {step.target: step for step in STEPS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no step {', '.join(unknown)}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    ended = [run(known[name]) for name in names or known]
    total = Count()
    print("\n===== make test =====")
    for one in ended:
        total += one.count
        verdict = f"FAILED ({one.problem})" if one.problem else "ok"
        print(f"{one.step.target:12} {one.seconds:6.0f} s  {one.count!s:38} {verdict}")
    for line, variable in TESTED_LINES.items():
        if not os.environ.get(variable):
            print(f"NOT TESTED: {line}, for want of a Python that it runs on; `make venv` says which.")
    print(f"total: {total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if any(one.problem for one in ended) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
