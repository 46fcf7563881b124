# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who the API server takes us for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

_API_VERSION = "authentication.k8s.io/v1"

REVIEWS = f"/apis/{_API_VERSION}/selfsubjectreviews"
REVIEW = {"apiVersion": _API_VERSION, "kind": "SelfSubjectReview"}


def who_am_i(api: Api) -> Subject:
    """Ask for the identity behind the credential (``SelfSubjectReview``, one call).

    Raises:
        ApiFailure: The API server refused, or answered without a username (``api.malformed-answer``).
        Unreachable: No answer.
    """
    answer = api.create(REVIEWS, REVIEW)
    try:
        user = answer["status"]["userInfo"]
        username = user["username"]
        groups = tuple(sorted(str(group) for group in user.get("groups") or ()))
        extra = {str(key): [str(value) for value in values] for key, values in (user.get("extra") or {}).items()}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable() from error
    if not isinstance(username, str) or not username:
        raise _unreadable()
    return Subject(username=username, groups=groups, extra=extra)


def _unreadable() -> ApiFailure:
    return ApiFailure(
        "api.malformed-answer",
        "The API server did not say who this credential belongs to.",
        "Check that the endpoint is a Kubernetes API server of version 1.28 or later.",
    )
