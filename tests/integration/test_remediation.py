# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan is judged as a whole, carried out step by step, and undone when it fails: by the module, the role, the playbooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.doors_ansible import Ansible, AnsibleLine, PlaybookRun, available_lines, line_parameters
from tests.integration.execution_calls import ModuleCalls, Result
from tests.integration.faults import Answer, Call, ResetBefore, request_to
from tests.integration.gate_calls import assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import config_map, new_namespace, new_node, secret, settled_deployment
from tests.integration.gate_records import Records

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

SECOND, THIRD, FOURTH = (f"registry.example.com/web@sha256:{digit * 64}" for digit in "234")
CANARY = "s3cr3t-of-the-plan"
Step = dict[str, Any]


@pytest.fixture(scope="module")
def shop(admin: PlainClient) -> Iterator[str]:
    """A development namespace with the Deployments ``web`` and ``api``."""
    with new_namespace(admin) as namespace:
        settled_deployment(admin, namespace, replicas=2)
        settled_deployment(admin, namespace, "api", replicas=2)
        admin.apply(config_map(namespace, "settings", level="1"))
        yield namespace


@pytest.fixture(scope="module")
def production(admin: PlainClient) -> Iterator[str]:
    with new_namespace(admin, "production") as namespace:
        settled_deployment(admin, namespace, replicas=2)
        yield namespace


@pytest.fixture
def call(cluster: Cluster, proxy: ApiProxy, home: Path, session_policies: PublishedPolicies) -> ModuleCalls:
    """Calls modules; the runner's go through the recording proxy."""
    return ModuleCalls({"runner": proxy.kubeconfig(), "approver": cluster.kubeconfig("approver")}, home)


@pytest.fixture(scope="module")
def ansible(
    cluster: Cluster, home: Path, session_policies: PublishedPolicies, tmp_path_factory: pytest.TempPathFactory
) -> Ansible:
    return Ansible(available_lines()[0], cluster.kubeconfig("runner"), home, tmp_path_factory.mktemp("plays"))


def scale(namespace: str, replicas: int, name: str = "web", **more: Any) -> Step:
    parameters = {"name": name, "namespace": namespace, "replicas": replicas}
    return {"name": f"scale {name}", "action": "scale_deployment", "parameters": parameters, **more}


def image(namespace: str, **more: Any) -> Step:
    parameters = {"name": "web", "namespace": namespace, "containers": {"web": SECOND}}
    return {"name": "new image", "action": "guardrail.kubernetes.update_image", "parameters": parameters, **more}


def level(namespace: str, value: str) -> Step:
    parameters = {"name": "settings", "namespace": namespace, "data": {"level": value}}
    return {"name": "settings", "action": "UpdateConfigMap", "parameters": parameters}


def states(result: Result) -> list[str]:
    return [step["state"] for step in result["steps"]]


def replicas(admin: PlainClient, namespace: str, name: str = "web") -> int:
    return int(admin.get(path_to("Deployment", name, namespace))["spec"]["replicas"])


def setting(admin: PlainClient, namespace: str) -> str:
    return str(admin.get(path_to("ConfigMap", "settings", namespace))["data"]["level"])


# Judging


def test_a_plan_is_carried_out_in_order_and_recorded(call: ModuleCalls, shop: str, admin: PlainClient) -> None:
    steps = [scale(shop, 3), level(shop, "2")]
    done = call("remediate", "runner", steps=steps, reason="peak", ticket="OPS-1")
    assert_succeeded(done)
    assert states(done) == ["done", "done"]
    assert (replicas(admin, shop), setting(admin, shop)) == (3, "2")
    assert done["diff"]["after"]["1. scale web"] == {"replicas": 3}
    records = Records(admin)
    for step in done["steps"]:
        spec = records.of(step)["spec"]
        assert (spec["reason"], spec["ticket"], step["execution"]["phase"]) == ("peak", "OPS-1", "Succeeded")
        assert f"{step['execution']['record']} Succeeded" in done["msg"]
    again = call("remediate", "runner", steps=steps)
    assert_succeeded(again, changed=False)
    assert states(again) == ["nothing_to_do"] * 2


def test_everything_that_speaks_against_a_plan_is_told_at_once(
    call: ModuleCalls, shop: str, production: str, proxy: ApiProxy
) -> None:
    steps = [scale(shop, 5), scale(production, 100000), image(production), scale(shop, 4, name="missing")]
    refused = call("remediate", "runner", steps=steps, on_failure="rollback", request_approvals=True)
    assert_plan_failed(refused, "denied", "plan.denied")
    assert states(refused) == ["allowed", "denied", "awaiting_approval", "failed"]
    digest = refused["steps"][2]["execution"]["digest"]
    for told in ("replica-ceiling.exceeded", "change-approval.required", digest, "target.not-found", "3 of 4 steps"):
        assert told in refused["msg"]
    assert proxy.writes() == []


