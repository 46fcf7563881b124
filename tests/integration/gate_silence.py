# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nobody may be told, and everywhere that a task leaves words."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.inputs import unpacked
from tests.integration.gate_records import Records

CANARY = f"canary-{secrets.token_hex(8)}"


def assert_silent(canary: str, *told: object) -> None:
    """Neither the value is told nor the form in which the API has it."""
    text = json.dumps(told, default=str)
    assert canary not in text
    assert base64.b64encode(canary.encode()).decode() not in text


@dataclass(frozen=True)
class Traces:
    """Everything that tasks leave behind: records and Events, lines of the audit trail, figures."""

    records: Records
    place: Path

    @property
    def options(self) -> dict[str, str]:
        """For a task whose traces are kept here."""
        return {"audit_log": str(self.place / "audit.jsonl"), "metrics_textfile": str(self.place / "guardrail.prom")}

    def left(self, *, records: int, lines: int) -> list[object]:
        """All of them; so many records and lines there have to be, or there is nothing to search through.

        Figures are about decisions and records: a task that ends before either adds none.
        """
        found = self.records.new
        told = [json.loads(line) for line in (self.place / "audit.jsonl").read_text().splitlines()]
        assert (len(found), len([it for it in told if it["kind"] in ("decision", "outcome")])) == (records, lines)
        prom = self.place / "guardrail.prom"
        figures = prom.read_text() if lines > 1 else ""
        assert ("kubernetes_executor_" in figures) == prom.exists()
        # A judged document is packed in its line, where nobody would see a secret.
        judged = [unpacked(line["content"].get("input")) for line in told]
        return [found, [self.records.events(record) for record in found], told, judged, figures]
