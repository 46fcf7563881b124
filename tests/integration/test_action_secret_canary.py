# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""I6 for update_secret: no value, old or new, in whatever spelling, is told anywhere, however the task ends."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.action_site import ActionSite
from tests.integration.doors_ansible import Ansible, AnsibleLine, PlaybookRun, line_parameters
from tests.integration.faults import Answer, request_to
from tests.integration.gate_calls import assert_failed, assert_succeeded
from tests.integration.gate_objects import secret
from tests.integration.gate_records import Records

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

DOORS = ("in process", "as a module")


def canary() -> str:
    """Of several lines, with what JSON, YAML and shells spell in another way."""
    return f"first-{secrets.token_hex(8)}\nsec\"ond'-{secrets.token_hex(8)} $x\n"


def traces_of(value: str) -> list[str]:
    """Parts of the value that nothing may contain: its random parts, in text and within base64 at any offset."""
    parts = [
        part for part in value.replace("'", "-").replace(" ", "-").replace("\n", "-").split("-") if len(part) == 16
    ]
    assert len(parts) == 2
    shifted = [base64.b64encode(b"x" * offset + value.encode())[8:60].decode() for offset in range(3)]
    return [
        *parts,
        *(piece[:32] for piece in shifted),
        *(base64.b64encode(part.encode()).decode()[:20] for part in parts),
    ]


class Values:
    """The values of one run: what is there, and what is asked for."""

    def __init__(self) -> None:
        self.old, self.new, self.refused = canary(), canary(), canary()

    def assert_absent(self, *told: object) -> None:
        text = json.dumps(told, default=str)
        found = {name for name, value in vars(self).items() for trace in traces_of(value) if trace in text}
        assert not found, f"told: {found}"


@pytest.fixture
def values(site: ActionSite) -> Values:
    """Secrets ``passwords``, ``echoed`` and ``stubborn`` with the old value; of the last two the API server quotes values."""
    values = Values()
    for name in ("passwords", "echoed", "stubborn"):
        site.admin.apply(secret(site.namespace, name, password=values.old))
    said = [values.refused, base64.b64encode(values.refused.encode()).decode(), values.old]
    message = f'Secret is invalid: data[password]: Invalid value: "{" ".join(said)}": too secret'
    quoting = Answer(422, message, details={"causes": [{"message": message, "field": "data"}]})
    site.proxy.fault(request_to("/secrets/echoed$", "PATCH", dry_run=True), quoting, times=None)
    site.proxy.fault(request_to("/secrets/stubborn$", "PATCH", dry_run=False), quoting, times=None)
    return values


def everything_else(site: ActionSite, records: Records) -> list[Any]:
    """What the tasks left in the cluster, without the Secrets themselves."""
    return [records.new, site.all("events"), site.all("events", "events.k8s.io/v1"), site.all("deployments", "apps/v1")]


def test_in_this_process(
    site: ActionSite, values: Values, judgements: list[Judgement], records: Records, tmp_path: Path
) -> None:
    """Also what policies are shown, and every request but the write itself."""
    options = {"audit_log": str(tmp_path / "audit.jsonl"), "metrics_textfile": str(tmp_path / "metrics.prom")}
    site.deployed(replicas=0)
    results = [
        site("UpdateSecret", "passwords", string_data={"password": values.new, "more": values.new}, **options),
        site("UpdateSecret", "passwords", string_data={"password": values.new}, **options),
        site("UpdateSecret", "echoed", string_data={"password": values.refused}, **options),
        site("UpdateSecret", "stubborn", string_data={"password": values.refused}, **options),
        site("UpdateSecret", "passwords", string_data={"a/b": values.refused}, **options),
        site("UpdateSecret", "missing", string_data={"password": values.refused}, **options),
        site(
            "UpdateSecret", "passwords", string_data={"password": values.refused}, restart=[{"name": "web"}], **options
        ),
        site.gate.check(
            "UpdateSecret",
            name="passwords",
            namespace=site.namespace,
            string_data={"password": values.refused},
        ),
    ]
    assert_succeeded(results[0])
    assert_succeeded(results[1], changed=False)
    assert_failed(results[2], "denied", results[2]["code"])
    assert_failed(results[3], "api_error", "api.invalid")
    assert "left out because it may quote values" in json.dumps([results[2], results[3]])
    assert results[6]["code"] == "request.not-a-consumer"
    assert len(results[0]["diff"]["after"]["keys"]) == 2
    written = site.proxy.requests(lambda it: it.method == "PATCH" and "/secrets/" in it.path)
    others = [it.body.decode() for it in site.proxy.requests() if it not in written]
    left = [path.read_text() for path in tmp_path.iterdir()]
    assert len(left) >= 2
    told = [results, others, left, site.gate.lines, [it.input for it in judgements], everything_else(site, records)]
    values.assert_absent(*told)


