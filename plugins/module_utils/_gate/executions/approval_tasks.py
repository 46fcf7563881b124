# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``approve_execution`` does: give an approval or an override, take one back, close the review of an override.

What counts is decided elsewhere: the API server admits no approval in another's name or without the right to give it, and
the gate checks it once more when it is used. What is refused here is refused early and in clear words.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import identity
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    is_object_name,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import (
    ApiFailure,
    Conflict,
    GateError,
    InvalidRequest,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.approvals import KIND, PLURAL
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    GROUP_VERSION,
    NAMESPACE,
    Record,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.edge import guarded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_rules import (
    APPROVAL,
    OVERRIDE,
    require_giving,
    require_reviewing,
    require_revoking,
    require_text,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.queries import (
    approvals_of,
    read_execution,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.views import (
    approval_view,
    execution_view,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.emission import emit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.measurement import Measurement
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.options import MetricsOptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

_ATTEMPTS = 3
_MOST_GROUPS = 100
_COLLECTION = collection_path(GROUP_VERSION, PLURAL, NAMESPACE)


def approve_execution(
    action: str, options: Mapping[str, Any], *, check_mode: bool, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Do what ``state`` says. Never raises; what was looked at before a refusal is in the result."""
    result: dict[str, Any] = {
        "changed": False,
        "approval": None,
        "execution": None,
        "diff": {"before": {}, "after": {}},
    }

    def work() -> None:
        require_text(options)
        api = connect(options, environ, user_agent=f"guardrail.kubernetes/{VERSION} ({action})")
        try:
            _Task(api, options, result, check_mode, environ).run()
        finally:
            api.close()

    return guarded(result, work)


class _Task:
    """One task; ``result`` is filled as far as it comes."""

    def __init__(
        self, api: Api, options: Mapping[str, Any], result: dict[str, Any], rehearse: bool, environ: Mapping[str, str]
    ) -> None:
        self._api, self._options, self._result, self._rehearse = api, options, result, rehearse
        self._environ = environ
        self._me = identity.who_am_i(api)

    def run(self) -> None:
        state = self._options["state"]
        if state in ("approved", "overridden"):
            self._give(OVERRIDE if state == "overridden" else APPROVAL)
            return
        change = self._revoke if state == "revoked" else self._review
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                change(str(self._options["approval"]))
                return
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise

    def _give(self, kind: str) -> None:
        record = read_execution(self._api, str(self._options["execution"]))
        self._result["execution"] = execution_view(record, self._api.now())
        require_giving(record, kind, self._me.username, self._api.now())
        earlier = standing(approvals_of(self._api, [record]), record, kind, self._me.username, self._api.now())
        what = f"{record.action} on {record.target.label}"
        if earlier is not None:
            view = self._tell(earlier)
            self._result["msg"] = f"{view['name']} covers {what} already, until {view['expires']}."
            return
        body = new_approval(record, kind, self._me, self._options["valid_for"], self._options["reason"])
        ref = ObjectRef(KIND, body["metadata"]["name"], NAMESPACE)
        try:
            written = self._api.send(Write("create", _COLLECTION, body, ref), dry_run=self._rehearse)
        except ApiFailure as failure:
            raise _not_given(failure, kind) from failure
        view = self._tell(written)
        self._result.update(changed=True, diff={"before": {}, "after": view})
        verb = {APPROVAL: "approved", OVERRIDE: "overridden"}[kind]
        verb = f"Would have {verb}" if self._rehearse else verb.capitalize()
        self._result["msg"] = f"{verb}: {what}, once, until {view['expires']} ({view['name']})."

    def _review(self, name: str) -> None:
        raw = self._read(name)
        if raw is None:
            raise InvalidRequest("approval.unknown", f"There is no ExecutionApproval {name[:80]}.")
        view = self._tell(raw)
        self._show_use(view["used_by"])
        if (view["review"] or {}).get("state") == "Closed":
            closed = view["review"]
            self._result["msg"] = f"{closed['closed_by']} closed the review of {name} at {closed['closed_at']}."
            return
        require_reviewing(view, self._me.username)
        closing = {
            "state": "Closed",
            "closedBy": self._me.username,
            "closedAt": timestamp(self._api.now()),
            "note": str(mask(self._options["note"])),
        }
        version = {"resourceVersion": raw["metadata"]["resourceVersion"]}
        body = {"metadata": version, "status": {"review": closing}}
        write = Write("patch", f"{self._path(name)}/status", body, ObjectRef(KIND, name, NAMESPACE), MERGE_PATCH)
        after = self._tell(self._api.send(write, dry_run=self._rehearse))
        self._result.update(
            changed=True, diff={"before": {"review": view["review"]}, "after": {"review": after["review"]}}
        )
        self._result["msg"] = f"{'Would close' if self._rehearse else 'Closed'} the review of {name}."
        self._measure(view["action"])

    def _revoke(self, name: str) -> None:
        raw = self._read(name)
        if raw is None:
            self._result["msg"] = f"There is no ExecutionApproval {name[:80]}."
            return
        view = self._tell(raw)
        require_revoking(view, self._me.username)
        metadata = raw["metadata"]
        body = {"preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}}
        try:
            self._api.send(
                Write("delete", self._path(name), body, ObjectRef(KIND, name, NAMESPACE)), dry_run=self._rehearse
            )
        except ApiFailure as failure:
            raise _not_revoked(failure, name) from failure
        self._result.update(changed=True, diff={"before": view, "after": {}})
        self._result["msg"] = f"{'Would take' if self._rehearse else 'Took'} {name} back."

    def _tell(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        view = approval_view(raw, self._api.now())
        self._result["approval"] = view
        return view

    def _show_use(self, execution: str) -> None:
        """A reviewer wants to see what the override was used for; the record may be gone by now."""
        try:
            record = read_execution(self._api, execution)
        except GateError:
            return
        self._result["execution"] = execution_view(record, self._api.now())

    def _read(self, name: str) -> dict[str, Any] | None:
        if not is_object_name(name):
            raise InvalidRequest(
                "approval.unknown", f"approval: {name[:80]!r} cannot be the name of an ExecutionApproval."
            )
        try:
            return self._api.get(self._path(name))
        except ApiFailure as failure:
            if failure.status == 404:
                return None
            raise

    def _path(self, name: str) -> str:
        return object_path(GROUP_VERSION, PLURAL, name, NAMESPACE)

    def _measure(self, action: str) -> None:
        def stated(option: str) -> str:
            return str(self._options.get(option) or self._environ.get(f"GUARDRAIL_{option.upper()}") or "")

        metrics = MetricsOptions(statsd=stated("metrics_statsd"), textfile=stated("metrics_textfile"))
        closed = Measurement(action=action, overrides_closed=1, mode="check" if self._rehearse else "apply")
        if warnings := list(emit(closed, metrics)):
            self._result["warnings"] = warnings


def new_approval(record: Record, kind: str, me: Subject, valid_s: int, reason: str) -> dict[str, Any]:
    """The object to create: for exactly what the record asks for, in the name of whoever the API server says I am."""
    spec: dict[str, Any] = {
        "type": kind,
        "digest": record.digest,
        "execution": record.name,
        "action": record.action,
        "target": target_of(record),
        "approver": me.username,
        "approverGroups": list(me.groups[:_MOST_GROUPS]),
        "validForSeconds": valid_s,
        "reason": str(mask(reason)),
    }
    return {
        "apiVersion": GROUP_VERSION,
        "kind": KIND,
        "metadata": {"name": f"{record.name}-{secrets.token_hex(4)}", "namespace": NAMESPACE},
        "spec": {key: value for key, value in spec.items() if value not in ("", [])},
    }


def target_of(record: Record) -> dict[str, str]:
    """The target as an approval states it."""
    target = record.target
    return {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": record.uid}


def standing(
    found: list[Mapping[str, Any]], record: Record, kind: str, username: str, now: datetime
) -> Mapping[str, Any] | None:
    """An approval of that kind for the record by that user which can still be used."""

    def counts(raw: Mapping[str, Any]) -> bool:
        spec, view = raw["spec"], approval_view(raw, now)
        stated = (spec["type"], spec["approver"], spec["action"], spec["target"])
        same = stated == (kind, username, record.action, target_of(record))
        return same and not view["used_by"] and not view["expired"]

    return next(filter(counts, found), None)


def _not_given(failure: ApiFailure, kind: str) -> ApiFailure:
    if failure.status != 403:
        return failure
    role = "guardrail-override" if kind == OVERRIDE else "guardrail-approve"
    return ApiFailure(
        "approval.forbidden",
        failure.message,
        f"It takes Role guardrail-approver in {NAMESPACE}, and ClusterRole {role} where the target is.",
        status=403,
    )


def _not_revoked(failure: ApiFailure, name: str) -> ApiFailure:
    if failure.status == 404:
        return Conflict(
            "approval.gone", f"ExecutionApproval {name} is gone already.", "Run the task again.", status=409
        )
    if failure.status != 403:
        return failure
    return ApiFailure(
        "approval.forbidden",
        failure.message,
        f"It takes the right to delete executionapprovals in {NAMESPACE}. An approval also ends by itself when it expires.",
        status=403,
    )
