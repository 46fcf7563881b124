# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What kubectl has to be told to carry out the writes of a plan: argument lists and the files they name, no shell.

Every precondition stands in the body of its write, so the API server refuses it to kubectl as it would to the gate.
kubectl reads an object before it patches it; what it sends is the body as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

FOLDER = "/steps"
"""Where the files are in the container."""

_FIELD_MANAGER = "--field-manager=guardrail"
_PATCH_TYPES = {
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/json-patch+json": "json",
}
_OBJECT = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[^/]+)/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?\Z"
)


@dataclass(frozen=True)
class Step:
    """One run of kubectl.

    Attributes:
        arguments: Of kubectl, one text each.
        file: Name of its file in ``FOLDER``; empty when it needs none.
        body: What is in the file.
        confidential: Nobody who reads the Job may see the file.
        answers: It prints what the API server answers, which may be a whole object.
    """

    arguments: tuple[str, ...]
    file: str = ""
    body: Any = None
    confidential: bool = False
    answers: bool = False


@dataclass(frozen=True)
class Drain:
    """How a node is to be drained; the meaning of the fields is that of kubectl's options."""

    node: str
    grace_period_s: int | None
    force: bool
    delete_emptydir_data: bool
    ignore_daemonsets: bool
    pod_selector: str


def steps_of(writes: Sequence[Write]) -> tuple[Step, ...]:
    """One step for each write, in their order."""
    return tuple(_step(write, f"{number}.json") for number, write in enumerate(writes, start=1))


def drain_step(drain: Drain, seconds: int) -> Step:
    """Evict the pods of a node that is cordoned already.

    Args:
        seconds: After so long kubectl gives up by itself, and says what is left.
    """
    arguments = [
        "drain",
        drain.node,
        f"--timeout={max(seconds, 1)}s",
        f"--force={_yes(drain.force)}",
        f"--delete-emptydir-data={_yes(drain.delete_emptydir_data)}",
        f"--ignore-daemonsets={_yes(drain.ignore_daemonsets)}",
    ]
    if drain.grace_period_s is not None:
        arguments.append(f"--grace-period={drain.grace_period_s}")
    if drain.pod_selector:
        arguments.append(f"--pod-selector={drain.pod_selector}")
    return Step(tuple(arguments))


def _step(write: Write, file: str) -> Step:
    place = f"{FOLDER}/{file}"
    if write.verb == "patch":
        arguments: tuple[str, ...] = (*_patch(write), f"--patch-file={place}")
    elif write.verb == "create":
        namespace = f"--namespace={write.target.namespace}"
        arguments = ("create", f"--filename={place}", namespace, "--validate=strict", _FIELD_MANAGER)
    elif write.verb == "delete" and not write.query:
        arguments = ("delete", f"--raw={write.path}", f"--filename={place}")
    elif write.verb == "evict":
        arguments = ("create", f"--raw={write.path}", f"--filename={place}")
    else:
        raise ValueError(f"kubectl cannot be told to {write.verb} {write.path}")
    answers = write.verb in ("delete", "evict")
    return Step(arguments, file, write.body, _is_confidential(write), answers)


def _patch(write: Write) -> tuple[str, ...]:
    found = _OBJECT.match(write.path)
    if found is None:
        raise ValueError(f"not the path of an object: {write.path!r}")
    part = found.groupdict(default="")
    # The version is named so that kubectl patches what was judged; of the core group the last part is empty.
    resource = f"{part['plural']}.{part['version'] or part['core']}.{part['group']}"
    return (
        "patch",
        resource,
        part["name"],
        *([f"--namespace={part['namespace']}"] if part["namespace"] else ()),
        *([f"--subresource={part['subresource']}"] if part["subresource"] else ()),
        f"--type={_PATCH_TYPES[write.content_type]}",
        _FIELD_MANAGER,
    )


def _is_confidential(write: Write) -> bool:
    """A Secret's, and what looks as if it held one."""
    if write.target.kind == "Secret":
        return True
    body: Mapping[str, Any] = write.body
    return bool(mask(dict(body)) != dict(body))


def _yes(value: bool) -> str:
    return "true" if value else "false"
