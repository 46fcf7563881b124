# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking an installation out of a cluster: which objects, in which order, and what is saved of the records first.

The order is that of the installation, backwards. First the rights go, so that nobody acts while the rest goes. Then the
admission policies: while they are there, nobody deletes an approval that was used, and so its namespace never ends. Then
the resources with all their records, and the namespace last.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import server_side_apply
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import collection_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_side_apply import Applied
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import approvals
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    EXECUTING,
    GROUP_VERSION,
    NAMESPACE,
    PENDING,
    PLURAL,
    parse,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.bindings import PART_LABEL

Manifest = Mapping[str, Any]

_MOST_NAMED = 5


@dataclass(frozen=True)
class Records:
    """The records and approvals of a cluster, as the API server has them."""

    executions: tuple[Manifest, ...]
    approvals: tuple[Manifest, ...]

    def require_quiet(self, api: Api) -> None:
        """Refuse while somebody acts: the rights would be gone under their hands, and the record with them.

        Raises:
            InvalidRequest: ``installation.in-use``.
        """
        now = api.now()
        found = [parse(raw) for raw in self.executions]
        busy = [it.name for it in found if it.phase in (PENDING, EXECUTING) and not it.expired(now)]
        if busy:
            named = ", ".join(busy[:_MOST_NAMED]) + (
                f" and {len(busy) - _MOST_NAMED} more" if busy[_MOST_NAMED:] else ""
            )
            raise InvalidRequest(
                "installation.in-use",
                f"Executions have not ended yet: {named}.",
                "Wait until they have, or set force: true to stop them where they are.",
            )

    def save(self, path: Path) -> None:
        """Write them to a new file that only its owner may read, an object a line, and make sure they are on the disk.

        Raises:
            InvalidRequest: ``installation.export-failed``. Nothing is left half written.
        """
        if not (self.executions or self.approvals):
            return
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _not_saved(path, error) from error
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.writelines(
                    f"{json.dumps(raw, ensure_ascii=False)}\n" for raw in (*self.executions, *self.approvals)
                )
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            raise _not_saved(path, error) from error

    def as_result(self) -> dict[str, int]:
        return {"executions": len(self.executions), "approvals": len(self.approvals)}


def read_records(api: Api) -> Records:
    """All of them; none where the cluster does not know their kinds."""
    return Records(_all(api, "KubernetesExecution", PLURAL), _all(api, approvals.KIND, approvals.PLURAL))


def remove_all(
    api: Api, manifests: Sequence[Manifest], note: Callable[[Applied], None], deadline: Deadline, *, dry_run: bool
) -> None:
    """Delete what is there of an installation, and wait until it is gone. Leaves to ``note`` each object that goes.

    Args:
        manifests: In the order in which they are applied.

    Raises:
        ApiFailure, Unreachable: The API server refused, or did not answer. What was noted until then is gone.
        DeadlineExceeded: Something does not go, for example for a finalizer.
    """
    for found in _present(api, manifests):
        try:
            note(server_side_apply.remove(api, found, dry_run=dry_run))
        except ApiFailure as failure:
            if failure.status != 404:  # it went with something that went before, or somebody was faster
                raise
        if not dry_run:
            server_side_apply.await_gone(api, found, deadline)


def _present(api: Api, manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    """The bindings of all parts, then the objects of the manifests, the last first; only those that are there."""
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        yield from server_side_apply.labelled(api, server_side_apply.RBAC, kind, PART_LABEL)
    for manifest in reversed(manifests):
        found = server_side_apply.find(api, manifest)
        if found is not None:
            yield found


def _all(api: Api, kind: str, plural: str) -> tuple[Manifest, ...]:
    try:
        found = api.list(collection_path(GROUP_VERSION, plural, NAMESPACE))
    except ApiFailure as failure:
        if failure.status != 404:
            raise
        return ()
    return tuple({"apiVersion": GROUP_VERSION, "kind": kind, **raw} for raw in found)


def _not_saved(path: Path, error: OSError) -> InvalidRequest:
    why = "it exists already" if isinstance(error, FileExistsError) else error.strerror or "it cannot be written"
    return InvalidRequest(
        "installation.export-failed",
        f"The records cannot be saved in {path}: {why}. Nothing was removed.",
        "Name a file that does not exist yet, in a directory that you may write to.",
    )