def test_check_mode_judges_and_writes_nothing(call: ModuleCalls, shop: str, proxy: ApiProxy) -> None:
    forecast = call("remediate", "runner", steps=[scale(shop, 4), level(shop, "9")], check_mode=True)
    assert_succeeded(forecast)
    assert states(forecast) == ["allowed", "allowed"]
    assert [step["changed"] for step in forecast["steps"]] == [False, False]
    assert forecast["diff"]["after"] == {"1. scale web": {"replicas": 4}, "2. settings": {"data": {"level": "9"}}}
    assert proxy.writes() == []


def test_a_lost_api_server_ends_the_judging(call: ModuleCalls, shop: str, proxy: ApiProxy) -> None:
    proxy.fault(request_to("selfsubjectreviews"), ResetBefore(), times=None)
    lost = call("remediate", "runner", steps=[scale(shop, 4), level(shop, "9")])
    assert_plan_failed(lost, "unreachable", "plan.not-possible")
    assert states(lost) == ["failed", "not_judged"]


@pytest.mark.parametrize(
    ("steps", "code", "told"),
    [
        pytest.param([], "plan.empty", "no step", id="no step"),
        pytest.param([{"action": "dance"}], "plan.invalid", "there is no action 'dance'", id="unknown action"),
        pytest.param(
            [
                {"action": "policy_check"},
                {"action": "cordon_node"},
                {"action": "scale_deployment", "parameters": {"x": 1}},
            ],
            "plan.invalid",
            "Step 3 (scale_deployment): parameters: ",
            id="several",
        ),
    ],
)
def test_a_plan_that_makes_no_sense_is_told_so(call: ModuleCalls, steps: list[Step], code: str, told: str) -> None:
    result = call("remediate", "runner", steps=steps)
    assert_plan_failed(result, "invalid_parameters", code)
    assert told in result["msg"]


# Approvals


def test_missing_approvals_are_asked_for_given_and_used(call: ModuleCalls, production: str, admin: PlainClient) -> None:
    steps = [scale(production, 3), image(production)]
    refused = call("remediate", "runner", steps=steps)
    assert_plan_failed(refused, "awaiting_approval", "plan.approvals-missing")
    assert "request_approvals: true" in refused["msg"]
    assert [step["execution"]["record"] for step in refused["steps"]] == ["", ""]
    asked = call("remediate", "runner", steps=steps, request_approvals=True)
    assert_plan_failed(asked, "awaiting_approval", "plan.approvals-missing")
    record = asked["steps"][1]["execution"]["record"]
    assert f"-e execution={record}" in asked["msg"]
    assert asked["steps"][0]["execution"]["record"] == ""
    assert replicas(admin, production) == 2
    assert_succeeded(call("approve_execution", "approver", execution=record))
    done = call("remediate", "runner", steps=steps)
    assert_succeeded(done)
    assert len(done["steps"][1]["execution"]["approvals"]) == 1
    assert states(done) == ["done", "done"]


def test_asking_carries_nothing_out_when_the_approval_came_meanwhile(
    call: ModuleCalls, production: str, admin: PlainClient, proxy: ApiProxy
) -> None:
    """Between the judgement and the request. The plan would not be carried out in its order."""
    step = image(production)
    step["parameters"]["containers"] = {"web": THIRD}
    waiting = call("remediate", "runner", steps=[step], request_approvals=True)["steps"][0]["execution"]["record"]
    proxy.fault(request_to("executionapprovals", "GET"), Answer(403), times=1)
    assert_succeeded(call("approve_execution", "approver", execution=waiting))
    asked = call("remediate", "runner", steps=[step], request_approvals=True)
    assert_plan_failed(asked, "denied", "plan.denied")
    assert asked["steps"][0]["code"] == "execution.only-asked"
    images = admin.get(path_to("Deployment", "web", production))["spec"]["template"]["spec"]["containers"]
    assert images[0]["image"] != THIRD


