# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One playbook with every way in which a task can reach the doors: keywords, hosts, environments, credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.integration.doors_ansible import PREFIX, Ansible, PlaybookRun, Task
from tests.integration.doors_cases import REFUSE

CLAIMS = {
    "awx_job_id": 42,
    "awx_user_name": "jo",
    "tower_job_id": 42,
    "ansible_eda": {"ruleset": "alerts", "rule": "disk full", "event": {"alert": "DiskFull"}},
}
"""Variables as AWX and Event-Driven Ansible set them."""

_EXEC_PLUGIN = """\
#!/bin/sh
if [ -z "$DOORS_TOKEN" ]; then echo "DOORS_TOKEN is not set" >&2; exit 1; fi
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
echo '"status": {"token": "'"$DOORS_TOKEN"'"}}'
"""


@dataclass(frozen=True)
class Credentials:
    """The runner's kubeconfig in several forms, in a directory of its own."""

    path: Path
    content: Mapping[str, Any]
    token: str
    exec_path: Path


def new_credentials(kubeconfig: Path, directory: Path) -> Credentials:
    """Write them. The kubeconfig with the exec plugin takes the token from the variable ``DOORS_TOKEN``."""
    directory.mkdir(parents=True, exist_ok=True)
    content = yaml.safe_load(kubeconfig.read_text())
    token = content["users"][0]["user"]["token"]
    plugin = directory / "credential-plugin"
    plugin.write_text(_EXEC_PLUGIN)
    plugin.chmod(0o755)
    call = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(plugin),
        "interactiveMode": "Never",
    }
    with_plugin = {**content, "users": [{**content["users"][0], "user": {"exec": call}}]}
    exec_path = directory / "exec.yaml"
    exec_path.write_text(json.dumps(with_plugin))
    path = directory / "relative.yaml"
    path.write_text(json.dumps(content))
    return Credentials(path, content, token, exec_path)


