# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``execution_info`` returns: records by filters that the API server applies, the newest first.

The API server lists by name. Where not everything that matches fits on one page, the records are read by their labels for
hour and day, back from now until there are enough: what is read follows the limit and not what the cluster keeps.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    is_object_name,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import PAGE_SIZE, Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.concurrency import run_all
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import approvals
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.ledger import INSTALL
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    AWAITING,
    EXECUTING,
    FAILED,
    GROUP_VERSION,
    LABEL,
    NAMESPACE,
    PENDING,
    PLURAL,
    REJECTED,
    ROLLED_BACK,
    SUCCEEDED,
    Record,
    label_value,
    parse,
    requester_label,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.turn import period_label
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.edge import guarded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.views import (
    approval_view,
    execution_view,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

PHASES = (PENDING, REJECTED, AWAITING, EXECUTING, SUCCEEDED, FAILED, ROLLED_BACK)
MOST = 5000

_LABELLED = ("action", "kind", "namespace")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"([0-9]{1,9})([smhd])\Z")
# A record carries the hour that its writer took from the API server, which stamps it a moment later.
_SLACK = timedelta(seconds=60)
# Records are kept for a year at most; whatever is older is asked for as a whole.
_DAYS_BACK = 400


def execution_info(
    action: str, options: Mapping[str, Any], *, check_mode: bool, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Look things up. The same with ``check_mode``. Never raises."""
    result: dict[str, Any] = {
        "changed": False,
        "executions": [],
        "truncated": False,
        "approvals": None,
        "open_reviews": None,
    }

    def work() -> None:
        _require_sound(options)
        api = connect(options, environ, user_agent=f"guardrail.kubernetes/{VERSION} ({action})")
        try:
            result.update(_look(api, options))
        finally:
            api.close()

    return guarded(result, work)


def _require_sound(options: Mapping[str, Any]) -> None:
    if not 1 <= options["limit"] <= MOST:
        raise InvalidRequest("request.limit-invalid", f"limit: {options['limit']} is not between 1 and {MOST}.")
    if options["since"]:
        earliest(options["since"], datetime.now(UTC))


def _look(api: Api, options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        records, truncated = _records(api, options)
    except ApiFailure as failure:
        if failure.status != 404:
            raise
        raise ApiFailure(
            "record.not-installed",
            "This cluster keeps no records of executions.",
            f"Install what keeps them: {INSTALL}",
            status=404,
        ) from failure
    found: dict[str, Any] = {"executions": [execution_view(it, api.now()) for it in records], "truncated": truncated}
    sentence = f"{len(records)}{' newest' if truncated else ''} executions."
    if options["approvals"]:
        standing = approvals_of(api, records)
        found["approvals"] = [approval_view(raw, api.now()) for raw in standing]
        sentence += f" {len(standing)} approvals."
    if options["open_reviews"]:
        reviews = open_reviews(api)
        found["open_reviews"] = [approval_view(raw, api.now()) for raw in reviews]
        sentence += f" {len(reviews)} open reviews."
    return {**found, "msg": sentence}


def _records(api: Api, options: Mapping[str, Any]) -> tuple[list[Record], bool]:
    labels, fields = selectors(options)
    name = options["name"]
    if name and not is_object_name(name):
        return [], False
    if name:
        fields = [*fields, f"metadata.name={name}"]
    since = None
    if options["since"]:
        api.get(collection_path(GROUP_VERSION, PLURAL, NAMESPACE), {"limit": "1"})  # what time it is there
        since = earliest(options["since"], api.now())
    raws, complete = _newest(api, labels, fields, since, options["limit"])
    records = sorted(map(parse, raws), key=lambda it: (it.created, it.name), reverse=True)
    wanted = [it for it in records if since is None or it.created >= since]
    return wanted[: options["limit"]], len(wanted) > options["limit"] or not complete


def selectors(options: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Label and field selectors for the filters that are given."""
    labels = [f"{LABEL}{key}={label_value(options[key])}" for key in _LABELLED if options[key]]
    if options["target"]:
        labels.append(f"{LABEL}name={label_value(options['target'])}")
    if options["requester"]:
        labels.append(f"{LABEL}requester={requester_label(options['requester'])}")
    # A field selector knows no "in": the other phases are left out one by one.
    unwanted = [phase for phase in PHASES if options["phases"] and phase not in options["phases"]]
    return labels, [f"status.phase!={phase}" for phase in unwanted]


def earliest(text: str, now: datetime) -> datetime:
    """The moment that ``since`` names: RFC 3339, or a span back from now such as ``24h``.

    Raises:
        InvalidRequest: It is neither.
    """
    span = _SPAN.match(text)
    try:
        if span:
            return now - timedelta(seconds=int(span[1]) * _UNITS_S[span[2]])
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest(
            "request.since-invalid",
            f"since: {text[:40]!r} is neither a time with its zone nor a span.",
            "Write 2026-11-22T08:00:00Z, or 30m, 24h, 7d.",
        )
    return moment


def _newest(
    api: Api, labels: Sequence[str], fields: Sequence[str], since: datetime | None, limit: int
) -> tuple[list[Mapping[str, Any]], bool]:
    """At least ``limit`` of the newest records, in no order; and whether these are all."""
    path, now_labels = collection_path(GROUP_VERSION, PLURAL, NAMESPACE), list(labels)

    def query(*more: str) -> dict[str, str]:
        stated = {"labelSelector": ",".join([*now_labels, *more]), "fieldSelector": ",".join(fields)}
        return {key: value for key, value in stated.items() if value}

    page = api.get(path, {**query(), "limit": str(PAGE_SIZE)})
    if not (page.get("metadata") or {}).get("continue"):
        return list(page.get("items") or ()), True
    found: list[Mapping[str, Any]] = []
    for period in periods(api.now(), since):
        if len(found) >= limit:
            return found, False
        found += api.list(path, query(period))
    return found, True


def periods(now: datetime, since: datetime | None) -> Iterator[str]:
    """Selectors that share no record: the hours of today, then days, each longer than the one before, back to ``since``."""
    head = (now + _SLACK).astimezone(UTC)
    end = None if since is None else (since - _SLACK).astimezone(UTC)
    midnight = head.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [midnight + timedelta(hours=back) for back in range(head.hour, -1, -1)]
    days = [midnight - timedelta(days=back) for back in range(1, _DAYS_BACK + 1)]
    for key, moments, length in (("hour", hours, timedelta(hours=1)), ("day", days, timedelta(days=1))):
        recent = [moment for moment in moments if end is None or moment + length > end]
        for some in _growing(recent):
            yield f"{LABEL}{key} in ({','.join(period_label(moment, key) for moment in some)})"
    if end is None or end < days[-1]:
        yield f"{LABEL}day notin ({','.join(period_label(moment, 'day') for moment in [midnight, *days])})"


def _growing(moments: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
    start, size = 0, 1
    while start < len(moments):
        yield moments[start : start + size]
        start, size = start + size, size * 2


def approvals_of(api: Api, records: Iterable[Record]) -> list[Mapping[str, Any]]:
    """The approvals for the digests of these records, the newest first."""
    path = collection_path(GROUP_VERSION, approvals.PLURAL, NAMESPACE)
    found: dict[str, Mapping[str, Any]] = {}

    def reader(digest: str) -> Callable[[], None]:
        query = {"fieldSelector": f"spec.digest={digest}"}
        return lambda: found.update((raw["metadata"]["name"], raw) for raw in api.list(path, query))

    run_all([reader(digest) for digest in dict.fromkeys(record.digest for record in records)])
    return _newest_first(found.values())


def open_reviews(api: Api) -> list[Mapping[str, Any]]:
    """Overrides that were used and whose review nobody has closed, all of them, the newest first."""
    raws = api.list(
        collection_path(GROUP_VERSION, approvals.PLURAL, NAMESPACE), {"fieldSelector": "status.consumedBy!="}
    )
    return _newest_first(raw for raw in raws if (raw["status"].get("review") or {}).get("state") == "Open")


def _newest_first(raws: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(raws, key=lambda raw: (raw["metadata"]["creationTimestamp"], raw["metadata"]["name"]), reverse=True)


def read_execution(api: Api, name: str) -> Record:
    """One record by its name.

    Raises:
        InvalidRequest: ``execution.unknown``.
        ApiFailure, Unreachable: It cannot be read.
    """
    unknown = InvalidRequest(
        "execution.unknown", f"There is no KubernetesExecution {name[:80]}.", "List them: kubectl get kexec -A"
    )
    if not is_object_name(name):
        raise unknown
    try:
        return parse(api.get(object_path(GROUP_VERSION, PLURAL, name, NAMESPACE)))
    except ApiFailure as failure:
        if failure.status == 404:
            raise unknown from failure
        raise