def test_asking_for_what_somebody_else_did_meanwhile_ends_the_plan(
    call: ModuleCalls, production: str, admin: PlainClient, proxy: ApiProxy
) -> None:
    step = {**image(production), "name": "image"}
    step["parameters"] = {**step["parameters"], "containers": {"web": FOURTH}}
    container = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": FOURTH}]}}}}
    path = path_to("Deployment", "web", production)
    # The second question who asks is that of the request, after the judgement.
    proxy.fault(request_to("selfsubjectreviews"), Call(lambda request: admin.patch(path, container)), times=1, skip=1)
    asked = call("remediate", "runner", steps=[step], request_approvals=True)
    assert_plan_failed(asked, "conflict", "plan.changed-meanwhile")
    assert states(asked) == ["nothing_to_do"]


# Steps that depend on others


def test_a_step_that_an_earlier_one_makes_possible_is_judged_at_its_turn(
    call: ModuleCalls, admin: PlainClient, shop: str
) -> None:
    settled_deployment(admin, shop, "fresh")
    back = {"action": "rollback_deployment", "parameters": {"name": "fresh", "namespace": shop}}
    change = {"name": "fresh", "namespace": shop, "containers": {"web": SECOND}}
    steps = [{"action": "update_image", "parameters": change}, back]
    assert_plan_failed(call("remediate", "runner", steps=steps), "invalid_parameters", "plan.not-possible")
    deferred = [steps[0], {**back, "judged": "at_its_turn"}]
    forecast = call("remediate", "runner", steps=deferred, check_mode=True)
    assert_succeeded(forecast)
    assert "judged again at its turn" in forecast["msg"]
    assert states(call("remediate", "runner", steps=deferred)) == ["done", "done"]


# Failure and undo


@pytest.fixture
def failing(shop: str, proxy: ApiProxy) -> Step:
    """A step that passes its judgement and fails at its turn, without a change."""
    path = f"/namespaces/{shop}/deployments/api"
    proxy.fault(request_to(path, "PATCH", dry_run=False), Answer(403, "no longer"), times=None)
    return scale(shop, 3, name="api")


def test_a_failure_stops_the_plan_and_undoes_what_was_done(
    call: ModuleCalls, shop: str, admin: PlainClient, failing: Step
) -> None:
    before, was = replicas(admin, shop), setting(admin, shop)
    steps = [scale(shop, before + 1), level(shop, "7"), failing, level(shop, "8")]
    failed = call("remediate", "runner", steps=steps, on_failure="rollback")
    assert_plan_failed(failed, "api_error", "api.forbidden", changed=True)
    assert states(failed) == ["undone", "undone", "failed", "not_reached"]
    assert (replicas(admin, shop), setting(admin, shop)) == (before, was)
    undone = [step["undone_by"] for step in failed["steps"][:2]]
    found = {it["metadata"]["name"]: it for it in Records(admin)._uids().values()}
    first, second = (found[name]["metadata"]["creationTimestamp"] for name in undone)
    assert first >= second  # the latest first
    assert [found[step["execution"]["record"]]["status"]["phase"] for step in failed["steps"][:2]] == ["RolledBack"] * 2
    assert "stopped at step 3 of 4" in failed["msg"]


def test_without_rollback_what_was_done_stays(call: ModuleCalls, shop: str, admin: PlainClient, failing: Step) -> None:
    wanted = replicas(admin, shop) + 1
    failed = call("remediate", "runner", steps=[scale(shop, wanted), failing])
    assert_plan_failed(failed, "api_error", "api.forbidden", changed=True)
    assert states(failed) == ["done", "failed"]
    assert replicas(admin, shop) == wanted


def test_what_cannot_be_undone_is_said_before_and_after(
    call: ModuleCalls, shop: str, admin: PlainClient, failing: Step
) -> None:
    restart = {"action": "rollout_restart", "parameters": {"kind": "Deployment", "name": "web", "namespace": shop}}
    kept = scale(shop, replicas(admin, shop) + 1, on_failure="keep")
    steps = [restart, kept, failing]
    forecast = call("remediate", "runner", steps=steps, on_failure="rollback", check_mode=True)
    (warning,) = [it for it in forecast["warnings"] if "cannot be undone" in it]
    assert warning.startswith("Step 1 (rollout_restart) cannot be undone.")
    failed = call("remediate", "runner", steps=steps, on_failure="rollback")
    assert states(failed) == ["done", "done", "failed"]
    assert warning in failed["warnings"]
    assert failed["msg"].count("its change stays: ") == 2


