# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""DeleteDeployment, DeleteStatefulSet and DeleteService: that very object, as it was judged, and nothing else."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.action_site import ActionSite
from tests.integration.faults import ResetAfter, request_to
from tests.integration.gate_calls import assert_clear, assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_objects import deployment, service, stateful_set
from tests.integration.gate_records import Records, deeds

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

KINDS = ("Deployment", "StatefulSet", "Service")
a_deletion = request_to("/web$", "DELETE", dry_run=False)


class Doomed:
    """One object ``web`` of a kind."""

    def __init__(self, site: ActionSite, kind: str, **metadata: Any) -> None:
        self.site, self.kind = site, kind
        self.path = site.path(kind)
        self.make(**metadata)

    def make(self, **metadata: Any) -> None:
        namespace = self.site.namespace
        made = {
            "Deployment": lambda: deployment(namespace, replicas=0),
            "StatefulSet": lambda: stateful_set(namespace, "web", replicas=0),
            "Service": lambda: service(namespace, "web", app="web"),
        }[self.kind]()
        made["metadata"] |= metadata
        self.site.admin.apply(made)
        if self.kind != "Service":
            self.site.admin.until(
                self.path, lambda found: (found or {}).get("status", {}).get("observedGeneration") == 1
            )

    def delete(self, **options: Any) -> dict[str, Any]:
        return self.site(f"Delete{self.kind}", **options)

    def made_anew(self) -> None:
        self.site.admin.delete(self.path)
        self.site.admin.until(self.path, lambda found: found is None)
        self.make()

    @property
    def uid(self) -> str:
        """Empty when there is none."""
        return str((self.site.admin.find(self.path) or {}).get("metadata", {}).get("uid", ""))


@pytest.fixture(params=KINDS)
def doomed(request: pytest.FixtureRequest, site: ActionSite) -> Doomed:
    return Doomed(site, request.param)


def test_it_is_gone_and_stays_so(doomed: Doomed) -> None:
    result = doomed.delete()
    assert_succeeded(result)
    assert doomed.uid == ""
    assert result["diff"]["before"]["present"] is True
    assert_succeeded(doomed.delete(), changed=False)


def test_one_that_was_made_anew_before_the_write_is_left_alone(doomed: Doomed, records: Records) -> None:
    judged = doomed.uid
    doomed.site.meanwhile(a_deletion, doomed.made_anew)
    result = doomed.delete()
    assert_failed(result, "api_error", "target.replaced")
    assert doomed.uid not in ("", judged)
    assert [it.status for it in deeds(doomed.site.proxy)] == [409]
    assert records.of(result)["spec"]["target"]["uid"] == judged


def test_one_that_was_made_anew_between_two_attempts_is_left_alone(doomed: Doomed) -> None:
    """A change is judged again; what is there by the second write is another."""
    judged, changes = doomed.uid, iter((lambda: _relabel(doomed), doomed.made_anew))
    doomed.site.meanwhile(a_deletion, lambda: next(changes)(), times=2)
    result = doomed.delete()
    assert_failed(result, "conflict", "api.conflict")
    assert result["execution"]["attempts"] == 2
    assert doomed.uid not in ("", judged)


def _relabel(doomed: Doomed) -> None:
    doomed.site.admin.patch(doomed.path, {"metadata": {"labels": {"changed": "yes"}}})


def test_a_change_before_the_write_is_judged_again(doomed: Doomed, judgements: list[Judgement]) -> None:
    doomed.site.meanwhile(a_deletion, lambda: _relabel(doomed))
    assert_succeeded(doomed.delete())
    assert [it.input["target"]["labels"].get("changed") for it in judgements] == [None, "yes"]
    assert doomed.uid == ""


def test_one_that_somebody_else_deletes_meanwhile_is_gone_all_the_same(doomed: Doomed) -> None:
    doomed.site.meanwhile(a_deletion, lambda: doomed.site.admin.delete(doomed.path))
    assert_succeeded(doomed.delete(), changed=False)
    assert doomed.uid == ""


def test_a_deletion_whose_answer_was_lost(doomed: Doomed) -> None:
    doomed.site.proxy.fault(a_deletion, ResetAfter())
    assert_succeeded(doomed.delete())
    assert len(deeds(doomed.site.proxy)) == 1


