# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs playbooks with ansible-playbook of each ansible-core line, and tells through which door their tasks went."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.release import __version__ as running_ansible

from tests.conftest import COLLECTIONS

Result = dict[str, Any]
Task = dict[str, Any]

PREFIX = "guardrail.kubernetes."
_VARIABLES = {"2.19": "GUARDRAIL_ANSIBLE_219", "2.21": "GUARDRAIL_ANSIBLE_221"}
_FOREIGN = re.compile(r"^(ANSIBLE_|K8S_AUTH_|KUBE|PYTHONPATH$)")
# Stands in for the shell that Ansible starts interpreters with, and leaves word that it was used.
_SHELL = '#!/bin/sh\n: > "$0.used"\nexec /bin/sh "$@"\n'
_LIMIT_S = 400


@dataclass(frozen=True)
class AnsibleLine:
    """An ansible-core line and the interpreter that has it.

    Attributes:
        python: What runs ansible-playbook.
        other_python: The same interpreter by another name, which Ansible takes for one of the host's own.
    """

    name: str
    python: Path
    other_python: Path


def line_parameters() -> list[Any]:
    """Both lines as parameters; one that this machine lacks is skipped with the reason."""
    return [_parameter(name, variable) for name, variable in _VARIABLES.items()]


def available_lines() -> list[AnsibleLine]:
    """The lines that can be tested here."""
    return [parameter.values[0] for parameter in line_parameters() if not parameter.marks]


def _parameter(name: str, variable: str) -> Any:
    place = os.environ.get(variable, "")
    if place:
        return pytest.param(_line(name, Path(place) / "bin" / "python"), id=name)
    if running_ansible.startswith(f"{name}."):
        return pytest.param(_line(name, Path(sys.executable)), id=name)
    missing = f"no ansible-core {name}: {variable} names no environment, and this interpreter has {running_ansible}"
    return pytest.param(None, id=name, marks=pytest.mark.skip(reason=missing))


def _line(name: str, python: Path) -> AnsibleLine:
    # A virtual environment has its interpreter under several names, as links or as copies.
    others = [found for found in (python.with_name("python"), python.with_name("python3")) if found != python]
    return AnsibleLine(name, python, others[0])


@dataclass(frozen=True)
class PlaybookRun:
    """What a run left: its output, and the results of its tasks by name."""

    output: str
    status: int
    results: Mapping[str, Result]
    shells: Path
    ended: Mapping[str, float] = field(default_factory=dict)

    def span(self, task: str) -> tuple[float, float]:
        """When the task before it had ended and when it had, of a play on one host; ``time.monotonic()``."""
        ends = sorted(self.ended.values())
        place = ends.index(self.ended[task])
        return (ends[place - 1] if place else 0.0), ends[place]

    def __getitem__(self, task: str) -> Result:
        """The result of a task; a test that asks for one that did not run fails with the output."""
        assert task in self.results, f"no result of {task!r}:\n{self.output[-6000:]}"
        return self.results[task]

    def ran_as_module(self, task: str) -> bool:
        """Whether the task of that name was given to a Python interpreter. Only ``as_task`` tasks can tell."""
        shell = self.shells / _slug(task)
        assert shell.exists(), f"{task!r} was not made with as_task"
        return shell.with_suffix(".used").exists()


@dataclass(frozen=True)
class Ansible:
    """ansible-playbook of one line, as one identity, apart from the user's own settings."""

    line: AnsibleLine
    kubeconfig: Path | None
    home: Path
    place: Path
    collections: Path = COLLECTIONS
    environ: Mapping[str, str] = field(default_factory=dict)

    def play(self, tasks: Iterable[Task], *, arguments: Sequence[str] = (), **play: Any) -> PlaybookRun:
        """Run one play on localhost; ``play`` are further keywords of it."""
        return self.run([{"hosts": "localhost", "gather_facts": False, **play, "tasks": list(tasks)}], arguments)

    def run(self, playbook: Sequence[Mapping[str, Any]] | str, arguments: Sequence[str] = ()) -> PlaybookRun:
        """Run a playbook, given as its content or as its name in a collection."""
        self.place.mkdir(parents=True, exist_ok=True)
        record = self.place / "record.jsonl"
        record.touch()
        plugins = self.place / "callbacks"
        plugins.mkdir()
        shutil.copy(Path(__file__).with_name("doors_recorder.py"), plugins)
        name = playbook if isinstance(playbook, str) else self._written(playbook)
        command = [str(self.line.python), str(self.line.python.with_name("ansible-playbook")), name, *arguments]
        done = subprocess.run(
            command, env=self._environment(record, plugins), cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_LIMIT_S, check=False,
        )  # fmt: skip
        entries = [json.loads(line) for line in record.read_text().splitlines()]
        results = {entry["task"]: entry["result"] for entry in entries}
        ended = {entry["task"]: entry["ended"] for entry in entries}
        return PlaybookRun(done.stdout, done.returncode, results, self.place / "shells", ended)

    def as_task(
        self, name: str, module: str, options: Mapping[str, Any], *, prefix: str = PREFIX, **keywords: Any
    ) -> Task:
        """A task that may fail without ending the play, and whose door can be told afterwards."""
        shell = self.place / "shells" / _slug(name)
        shell.parent.mkdir(parents=True, exist_ok=True)
        shell.write_text(_SHELL)
        shell.chmod(0o755)
        variables = {"ansible_shell_executable": str(shell), **keywords.pop("vars", {})}
        return {"name": name, prefix + module: dict(options), "ignore_errors": True, "vars": variables, **keywords}

    def _written(self, playbook: Sequence[Mapping[str, Any]]) -> str:
        path = self.place / "playbook.yml"
        path.write_text(json.dumps(playbook, indent=1))  # JSON is YAML
        return str(path)

    def _environment(self, record: Path, plugins: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
        own = {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_ASYNC_DIR": str(self.home / "async"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "DOORS_RECORD": str(record),
        }
        cluster = {} if self.kubeconfig is None else {"KUBECONFIG": str(self.kubeconfig)}
        return {**kept, **own, **cluster, **self.environ}


def _slug(task: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", task)