def test_an_undo_is_gated_and_its_denial_does_not_keep_the_others(
    call: ModuleCalls, shop: str, admin: PlainClient, failing: Step, policies: PublishedPolicies
) -> None:
    rule = (
        'deny contains {"code": "extra.no-way-back", "message": "no way back"} if {\n'
        '\tinput.action == "UpdateConfigMap"\n\tstartswith(input.request.reason, "Undo")\n}'
    )
    policies.publish(policies.with_rule(rule))
    before = replicas(admin, shop)
    steps = [scale(shop, before + 1), level(shop, "77"), failing]
    failed = call("remediate", "runner", steps=steps, on_failure="rollback")
    assert states(failed) == ["undone", "done", "failed"]
    assert (replicas(admin, shop), setting(admin, shop)) == (before, "77")
    assert "extra.no-way-back" in failed["msg"]


# The role and the playbooks


@dataclass(frozen=True)
class Trap:
    """A text that leaves a file when it is evaluated as a template, in files for ``-e``."""

    place: Path

    @property
    def text(self) -> str:
        return "{{ lookup('pipe', 'touch " + str(self.place / "touched") + "') }}"

    @property
    def steps(self) -> list[Step]:
        return [{"name": self.text, "action": self.text, "parameters": {"name": self.text}}]

    def variables(self, **more: Any) -> list[str]:
        """``-e`` with these, and the text in what every playbook takes."""
        stated = {"reason": self.text, "ticket": self.text, **more}
        stated |= {f"remediation_{name}": self.text for name in ("reason", "ticket")}
        path = self.place / "variables.json"
        path.write_text(json.dumps(stated))
        return ["-e", f"@{path}"]

    def assert_untouched(self, run: PlaybookRun) -> None:
        assert not (self.place / "touched").exists(), run.output
        assert run.status == 2
        assert "lookup('pipe'" in run.output, run.output  # it came that far


@pytest.mark.parametrize("line", line_parameters())
def test_text_of_events_is_never_evaluated(ansible: Ansible, line: AnsibleLine, tmp_path: Path, shop: str) -> None:
    """Of a plan of the playbook's own that refers to it, and of a plan that is an event's own."""
    trap = Trap(tmp_path)

    def role(plan: Any) -> list[dict[str, Any]]:
        task = {"ansible.builtin.include_role": {"name": "guardrail.kubernetes.remediation"}}
        return [{**task, "vars": {"remediation_plan": plan}, "ignore_errors": True}]

    own = [scale(shop, 3, name="{{ ansible_eda.event.name }}")]
    tasks = [{"block": role("{{ mine }}"), "rescue": role("{{ ansible_eda.event.plan }}")}]
    event = {"ansible_eda": {"event": {"name": trap.text, "plan": trap.steps}}}
    run = replace(ansible, line=line, place=tmp_path / "play").play(
        tasks, vars={"mine": own}, arguments=trap.variables(**event)
    )
    trap.assert_untouched(run)
    assert run.output.count("TASK [guardrail.kubernetes.remediation : Stop, and say why]") == 2


@pytest.mark.parametrize("playbook", ["remediate", "remediate from a file", "drain", "rollback"])
def test_extra_variables_of_a_playbook_are_never_evaluated(ansible: Ansible, playbook: str, tmp_path: Path) -> None:
    trap = Trap(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps(trap.steps))
    variables = {
        "remediate": {"remediation_plan": trap.steps},
        "remediate from a file": {"remediation_plan_file": str(tmp_path / "plan.json")},
        "drain": {"node": [trap.text]},
        "rollback": {"deployment": trap.text, "namespace": trap.text},
    }[playbook]
    name = f"guardrail.kubernetes.{playbook.split()[0]}"
    trap.assert_untouched(replace(ansible, place=tmp_path / "play").run(name, trap.variables(**variables)))


def test_the_role_leaves_a_summary_and_takes_defaults_of_the_group(
    ansible: Ansible, cluster: Cluster, shop: str, tmp_path: Path, admin: PlainClient
) -> None:
    include = {"name": "guardrail.kubernetes.remediation"}
    bad = [scale(shop, 100000), scale(shop, 3, name="missing")]
    good = [scale(shop, "{{ count }}")]
    tasks = [
        {
            "block": [{"ansible.builtin.include_role": include, "vars": {"remediation_plan": bad}}],
            "rescue": [{"name": "refused", "ansible.builtin.debug": {"var": "remediation_summary"}}],
        },
        {"ansible.builtin.include_role": include, "vars": {"remediation_plan": good}},
        {"name": "done", "ansible.builtin.debug": {"var": "remediation_summary"}},
    ]
    group = {"group/guardrail.kubernetes.kubernetes": {"kubeconfig": str(cluster.kubeconfig("runner"))}}
    wanted = replicas(admin, shop) + 1
    alone = replace(ansible, kubeconfig=None, place=tmp_path)
    run = alone.play(tasks, vars={"count": wanted}, module_defaults=group)
    refused, done = run["refused"]["remediation_summary"], run["done"]["remediation_summary"]
    assert (refused["failed"], refused["changed"], refused["code"]) == (True, False, "plan.denied")
    assert [step["state"] for step in refused["steps"]] == ["denied", "failed"]
    assert "2 of 2 steps" in refused["msg"]
    assert (done["failed"], done["changed"], done["steps"][0]["state"]) == (False, True, "done")
    assert replicas(admin, shop) == wanted