@pytest.mark.parametrize("line", line_parameters())
@pytest.mark.parametrize("door", DOORS)
def test_in_a_playbook_at_every_verbosity(
    door: str, line: AnsibleLine, site: ActionSite, values: Values, records: Records, home: Path, tmp_path: Path
) -> None:
    own_home = tmp_path / "home"
    own_home.mkdir()
    site.deployed(replicas=0)
    # Compiled before, and shared: what is looked through afterwards is what these tasks leave.
    assert_succeeded(site("UpdateSecret", "passwords", string_data={"password": "x"}, check_mode=True))
    environ = {"XDG_CACHE_HOME": str(home)}
    ansible = Ansible(line, site.proxy.kubeconfig(), own_home, tmp_path / "run", environ=environ)
    run = played(ansible, door, site.namespace, values)
    assert run["changes"]["changed"] is True, run["changes"]["msg"]
    assert "value " in json.dumps(run["changes"]["diff"])
    assert (run["again"]["changed"], run["quoted"]["failed"], run["quoted late"]["code"]) == (
        False,
        True,
        "api.invalid",
    )
    assert run["bad key"]["code"] == "request.key-invalid"
    assert run.ran_as_module("changes") == (door == "as a module")
    kept = [path.read_text(errors="replace") for path in sorted(own_home.rglob("*")) if path.is_file()]
    values.assert_absent(run.output, dict(run.results), kept, everything_else(site, records))


def played(ansible: Ansible, door: str, namespace: str, values: Values) -> PlaybookRun:
    def task(title: str, name: str, data: dict[str, Any], **keywords: Any) -> dict[str, Any]:
        more = keywords.pop("options", {})
        options = {"name": name, "namespace": namespace, "string_data": data, **more}
        return ansible.as_task(title, "update_secret", options, **keywords)

    log = str(ansible.home / "audit.jsonl")
    tasks = [
        task("rehearsed", "passwords", {"password": values.new}, check_mode=True, options={"audit_log": log}),
        task("changes", "passwords", {"password": values.new, "other": values.new}, options={"audit_log": log}),
        task("again", "passwords", {"password": values.new}),
        task("quoted", "echoed", {"password": values.refused}, options={"audit_log": log}),
        task("quoted late", "stubborn", {"password": values.refused}, options={"audit_log": log}),
        task("bad key", "passwords", {"a/b": values.refused}),
        task("no text", "passwords", {"password": [values.refused]}),
        task("absent", "missing", {"password": values.refused}),
        task("no such option", "passwords", {"password": values.refused}, options={"restart": [{"nome": "web"}]}),
        task("looped", "passwords", {"password": "{{ item }}"}, loop=[values.refused], no_log=True),
        ansible.as_task(
            "judged",
            "policy_check",
            {
                "action": "UpdateSecret",
                "parameters": {
                    "name": "passwords",
                    "namespace": namespace,
                    "string_data": {"password": values.refused},
                },
            },
        ),
    ]
    interpreter = ansible.line.python if door == "in process" else ansible.line.other_python
    return ansible.play(tasks, arguments=["-vvvv", "--diff"], vars={"ansible_python_interpreter": str(interpreter)})
