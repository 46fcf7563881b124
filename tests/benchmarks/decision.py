# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one decision costs, with our library and with 200 user rules more, beside the real ``opa``.

Inside the engine: parse the input, run the rules; that is what the budget speaks of. ``opa bench`` parses the input once for all
evaluations, so it stands beside the query alone. What a task pays is more: it reads the published library, looks whether
the pinned key vouches for it, loads what was compiled, and evaluates in a forked child.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    canonical,
    from_directory,
)
from tests.benchmarks import opa_bench, user_rules
from tests.benchmarks.decision_inputs import DRAIN, inputs
from tests.benchmarks.figures import percentile_99, show
from tests.benchmarks.published import Published, published, signed_archive, signed_library
from tests.conftest import ROOT

RUNS, TASKS, COLD = 200, 50, 3
_EMPTY = """\
package kubernetesexecution

import rego.v1

decision := {"allowed": true, "violations": [], "warnings": [], "dryrun": []}
"""

T = TypeVar("T")
Documents = dict[str, dict[str, Any]]


def main() -> None:
    ours = replace(from_directory(ROOT / "policies"), linted=True)
    config: Any = ours.data["config"]
    documents = inputs(config)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extended = user_rules.with_user_rules(ours, folder / "overlay")
        cache = CompiledCache(folder / "cache")
        (folder / "signing").mkdir()
        archive = signed_archive(folder / "signing")
        signed = signed_library(archive)
        print(f"{DRAIN}: {len(canonical(documents[DRAIN]))} bytes. Budget of it: median < 2 ms, p99 < 5 ms.")
        _beside_opa("our library", ours, documents, cache, opa_bench.write(ours, folder / "ours"))
        _beside_opa("and 200 user rules", extended, documents, cache, opa_bench.write(extended, folder / "extended"))
        judging = signed.trusted(signed.read(), cache)
        _beside_opa("and signed", judging, {DRAIN: documents[DRAIN]}, cache, archive)
        print("\nwhat a task pays for reading the library and deciding, caches warm")
        for title, kept in (
            ("our library", published(ours)),
            ("and 200 user rules", published(extended)),
            ("and signed, with a pinned key", signed),
        ):
            _per_task(title, kept, documents[DRAIN], cache)
        _first_time(signed, documents[DRAIN], folder)


def _beside_opa(title: str, library: Library, documents: Documents, cache: CompiledCache, policies: Path) -> None:
    engine = Engine(library, cache=cache)
    # What remains without rules is the input; the catalogue is there because the gate looks into it.
    empty = Engine(replace(library, modules={"kubernetesexecution/main.rego": _EMPTY}), cache=cache)
    print(f"\n{title:<40} {'regopy through our engine, ms':^40} {'opa, ms':^18}")
    print(f"{'':<29} {'':<10} {'input':>9} {'query':>9} {'median':>10} {'p99':>10} {'median':>8} {'p99':>9}")
    for name, document in documents.items():
        decision = _judged(engine, document)
        taken = [_judged(engine, document).evaluation_ms for _ in range(RUNS)]
        parsed = statistics.median(_judged(empty, document).evaluation_ms for _ in range(RUNS // 4))
        median, (theirs, theirs_99) = statistics.median(taken), opa_bench.prepared(policies, document)
        print(
            f"{name:<29} {'allowed' if decision.allowed else 'denied':<10} {parsed:>9.2f} {median - parsed:>9.2f}"
            f" {median:>10.2f} {percentile_99(taken):>10.2f} {theirs:>8.2f} {theirs_99:>9.2f}",
            flush=True,
        )


def _per_task(title: str, kept: Published, document: dict[str, Any], cache: CompiledCache) -> None:
    steps: dict[str, list[float]] = {"read": [], "signature": [], "decide": [], "together": []}

    def task() -> None:
        read, took_read = _timed(kept.read)
        library, took_signature = _timed(lambda: kept.trusted(read, cache))
        _decision, took_deciding = _timed(lambda: _judged(Engine(library, cache=cache), document))
        for step, taken in zip(steps, (took_read, took_signature, took_deciding), strict=False):
            steps[step].append(taken)
        steps["together"].append(took_read + took_signature + took_deciding)

    task()
    for taken in steps.values():
        taken.clear()
    for _ in range(TASKS):
        task()
    parts = "   ".join(f"{step} {statistics.median(taken):6.2f}" for step, taken in steps.items() if step != "together")
    show(title, steps["together"], parts)


def _first_time(kept: Published, document: dict[str, Any], folder: Path) -> None:
    """Nothing is cached: the signature is verified and the library compiled. Once per machine and version."""
    taken = []
    for number in range(COLD):
        cache = CompiledCache(folder / f"cold-{number}")
        _decision, took = _timed(
            lambda cache=cache: _judged(Engine(kept.trusted(kept.read(), cache), cache=cache), document)
        )
        taken.append(took)
    show("the first time on a machine", taken)


def _judged(engine: Engine, document: dict[str, Any]) -> Decision:
    decision = engine.evaluate(document)
    if any(violation.policy == "gate" for violation in decision.violations):
        raise SystemExit(f"the gate itself refused: {decision.reason}")
    return decision


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - began) * 1000
