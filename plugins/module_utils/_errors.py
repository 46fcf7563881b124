# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way a gated action can end badly, as a type with a stable code.

A failure carries what the person on call needs: a ``code`` to search for, one sentence that says what happened, and a
``hint`` that says what to do next. ``reason`` is the coarse class that playbooks test (``until``, ``rescue``):
a denial is never transient, so nothing retries on it by itself.

This file imports nothing of the collection; every layer may raise from it. ``TypeError`` and ``RuntimeError`` stay what
they are: a bug of ours.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+\Z")


class GateError(Exception):
    """Root of all expected failures.

    Args:
        code: Dotted kebab-case, for example ``target.not-found``. Stable: documented and tested.
        message: One sentence: target, what was found, what was expected.
        hint: The next step, one sentence. Empty when there is none.
        retry_after_s: Seconds after which the same request may succeed; ``None`` when waiting does not help.
    """

    reason = "api_error"

    def __init__(self, code: str, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        if not _CODE.match(code):
            raise ValueError(f"not an error code: {code!r}")
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip() + f" [{self.code}]"


class InvalidRequest(GateError):
    """The task asks for something that cannot be: bad value, unknown container, target that does not exist."""

    reason = "invalid_parameters"


class Unreachable(GateError):
    """No answer from the API server: name resolution, connection, TLS, timeout, or no usable credential at all.

    Args:
        maybe_sent: The request may have reached the server, so a write may have been carried out.
    """

    reason = "unreachable"

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        retry_after_s: float | None = None,
        *,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(code, message, hint, retry_after_s)
        self.maybe_sent = maybe_sent


class ApiFailure(GateError):
    """The API server answered with an error that nobody above handles.

    Args:
        status: HTTP status code.
        api_reason: ``reason`` of the ``Status`` object, for example ``Forbidden``; empty when the body was none.
    """

    reason = "api_error"

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        retry_after_s: float | None = None,
        *,
        status: int = 0,
        api_reason: str = "",
    ) -> None:
        super().__init__(code, message, hint, retry_after_s)
        self.status = status
        self.api_reason = api_reason


class Conflict(ApiFailure):
    """409: the object is no longer the one that was judged."""

    reason = "conflict"


class DeadlineExceeded(GateError):
    """The action was carried out, wholly or partly, and its postcondition was not met in time."""

    reason = "timeout"


class PolicyUnusable(GateError):
    """The library or the engine cannot give a well-formed decision. Always a denial (invariant I2)."""

    reason = "denied"


class ActionDenied(GateError):
    """The policy library refused the action."""

    reason = "denied"


class ApprovalNeeded(ActionDenied):
    """The policy library would allow the action if somebody else approved it."""

    reason = "awaiting_approval"
