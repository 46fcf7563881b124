# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps 1 to 5 of the gate: from a request to a decision, without a write.

The only requests that leave here with a verb other than GET are reviews (who am I, what may I) and dry runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts import facts as cluster_facts
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ApiFailure,
    Conflict,
    GateError,
    InvalidRequest,
    PolicyUnusable,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import input_document
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.following import Following
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import Decision
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import LINTER_VERSION
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_published
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import pin_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.trust import trusted
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import DryRunResult, Facts, Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Read, Request, Write
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Standing

LIBRARY_SOURCE = f"configmap {published_library.NAMESPACE}/{published_library.NAME}"
INSTALL = "ansible-playbook guardrail.kubernetes.install"
SETTLING_S = 0.3
"""Pause after a conflict: controllers write the status of what was just changed, several times."""

_REHEARSED_EVICTIONS = 8
_REHEARSALS = 5


@dataclass(frozen=True)
class Judgement:
    """A plan, the document it was judged by, and the decision. ``compiled_anew``: the library was new to this machine."""

    plan: Plan
    input: Mapping[str, Any]
    decision: Decision
    compiled_anew: bool = False


@dataclass(frozen=True)
class Prepared:
    """Everything that the decision takes, of one and the same state of the target.

    Attributes:
        raw: The target as it was read; ``None`` when it does not exist.
        facts: ``None`` when there is nothing to write, so nothing to decide.
    """

    plan: Plan
    raw: Mapping[str, Any] | None
    facts: Facts | None


def live_library(api: Api) -> Library:
    """The published library.

    Raises:
        PolicyUnusable: There is none, it is unreadable, it is not what its revision says, or the key that the operator
            pinned does not vouch for it.
    """
    try:
        published = published_library.read(api)
    except ApiFailure as failure:
        raise PolicyUnusable(
            "policy.library-unreadable",
            f"The policy library could not be read: {failure.message}",
            "The identity needs get on ConfigMap safety-policies in namespace guardrail-system.",
        ) from failure
    if published is None:
        raise PolicyUnusable(
            "policy.library-missing",
            "This cluster has no policy library, so nothing can be allowed.",
            f"Publish one: {INSTALL}",
        )
    library = from_published(
        published.data,
        name=published.name,
        version=published.version,
        revision=published.revision,
        source=LIBRARY_SOURCE,
    )
    # Who states a revision that fits has kept the text as it was linted.
    library = replace(library, linted=bool(published.revision) and published.linted >= LINTER_VERSION)
    # Not an argument: no caller can forget the operator's pin, and no option of a task reaches it.
    return trusted(library, published.bundle, pin_of(os.environ))


def prepare(
    action: Action,
    request: Request,
    api: Api,
    subject: Subject | None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    besides: Callable[[Plan], Sequence[Write]] | None = None,
) -> Prepared:
    """Steps 2 to 4. Begins again when the target changes before it could be judged, a few times.

    Args:
        besides: What is created to carry a plan out, rehearsed with its writes.

    Raises:
        Conflict: The target does not keep still.
        InvalidRequest, ApiFailure, Unreachable: As ``make_plan``.
    """
    rehearsals = 0
    while True:
        rehearsals += 1
        plan, raw = make_plan(action, request, api)
        if not plan.writes:
            return Prepared(plan, raw, None)
        try:
            facts = gather(action, request, plan, raw or {}, api, subject)
            more = rehearse_besides(api, facts.dry_run_result, besides(plan) if besides else ())
            return Prepared(plan, raw, replace(facts, dry_run_result=more))
        except Conflict:
            if rehearsals >= _REHEARSALS:
                raise
            sleep(SETTLING_S)


def make_plan(action: Action, request: Request, api: Api) -> tuple[Plan, Mapping[str, Any] | None]:
    """Read what the action needs and plan. The second value is the target, ``None`` when it does not exist.

    Raises:
        InvalidRequest: The target does not exist, or the request does not fit it.
    """
    target = action.target(request)
    reads: dict[str, Any] = {}
    for name, read in action.reads(request).items():
        try:
            reads[name] = api.list(read.path, read.query) if read.many else api.get(read.path, read.query)
        except ApiFailure as failure:
            if failure.status == 400 and "labelSelector" in read.query:
                raise _bad_selector(read.query["labelSelector"]) from failure
            if failure.status != 404 or name != "target":
                raise
            if action.absent_is_done:
                return Plan(target=target, writes=(), before={}, after={}), None
            if action.creates:
                reads[name] = {}
                continue
            raise InvalidRequest(
                "target.not-found", f"{target.label} does not exist.", "Check name, namespace and cluster."
            ) from failure
    return action.plan(request, reads), reads["target"] or None