@dataclass(frozen=True)
class Variants:
    """Makes the plays. ``web`` are the options of a scale that is allowed; no kubeconfig is given outside the tasks."""

    ansible: Ansible
    credentials: Credentials
    web: Mapping[str, Any]
    root: bool
    doors: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        own, other = str(self.ansible.line.python), str(self.ansible.line.other_python)
        object.__setattr__(self, "doors", {"in process": own, "as a module": other})

    def run(self) -> PlaybookRun:
        """Run all of them in one playbook, with an inventory beside the playbook."""
        place = self.ansible.place
        local = {"ansible_connection": "local"}
        here = {**local, "ansible_python_interpreter": self.doors["in process"]}
        hosts = {
            "localhost": here,
            "far": {"ansible_connection": "ssh", "ansible_host": "192.0.2.1"},
            "templated": {**local, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "other": {**local, "ansible_python_interpreter": self.doors["as a module"]},
            "privileged": {**here, "ansible_become": True, "ansible_become_method": "su"},
        }
        place.mkdir(parents=True, exist_ok=True)
        inventory = place / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        return self.ansible.run(list(self.plays()), ["--inventory", str(inventory)])

    def plays(self) -> Iterator[dict[str, Any]]:
        defaults = {
            "module_defaults": {"group/guardrail.kubernetes.kubernetes": {"kubeconfig": str(self.credentials.path)}}
        }
        yield self._play("far", self._delegated(), **defaults)
        yield self._play("templated", [self.check("templated interpreter")], **defaults)
        yield self._play("localhost", [*self._asynchronous(), *self._controlled(), *self._odd()], **defaults)
        yield self._play("localhost", self._claimed(), vars=CLAIMS, **defaults)
        yield self._play(
            "localhost", self._through("short name", prefix=""), collections=[PREFIX.rstrip(".")], **defaults
        )
        yield self._play("localhost", self._environments(), environment={"K8S_AUTH_KUBECONFIG": "/nowhere"})
        yield self._play("localhost", self._kubeconfigs())
        yield self._play("localhost", [self._task("library info", "policy_library_info", {})], **defaults)
        if self.root:
            yield self._play("localhost", [self.check("become", become=True, become_method="su")], **defaults)
            yield self._play(
                "privileged", [self.check("become by variable")], vars={"ansible_become_method": "su"}, **defaults
            )

    def check(self, name: str, **keywords: Any) -> Task:
        """A scale in check mode."""
        options = keywords.pop("options", {})
        return self._task(name, "scale_deployment", {**self.web, **options}, check_mode=True, **keywords)

    def _delegated(self) -> Iterator[Task]:
        yield self.check("delegate to localhost", delegate_to="localhost")
        yield self.check("delegate to a templated interpreter", delegate_to="templated")
        yield self.check("delegate to another interpreter", delegate_to="other")

    def _asynchronous(self) -> Iterator[Task]:
        web = {**self.web, "name": "slow"}
        yield self._task("async with poll", "scale_deployment", {**web, "replicas": 2}, **{"async": 60, "poll": 1})
        yield self._task(
            "async denied", "scale_deployment", {**web, "reason": REFUSE}, register="job", **{"async": 60, "poll": 0}
        )
        yield {
            "name": "async later",
            "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
            "register": "ended",
            "until": "ended is finished",
            "retries": 120,
            "delay": 0.3,
            "ignore_errors": True,
        }

    def _controlled(self) -> Iterator[Task]:
        yield self.check("loop", options={"name": "{{ item }}"}, loop=["web", "missing"])
        refused = {"options": {"reason": REFUSE}, "register": "tried", "retries": 2, "delay": 0}
        yield self.check("until not transient", until="tried is not failed or tried.reason == 'denied'", **refused)
        yield self.check("until success", until="tried is not failed", **refused)
        denied = self.check("denied in a block", options={"reason": REFUSE})
        told = {key: f"{{{{ ansible_failed_result.{key} }}}}" for key in ("reason", "code", "decision")}
        yield {
            "name": "block",
            "block": [{**denied, "ignore_errors": False}],
            "rescue": [{"name": "rescue", "ansible.builtin.debug": {"msg": told}}],
        }

    def _odd(self) -> Iterator[Task]:
        yield self._task("claims as text", "policy_check", {**self._judged, "claims": '{"awx_job_id": 7}'})
        yield self._task("claims of no kind", "policy_check", {**self._judged, "claims": 7})

    def _claimed(self) -> Iterator[Task]:
        for door, interpreter in self.doors.items():
            task = self._task(f"claims {door}", "policy_check", {**self._judged, "claims": {"awx_user_name": "stated"}})
            task["vars"]["ansible_python_interpreter"] = interpreter
            yield task

    def _environments(self) -> Iterator[Task]:
        settings = {"K8S_AUTH_KUBECONFIG": str(self.credentials.path)}
        yield from self._through("environment", environment=settings)
        plugin = {"K8S_AUTH_KUBECONFIG": str(self.credentials.exec_path)}
        yield from self._through("exec plugin", environment={**plugin, "DOORS_TOKEN": self.credentials.token})
        yield self.check("exec plugin without its variable", environment=plugin)

    def _kubeconfigs(self) -> Iterator[Task]:
        yield from self._through("relative path", options={"kubeconfig": self.credentials.path.name})
        yield from self._through("inline", options={"kubeconfig": self.credentials.content})
        yield from self._through("nothing")

    def _through(self, name: str, **keywords: Any) -> Iterator[Task]:
        """The same task through both doors."""
        for door, interpreter in self.doors.items():
            yield self.check(f"{name} {door}", vars={"ansible_python_interpreter": interpreter}, **keywords)

    @property
    def _judged(self) -> dict[str, Any]:
        return {"action": "ScaleDeployment", "parameters": dict(self.web)}

    def _task(self, name: str, module: str, options: Mapping[str, Any], **keywords: Any) -> Task:
        return self.ansible.as_task(name, module, options, **keywords)

    def _play(self, hosts: str, tasks: Any, **keywords: Any) -> dict[str, Any]:
        return {"name": hosts, "hosts": hosts, "gather_facts": False, "tasks": list(tasks), **keywords}
