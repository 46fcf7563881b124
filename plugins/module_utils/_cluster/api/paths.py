# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths on the API server.

Names from owner references and claims are free text to the API server; one like ``../../secrets/x`` must not reach a
URL.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?")


def is_object_name(text: str) -> bool:
    """Whether the text can be the name of an object, and so stand in a path."""
    return _NAME.fullmatch(text) is not None


def collection_path(group_version: str, plural: str, namespace: str = "") -> str:
    """``/api/v1/namespaces/shop/pods`` for ``("v1", "pods", "shop")``; ``/apis/apps/v1/...`` for a group."""
    root = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
    return f"{root}/namespaces/{_checked(namespace)}/{plural}" if namespace else f"{root}/{plural}"


def object_path(group_version: str, plural: str, name: str, namespace: str = "") -> str:
    """Path of one object.

    Raises:
        ValueError: The name cannot be the name of an object.
    """
    return f"{collection_path(group_version, plural, namespace)}/{_checked(name)}"


def _checked(name: str) -> str:
    if not is_object_name(name):
        raise ValueError("not the name of a Kubernetes object")
    return name