def _bad_selector(selector: str) -> InvalidRequest:
    return InvalidRequest(
        "request.selector-invalid",
        f"{selector[:80]!r} is not a label selector that Kubernetes accepts.",
        "Write it as for kubectl: app=web,tier in (front, back).",
    )


def gather(
    action: Action, request: Request, plan: Plan, raw: Mapping[str, Any], api: Api, subject: Subject | None
) -> Facts:
    """Everything the decision rests on. What cannot be read is named in ``unavailable``."""
    facts = cluster_facts.gather(
        api,
        action_facts=action.facts,
        subject=subject,
        target_ref=plan.target,
        raw=raw,
        impact=plan.impact,
        now=datetime.fromisoformat(request.time.replace("Z", "+00:00")),
    )
    return replace(facts, dry_run_result=rehearse(api, plan, raw, action.reads(request)["target"]))


def config_of(library: Library) -> Mapping[str, Any]:
    """``data.config`` of the library; empty when that is no mapping."""
    config = library.data.get("config")
    return config if isinstance(config, Mapping) else {}


def judge(
    request: Request, plan: Plan, facts: Facts, standing: Standing, library: Library, engine: Engine
) -> Judgement:
    """Evaluate the library. Whatever goes wrong in there is a decision that denies."""
    document = input_document.build(request, plan, facts, standing, config_of(library))
    decision = engine.evaluate(document)
    return Judgement(plan, document, decision, engine.compiled_anew)


def rehearse(api: Api, plan: Plan, raw: Mapping[str, Any], target: Read) -> DryRunResult:
    """Send the writes with ``dryRun: All``.

    Of the evictions a few are sent, one for each namespace first: they prove the right and wake admission webhooks; the
    budgets need no rehearsal, because a dry run is checked against them but does not count (eviction API).

    Args:
        raw: The target as it was read. A rehearsal follows it as the write itself does.
        target: How to read it again.

    Raises:
        Conflict: The object changed since it was read.
    """
    result = DryRunResult(status="succeeded" if plan.writes else "skipped")
    for write in _rehearsed(plan):
        try:
            _rehearse_one(api, Following(write, raw if write.target == plan.target and raw else None), target)
        except Conflict:
            raise
        except GateError as failure:
            if write.verb == "evict" and _is_a_fact_already(failure):
                continue
            result = _failed(result, failure)
    return result


def rehearse_besides(api: Api, result: DryRunResult, writes: Sequence[Write]) -> DryRunResult:
    """Send what carrying out the plan takes besides (a Job) with ``dryRun: All``, and add what comes of it."""
    for write in writes:
        try:
            api.send(write, dry_run=True)
        except GateError as failure:
            result = _failed(result, failure)
    return result


def _rehearse_one(api: Api, following: Following, target: Read) -> None:
    while True:
        try:
            api.send(following.write, dry_run=True)
            return
        except Conflict:
            if not following.follows(api.get(target.path, target.query)):
                raise


def _is_a_fact_already(failure: GateError) -> bool:
    """Whether ``disruption`` says the same in better words: the pod is gone, held by a budget, or under several.

    For a pod under more than one budget the eviction API answers 500 (``eviction.go``).
    """
    if not isinstance(failure, ApiFailure):
        return False
    several = failure.status == 500 and "PodDisruptionBudget" in failure.message
    return several or failure.status in (404, 429)


def _rehearsed(plan: Plan) -> tuple[Write, ...]:
    by_namespace: dict[str, Write] = {}
    for write in plan.evictions:
        by_namespace.setdefault(write.target.namespace, write)
    others = tuple(write for write in plan.writes if write.verb != "evict")
    return others + tuple(by_namespace.values())[:_REHEARSED_EVICTIONS]


def _failed(result: DryRunResult, failure: GateError) -> DryRunResult:
    first = result.failures == 0
    status = failure.status if isinstance(failure, ApiFailure) else 0
    return DryRunResult(
        status="failed",
        code=status if first else result.code,
        message=failure.message if first else result.message,
        failures=result.failures + 1,
    )