def test_secrets_of_a_plan_are_shown_nowhere(ansible: Ansible, shop: str, tmp_path: Path, admin: PlainClient) -> None:
    admin.apply(secret(shop, "passwords", password="before"))
    parameters = {"name": "passwords", "namespace": shop, "string_data": {"password": CANARY}}
    steps = [{"action": "update_secret", "parameters": parameters}, scale(shop, 3, name="missing")]
    (tmp_path / "plan.json").write_text(json.dumps(steps))
    arguments = ["-e", f"remediation_plan_file={tmp_path / 'plan.json'}"]
    run = replace(ansible, place=tmp_path / "play").run("guardrail.kubernetes.remediate", ["-vvv", *arguments])
    assert run.status == 2
    assert [step["state"] for step in summary_of(run)["steps"]] == ["allowed", "failed"]
    assert CANARY not in run.output
    elsewhere = {"ansible_python_interpreter": str(ansible.line.other_python)}
    tasks = [ansible.as_task("as a module", "remediate", {"steps": steps}, vars=elsewhere)]
    run = replace(ansible, place=tmp_path / "module").play(tasks, arguments=["-vvv"])
    assert run["as a module"]["steps"][0]["state"] == "allowed"
    assert CANARY not in run.output


def test_a_playbook_without_its_parameters_says_which(ansible: Ansible, tmp_path: Path) -> None:
    for playbook, told in (
        ("remediate", "There is no plan."),
        ("drain", "No node is named."),
        ("rollback", "No Deployment is named."),
        ("uninstall", "Add -e confirm=guardrail-system"),
    ):
        run = replace(ansible, place=tmp_path / playbook).run(f"guardrail.kubernetes.{playbook}")
        assert (run.status, told in run.output) == (2, True), run.output


def test_nodes_are_drained_one_after_the_other_and_put_back(
    ansible: Ansible, tmp_path: Path, admin: PlainClient
) -> None:
    with new_node(admin, "drained") as first, new_node(admin, "drained") as second:
        nodes = ["-e", f"node={first},{second}"]

        def run(name: str, *more: str) -> PlaybookRun:
            return replace(ansible, place=tmp_path / name).run("guardrail.kubernetes.drain", [*nodes, *more])

        done = run("drain")
        assert done.status == 0, done.output
        assert [step["state"] for step in summary_of(done)["steps"]] == ["done", "done"]
        assert unschedulable(admin, first, second) == [True, True]
        back = run("back", "-e", "uncordon=true")
        assert back.status == 0, back.output
        assert unschedulable(admin, first, second) == [False, False]


def summary_of(run: PlaybookRun) -> Result:
    found: Result = run["guardrail.kubernetes.remediation : Keep the summary"]["ansible_facts"]["remediation_summary"]
    return found


def unschedulable(admin: PlainClient, *nodes: str) -> list[bool]:
    return [admin.get(path_to("Node", name))["spec"].get("unschedulable", False) for name in nodes]


def test_a_deployment_is_rolled_back(ansible: Ansible, tmp_path: Path, shop: str, admin: PlainClient) -> None:
    first = settled_deployment(admin, shop, "old")["spec"]["template"]["spec"]["containers"][0]["image"]
    settled_deployment(admin, shop, "old", containers=[{"name": "web", "image": SECOND}])
    arguments = ["-e", "deployment=old", "-e", f"namespace={shop}", "-e", "revision=1"]
    run = replace(ansible, place=tmp_path).run("guardrail.kubernetes.rollback", arguments)
    assert run.status == 0, run.output
    now = admin.get(path_to("Deployment", "old", shop))
    assert now["spec"]["template"]["spec"]["containers"][0]["image"] == first
    assert "On record as rollback-deployment-" in run.output


def assert_plan_failed(result: Result, reason: str, code: str, *, changed: bool = False) -> None:
    assert (result["failed"], result["reason"], result["code"], result["changed"]) == (True, reason, code, changed)
