# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A write follows its object to a later version of it, where nothing but the status has moved since it was judged.

Controllers write the status of a restless object all the time (pods that crash, the heartbeat of a node), so its version is
a new one by the time that the judgement is through. Who it is and what it is to be has not changed by that: uid, spec,
labels, annotations, owners, finalizers. Where any of that has, the write stays where it is and its conflict stands.
The status that was judged is as old as every other fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

_MOST = 20

Raw = Mapping[str, Any]


class Following:
    """One write, and the versions of its object that it has followed.

    Attributes:
        write: As it is to be sent now.
    """

    def __init__(self, write: Write, judged: Raw | None) -> None:
        """``judged``: the object as it was judged; ``None``: the write does not follow."""
        self.write = write
        self._judged = judged
        self._left = _MOST

    def follows(self, observed: Raw | None) -> bool:
        """Whether ``write`` is now for the object as it was just read; otherwise that is not what was judged.

        Args:
            observed: The object after ``write`` was refused with 409; ``None``: it does not exist.
        """
        if (
            self._judged is None
            or observed is None
            or not self._left
            or _substance(self._judged) != _substance(observed)
        ):
            return False
        field = "preconditions" if self.write.verb == "delete" else "metadata"
        stated = self.write.body.get(field) or {}
        if stated.get("resourceVersion") in (None, observed["metadata"]["resourceVersion"]):
            return False
        self._left -= 1
        now = {**stated, "resourceVersion": observed["metadata"]["resourceVersion"]}
        self.write = replace(self.write, body={**self.write.body, field: now})
        return True


def _substance(raw: Raw) -> Raw:
    """The object without its status, and without the traces of who wrote that."""
    metadata = {key: value for key, value in raw["metadata"].items() if key != "resourceVersion"}
    managers = [it for it in metadata.pop("managedFields", None) or () if it.get("subresource") != "status"]
    return {**{key: value for key, value in raw.items() if key != "status"}, "metadata": metadata, "managers": managers}