@contextmanager
def restless(site: ActionSite, path: str) -> Iterator[None]:
    """A controller that writes the status of the object all the time."""
    stop = threading.Event()

    def scribble() -> None:
        turn = 0
        while not stop.wait(0.02):
            turn += 1
            status = {"conditions": [{"type": "Restless", "status": "True", "reason": f"Turn{turn}", "message": ""}]}
            site.admin.ask("PATCH", f"{path}/status", {"status": status}, "application/merge-patch+json")

    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


RESTLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "deleted": ("DeleteDeployment", {}),
    "scaled": ("ScaleDeployment", {"replicas": 2}),
    "restarted": ("RolloutRestart", {}),
    "updated": ("UpdateImage", {"containers": {"web": "registry.example.com/web:2"}}),
}


@pytest.mark.parametrize("case", RESTLESS)
def test_one_whose_status_never_rests_is_changed_all_the_same(case: str, site: ActionSite) -> None:
    """Its version is a new one by the time that the judgement is through; what was judged is not."""
    action, options = RESTLESS[case]
    site.settled(replicas=0)
    with restless(site, site.path("Deployment")):
        result = site(action, wait=False, **options)
    assert_succeeded(result)


def test_one_whose_spec_never_rests_is_not(site: ActionSite) -> None:
    doomed = Doomed(site, "Deployment")
    turns = iter(range(99))
    change = {"metadata": {"annotations": {}}}

    def scribble() -> None:
        change["metadata"]["annotations"] = {"turn": str(next(turns))}
        site.admin.patch(doomed.path, change)

    site.meanwhile(a_deletion, scribble, times=99)
    assert_failed(doomed.delete(), "conflict", "api.conflict")
    assert doomed.uid


def test_a_finalizer_that_holds_it_is_told(site: ActionSite) -> None:
    doomed = Doomed(site, "Deployment", finalizers=["example.com/hold"])
    result = doomed.delete(wait_timeout=2, propagation="Background")
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert_clear(result, "it is terminating, held by example.com/hold")
    again = doomed.delete(wait_timeout=1)
    assert_failed(again, "timeout", "verify.deadline")
    site.admin.patch(doomed.path, {"metadata": {"finalizers": None}})
    assert_succeeded(doomed.delete(), changed=False)


@pytest.mark.parametrize("propagation", ["Foreground", "Background", "Orphan"])
def test_what_becomes_of_its_pods(propagation: str, site: ActionSite) -> None:
    site.settled(replicas=2)
    result = site("DeleteDeployment", propagation=propagation)
    assert_succeeded(result)
    assert site.admin.find(site.path("Deployment")) is None
    left = {plural: site.all(plural, group) for plural, group in (("pods", ""), ("replicasets", "apps/v1"))}
    if propagation == "Orphan":
        assert {plural: len(found) for plural, found in left.items()} == {"pods": 2, "replicasets": 1}
        assert "ownerReferences" not in left["replicasets"][0]["metadata"]
    if propagation == "Foreground":
        assert left["replicasets"] == []
    if propagation == "Background":
        (sent,) = deeds(site.proxy)
        assert sent.json["propagationPolicy"] == "Background"


def test_one_that_a_service_leads_to_is_denied(site: ActionSite) -> None:
    site.settled(replicas=1)
    site.admin.apply(service(site.namespace, "front", app="web"))
    result = site("DeleteDeployment")
    assert_denied(result, "deletions.in-use")
    assert site.admin.find(site.path("Deployment"))


def test_the_record_keeps_a_manifest_to_make_it_again_from_without_secrets(site: ActionSite, records: Records) -> None:
    canary = f"canary-{secrets.token_hex(8)}"
    env = [{"name": "DB_PASSWORD", "value": canary}, {"name": "MODE", "value": "fast"}]
    container = {"name": "web", "image": "registry.example.com/web:1", "env": env, "args": ["--token", canary]}
    before = site.settled(replicas=0, containers=[container])
    result = site("DeleteDeployment")
    assert_succeeded(result)
    record = records.of(result)
    assert canary not in json.dumps([result, record])
    manifest = record["status"]["undo"]["parameters"]["manifest"]
    site.admin.apply(manifest)
    again = site.read("Deployment")
    assert again["metadata"]["uid"] != before["metadata"]["uid"]
    assert again["spec"]["selector"] == before["spec"]["selector"]
    kept = again["spec"]["template"]["spec"]["containers"][0]["env"]
    assert kept[1] == {"name": "MODE", "value": "fast"}
