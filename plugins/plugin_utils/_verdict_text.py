# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a gated task in words: who, what, the verdict, every rule that refused and the way past it.

Pure: a result in, lines out. A key that is missing gives a shorter text, never an error.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_Entry = tuple[str, str, str]
"""Label, text, tone."""

_INDENT = "  "
_LABEL_WIDTH = 10
_SHOWN = 12
_PODS_SHOWN = 4


@dataclass(frozen=True)
class Line:
    """One line. ``tone``: ``plain``, ``good``, ``bad``, ``warn`` or ``changed``."""

    text: str
    tone: str = "plain"


def render(result: Mapping[str, Any], width: int = 110, check_mode: bool = False) -> tuple[Line, ...]:
    """The lines for one result; none for a result that is not the collection's own.

    Args:
        width: Columns to fill before a line is broken.
        check_mode: The task ran with ``--check``.
    """
    return tuple(_broken(_entries(result, check_mode), max(width, 60)))


def _entries(result: Mapping[str, Any], check_mode: bool) -> Iterator[_Entry]:
    if isinstance(result.get("execution"), Mapping) and "decision" in result:
        yield from _who_and_what(result, result["execution"])
        yield from _verdict(result)
        yield from _ending(result, check_mode)
    elif isinstance(result.get("input"), Mapping) and isinstance(result.get("decision"), Mapping):
        judged = result["input"]
        what = {"action": judged.get("action"), "target": judged.get("target_resource")}
        yield from _who_and_what(result, {**what, "requester": judged.get("service_account")})
        yield from _verdict(result)
        yield "result", "asked only: nothing is carried out", "plain"
    elif result.get("failed") and {"code", "reason", "msg"} <= result.keys():
        for number, line in enumerate(str(result["msg"]).splitlines()):
            yield "failed" if number == 0 else "", line, "bad"
        yield "", f"({result['reason']}, {result['code']})", "plain"
    elif {"findings", "tests", "revision"} <= result.keys():
        yield from _library(result)


def _library(result: Mapping[str, Any]) -> Iterator[_Entry]:
    """Of ``policy_library``: what was found and which library judges from now on."""
    for finding in result["findings"]:
        yield "warning", f"{finding.get('file')}:{finding.get('line')}: {finding.get('message')}", "warn"
    passed = (result["tests"] or {}).get("passed")
    if passed:
        yield "checked", f"{len(result.get('files') or ())} policies linted and compiled, {passed} tests passed", "good"
    yield "result", str(result.get("msg", "")), "changed" if result.get("changed") else "good"


def _who_and_what(result: Mapping[str, Any], execution: Mapping[str, Any]) -> Iterator[_Entry]:
    yield "who", str(execution.get("requester") or "unknown: the API server could not be asked"), "plain"
    yield "what", f"{execution.get('action') or ''} {_target(str(execution.get('target') or ''))}", "plain"
    diff = result.get("diff")
    if isinstance(diff, Mapping):
        changes = list(_changes(diff.get("before"), diff.get("after")))
        for change in changes[:_SHOWN]:
            yield "", change, "plain"
        if len(changes) > _SHOWN:
            yield "", f"and {len(changes) - _SHOWN} more", "plain"


def _target(reference: str) -> str:
    """``Deployment/shop/web`` as ``Deployment shop/web``; a cluster-scoped ``Node//n1`` as ``Node n1``."""
    kind, _slash, rest = reference.partition("/")
    return f"{kind} {rest.lstrip('/')}".strip()


def _changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _changes(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif before != after:
        yield f"{path}: {_short(before)} -> {_short(after)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(item) for item in value[:_PODS_SHOWN]) + _more(len(value)) if value else "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _more(total: int) -> str:
    return f" and {total - _PODS_SHOWN} more" if total > _PODS_SHOWN else ""


def _verdict(result: Mapping[str, Any]) -> Iterator[_Entry]:
    decision = result.get("decision")
    if not isinstance(decision, Mapping):
        text = "none: it did not come to a decision" if result.get("failed") else "none needed: nothing to do"
        yield "verdict", text, "plain"
        return
    library = decision.get("library") or {}
    revision = str(library.get("revision", ""))[:12]
    by = " ".join(str(part) for part in ("by", library.get("name"), library.get("version")) if part)
    allowed = decision.get("allowed") is True
    waits = result.get("reason") == "awaiting_approval"
    word = "ALLOWED" if allowed else "APPROVAL NEEDED" if waits else "DENIED"
    yield "verdict", f"{word} {by} ({revision})", "good" if allowed else "warn" if waits else "bad"
    for violation in decision.get("violations") or ():
        yield from _finding("rule", "to pass", violation, "bad")
    for warning in decision.get("warnings") or ():
        yield from _finding("warning", "advice", warning, "warn")


def _finding(label: str, way_out: str, finding: Mapping[str, Any], tone: str) -> Iterator[_Entry]:
    yield label, f"{finding.get('code', '')} in {finding.get('policy', '')}", tone
    yield "", str(finding.get("message", "")), "plain"
    if finding.get("remedy"):
        yield way_out, str(finding["remedy"]), "plain"


def _ending(result: Mapping[str, Any], check_mode: bool) -> Iterator[_Entry]:
    denied = (result.get("decision") or {}).get("allowed") is False
    for name in ("evicted", "pending", "failed", "skipped"):
        pods = (result.get("pods") or {}).get(name)
        if pods and not denied:
            yield name, f"{len(pods)}: {_pods(pods)}", "bad" if name == "failed" else "plain"
    duration = result["execution"].get("duration_s")
    took = f" in {duration:.2f} s" if isinstance(duration, (int, float)) else ""
    if result.get("failed"):
        if not denied:
            yield "failed", f"{result.get('msg', '')} ({result.get('reason', '')}, {result.get('code', '')})", "bad"
        so_far = "something was changed before it failed" if result.get("changed") else "nothing was changed"
        yield "result", f"{so_far}{took}", "changed" if result.get("changed") else "plain"
    elif result.get("changed"):
        yield "result", f"{'would change' if check_mode else 'changed'}{took}", "changed"
    else:
        yield "result", f"already as asked for{took}", "good"


def _pods(pods: list[Mapping[str, str]]) -> str:
    names = [f"{pod.get('namespace', '')}/{pod.get('name', '')}" for pod in pods[:_PODS_SHOWN]]
    return ", ".join(names) + _more(len(pods))


def _broken(lines: Iterable[_Entry], width: int) -> Iterator[Line]:
    room = width - len(_INDENT) - _LABEL_WIDTH
    for label, text, tone in lines:
        parts = textwrap.wrap(" ".join(text.split()), room, break_long_words=False, break_on_hyphens=False) or [""]
        for number, part in enumerate(parts):
            yield Line(f"{_INDENT}{label if number == 0 else '':<{_LABEL_WIDTH}}{part}", tone)
