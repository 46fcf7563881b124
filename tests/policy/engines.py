# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library in both engines: the embedded one (regopy) and the real ``opa``, with the same documents."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import checks, child, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.collector import complete
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
DECISION = "kubernetesexecution/decision"
_FIXTURES = "kubernetesexecution/lib/fixtures/fixtures_test.rego"


class Case(NamedTuple):
    """Input and config as Rego expressions: ``fixtures.scale(5, {})``. ``None`` stands for the library's own config."""

    input: str
    config: str | None = "fixtures.config({})"


@functools.cache
def library() -> Library:
    return from_directory(POLICIES)


@functools.cache
def opa() -> str:
    """Path of the real ``opa``: ``OPA``, or the one that the test cluster builds."""
    if os.environ.get("OPA"):
        return os.environ["OPA"]
    command = [sys.executable, "-m", "tests.cluster", "binary", "opa"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()[-1]


def run_opa(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([opa(), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def opa_values(
    expressions: Sequence[str], modules: Mapping[str, str] | None = None, flags: Sequence[str] = ()
) -> list[Any]:
    """Values of Rego expressions over the library and the fixtures; ``None`` for an undefined one."""
    rules = "".join(f"v{number} := x if {{ x := {expression} }}\n" for number, expression in enumerate(expressions))
    probe = f"package probe\n\nimport rego.v1\n\nimport data.kubernetesexecution.lib.fixtures\n\n{rules}"
    with tempfile.TemporaryDirectory() as folder:
        texts = {**complete(modules or library().modules), _FIXTURES: library().tests[_FIXTURES], "probe.rego": probe}
        for path, text in texts.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        Path(folder, "data.json").write_text(json.dumps({"config": library().data["config"]}), encoding="utf-8")
        done = run_opa("eval", *flags, "--strict-builtin-errors", "-f", "raw", "-d", folder, "data.probe")
    assert done.returncode == 0, done.stdout + done.stderr
    values = json.loads(done.stdout)
    return [values.get(f"v{number}") for number in range(len(expressions))]


@functools.cache
def documents(cases: tuple[Case, ...]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Input and config of each case, as JSON."""
    own = library().data["config"]
    inputs = opa_values([case.input for case in cases])
    configs = opa_values([case.config or "null" for case in cases])
    return [(document, own if config is None else config) for document, config in zip(inputs, configs, strict=True)]


def opa_decisions(
    cases: Sequence[Case], modules: Mapping[str, str] | None = None, flags: Sequence[str] = ()
) -> list[Any]:
    return opa_values(
        [
            f"data.kubernetesexecution.decision with input as {case.input}"
            + (f" with data.config as {case.config}" if case.config else "")
            for case in cases
        ],
        modules,
        flags,
    )


def embedded_decisions(cases: Sequence[Case], modules: Mapping[str, str] | None = None) -> list[Any]:
    """Decisions of the embedded engine, each with a real input and real data, as the gate asks for them."""
    rego.prepare()
    bundles: dict[str, list[int]] = {}
    given = documents(tuple(cases))
    for number, (_, config) in enumerate(given):
        bundles.setdefault(json.dumps(config, sort_keys=True), []).append(number)
    decisions: list[Any] = [None] * len(cases)
    for config, numbers in bundles.items():
        inputs = [given[number][0] for number in numbers]
        data = {"config": json.loads(config)}
        judging = dataclasses.replace(library(), modules=modules or library().modules, data=data)
        outcome = child.run(functools.partial(_answers, judging, inputs), deadline_s=60)
        assert not outcome.error, outcome.error
        for number, answer in zip(numbers, json.loads(outcome.answer), strict=True):
            decisions[number] = answer
    return decisions


def _answers(judging: Library, inputs: Sequence[Any]) -> bytes:
    bundle = checks.compile_checked(judging.compiled_modules)
    answers = []
    for answer in rego.evaluate_each(bundle, ((DECISION, json.dumps(each, ensure_ascii=False)) for each in inputs)):
        if isinstance(answer, rego.EngineError):
            raise answer
        answers.append(json.loads(answer.text) if answer.text is not None else None)
    return json.dumps(answers).encode()


def with_rule(path: str, text: str) -> dict[str, str]:
    """The library's modules with one more, which is to be collected like any other."""
    return {**library().modules, path: text}


def codes(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    return [finding["code"] for finding in findings]
