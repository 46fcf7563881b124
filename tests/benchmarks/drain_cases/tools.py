# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The three tools, each run as people run it: a command, and tasks of a playbook."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.drain_cases.cases import Asked
from tests.benchmarks.drain_cases.prepared import Prepared, Told
from tests.integration.doors_ansible import Ansible, AnsibleLine

OURS = "guardrail.kubernetes.drain_node"
KUBECTL = "kubectl drain"
K8S_DRAIN = "kubernetes.core.k8s_drain"
TOOLS = (OURS, KUBECTL, K8S_DRAIN)

_OVERDUE_S = 30
_LOOK_S = 0.2
_RETRY_DELAY_S = 2
_BOTH = {"force": "{{ force }}", "delete_emptydir_data": "{{ delete_emptydir_data }}"}
_OURS = {**_BOTH, "wait_timeout": "{{ deadline_s }}", "grace_period": "{{ grace_period | default(omit) }}"}
_DELETE_OPTIONS = {
    "delete_options": {
        **_BOTH,
        "ignore_daemonsets": True,
        "terminate_grace_period": "{{ grace_period | default(omit) }}",
        # Without it the module does not wait for the end of the pods at all.
        "wait_timeout": "{{ deadline_s }}",
        "wait_sleep": 1,
    }
}


@dataclass(frozen=True)
class Kubectl:
    """``kubectl drain``, several at once: they mostly wait."""

    program: Path
    at_once: int = 4

    def drain(self, nodes: Sequence[Prepared]) -> Iterator[tuple[Prepared, Told]]:
        """Drain them; each is yielded when its drain has ended."""
        with ThreadPoolExecutor(self.at_once) as executor:
            running = {executor.submit(self._drain, node): node for node in nodes}
            for done in as_completed(running):
                yield running[done], done.result()

    def _drain(self, node: Prepared) -> Told:
        asked = node.case.asked
        command = [str(self.program), f"--kubeconfig={node.proxy.kubeconfig()}", "drain", node.node, *_flags(asked)]
        environ = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        try:
            done = subprocess.run(
                command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                timeout=asked.deadline_s + _OVERDUE_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            return Told(False, str(late.output), overdue=True)
        return Told(done.returncode == 0, done.stdout)


@dataclass(frozen=True)
class Tasks:
    """A task of a playbook that is run once for each node.

    Attributes:
        module: The task's module.
        at_once: Nodes drained at the same time. The library lets only one of ours be drained at a time.
        collections: Where collections are looked for.
    """

    module: str
    line: AnsibleLine
    place: Path
    collections: str
    at_once: int

    def drain(self, nodes: Sequence[Prepared]) -> Iterator[tuple[Prepared, Told]]:
        """Drain them; each is yielded when its drain has ended.

        Raises:
            RuntimeError: A node has no result.
        """
        home = self.place / "home"
        home.mkdir(parents=True)
        left = {node.case.key: node for node in nodes}
        inventory = self.place / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {key: self._variables(node) for key, node in left.items()}}}))
        ansible = Ansible(self.line, None, home, self.place, environ={"ANSIBLE_COLLECTIONS_PATH": self.collections})
        arguments = ("-i", str(inventory), "-f", str(self.at_once))
        with ThreadPoolExecutor(1) as executor:
            run = executor.submit(ansible.run, [self._play()], arguments)
            while left:
                over = bool(wait([run], timeout=_LOOK_S).done)
                for key, told in self._recorded():
                    if key in left:
                        yield left.pop(key), told
                if over and left:
                    raise RuntimeError(f"no result for {', '.join(left)}:\n{run.result().output[-3000:]}")

    def _play(self) -> dict[str, Any]:
        options = _OURS if self.module == OURS else _DELETE_OPTIONS
        task = {
            "name": "Drain",
            self.module: {"name": "{{ node }}", "kubeconfig": "{{ kubeconfig }}", **options},
            "register": "drained",
            "until": "drained is success",
            "retries": "{{ tries - 1 }}",
            "delay": _RETRY_DELAY_S,
            "ignore_errors": True,
        }
        strategy = "free" if self.at_once > 1 else "linear"
        return {"hosts": "all", "gather_facts": False, "strategy": strategy, "tasks": [task]}

    def _variables(self, node: Prepared) -> dict[str, Any]:
        asked = {name: value for name, value in asdict(node.case.asked).items() if value is not None}
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(self.line.python),
            "node": node.node,
            "kubeconfig": str(node.proxy.kubeconfig()),
            **asked,
        }

    def _recorded(self) -> Iterator[tuple[str, Told]]:
        record = self.place / "record.jsonl"
        lines = record.read_text().splitlines(keepends=True) if record.exists() else []
        for line in lines:
            if not line.endswith("\n"):  # is being written
                return
            entry = json.loads(line)
            result = entry["result"]
            said = Told(not result["failed"], line, bool(result.get("changed")), int(result.get("attempts", 1)))
            yield entry["host"], said


def _flags(asked: Asked) -> Iterable[str]:
    yield from ("--ignore-daemonsets", f"--timeout={asked.deadline_s}s")
    if asked.force:
        yield "--force"
    if asked.delete_emptydir_data:
        yield "--delete-emptydir-data"
    if asked.grace_period is not None:
        yield f"--grace-period={asked.grace_period}"
