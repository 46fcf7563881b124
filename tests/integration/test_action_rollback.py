# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""RollbackDeployment against real Deployments, whose history the controllers keep."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.action_site import ActionSite, images
from tests.integration.execution_calls import ModuleCalls
from tests.integration.faults import request_to
from tests.integration.gate_calls import assert_clear, assert_failed, assert_succeeded
from tests.integration.gate_objects import IMAGE, deployment, is_settled

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

REVISION = "deployment.kubernetes.io/revision"
REPOSITORY = IMAGE.rpartition(":")[0]


def image(tag: int) -> str:
    return f"{REPOSITORY}:{tag}"


class History:
    """A Deployment without replicas, so that a rollout takes no time, with one revision for each image."""

    def __init__(self, site: ActionSite, revisions: int, name: str = "web", **spec: Any) -> None:
        self.site, self.name = site, name
        self.path = site.path("Deployment", name)
        site.settled(name, replicas=0)
        if spec:
            site.admin.patch(self.path, {"spec": spec})
        for tag in range(2, revisions + 1):
            self.runs(tag)

    def runs(self, tag: int) -> None:
        """What another tool does: a new image, and with it a new revision."""
        containers = [{"name": "web", "image": image(tag)}]
        self.site.admin.patch(self.path, {"spec": {"template": {"spec": {"containers": containers}}}})
        self.site.admin.until(self.path, lambda found: is_settled(found) and self._has(image(tag)))

    def replica_sets(self) -> dict[int, dict[str, Any]]:
        """By their revision."""
        uid = self.site.read("Deployment", self.name)["metadata"]["uid"]
        owned = [
            it for it in self.site.all("replicasets", "apps/v1") if it["metadata"]["ownerReferences"][0]["uid"] == uid
        ]
        return {int(it["metadata"]["annotations"][REVISION]): it for it in owned}

    def forget(self, revision: int) -> None:
        name = self.replica_sets()[revision]["metadata"]["name"]
        path = f"/apis/apps/v1/namespaces/{self.site.namespace}/replicasets/{name}"
        self.site.admin.delete(path)
        self.site.admin.until(path, lambda found: found is None)

    @property
    def images(self) -> list[str]:
        return images(self.site.read("Deployment", self.name))

    def _has(self, wanted: str) -> bool:
        newest = max(self.replica_sets().items())[1]
        return images(newest) == [wanted]


def test_it_goes_back_to_the_revision_before_and_forth_again(site: ActionSite) -> None:
    history = History(site, 3)
    result = site("RollbackDeployment")
    assert_succeeded(result)
    assert history.images == [image(2)]
    assert result["diff"]["before"]["images"] == {"web": image(3)}
    assert result["diff"]["after"]["images"] == {"web": image(2)}
    # The revision before is now the one that it came from, as with kubectl.
    assert_succeeded(site("RollbackDeployment"))
    assert history.images == [image(3)]


def test_a_given_revision_and_its_undo(site: ActionSite, modules: ModuleCalls) -> None:
    history = History(site, 3)
    result = site("RollbackDeployment", to_revision=1)
    assert_succeeded(result)
    assert history.images == [image(1)]
    again = site("RollbackDeployment", to_revision=1)
    assert_succeeded(again, changed=False)
    undone = modules("execution_undo", "runner", execution=result["execution"]["record"])
    assert_succeeded(undone)
    assert history.images == [image(3)]


def test_across_a_gap(site: ActionSite) -> None:
    history = History(site, 4)
    history.forget(3)
    result = site("RollbackDeployment", to_revision=3)
    assert_failed(result, "invalid_parameters", "request.revision-unknown")
    assert_clear(result, r"has no revision 3\. Its revisions are 1, 2, 4\.")
    assert history.images == [image(4)]
    assert_succeeded(site("RollbackDeployment"))
    assert history.images == [image(2)]


def test_no_further_than_the_history_that_is_kept(site: ActionSite) -> None:
    history = History(site, 4, revisionHistoryLimit=1)
    site.admin.until(history.path, lambda found: history.replica_sets().keys() == {3, 4})
    assert_clear(site("RollbackDeployment", to_revision=1), r"Its revisions are 3, 4\.")
    assert_succeeded(site("RollbackDeployment"))
    assert history.images == [image(3)]
    History(site, 1, "single")
    alone = site("RollbackDeployment", "single")
    assert_failed(alone, "invalid_parameters", "request.no-earlier-revision")


def test_what_others_have_written_stays(site: ActionSite) -> None:
    """kubectl rollout undo puts the annotations of the old ReplicaSet in place of the Deployment's."""
    history = History(site, 2)
    mine = {
        "annotations": {"example.com/team": "front", "kubernetes.io/change-cause": "now"},
        "labels": {"tier": "web"},
    }
    site.admin.patch(history.path, {"metadata": mine, "spec": {"replicas": 0, "minReadySeconds": 3}})
    site.admin.until(history.path, is_settled)
    assert_succeeded(site("RollbackDeployment"))
    now = site.read("Deployment")
    assert mine["annotations"].items() <= now["metadata"]["annotations"].items()
    assert now["metadata"]["labels"] == mine["labels"]
    assert (now["spec"]["minReadySeconds"], images(now)) == (3, [image(1)])
    assert "pod-template-hash" not in now["spec"]["template"]["metadata"]["labels"]


def test_a_deployment_whose_labels_overlap_with_anothers(site: ActionSite) -> None:
    """The history is what the Deployment owns: by labels alone the other's revision 3 would be the one before."""
    mine = History(site, 2)
    labels = {"app": "web", "track": "canary"}
    template = site.read("Deployment")["spec"]["template"]
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    site.admin.apply({**deployment(site.namespace, "canary"), "spec": spec})
    site.admin.patch(site.path("Deployment", "canary"), {"spec": {"template": {"metadata": {"labels": labels}}}})
    site.admin.until(site.path("Deployment", "canary"), is_settled)
    canary = {it["metadata"]["name"] for it in site.all("replicasets", "apps/v1", "app=web")}
    assert {name.rpartition("-")[0] for name in canary} == {"web", "canary"}
    mine.runs(3)
    assert_succeeded(site("RollbackDeployment"))
    assert mine.images == [image(2)]
    assert "track" not in site.read("Deployment")["spec"]["template"]["metadata"]["labels"]


def test_one_that_is_paused_is_refused_with_the_way_out(site: ActionSite) -> None:
    history = History(site, 2)
    site.admin.patch(history.path, {"spec": {"paused": True}})
    result = site("RollbackDeployment")
    assert_failed(result, "invalid_parameters", "target.paused")
    assert_clear(result, "kubectl rollout resume deployment/web")
    assert history.images == [image(2)]


def test_a_second_rollout_between_judgement_and_write_is_judged_again(site: ActionSite) -> None:
    """What was current then is the revision before now."""
    history = History(site, 2)
    site.meanwhile(request_to("/deployments/web$", "PATCH", dry_run=False), lambda: history.runs(3))
    result = site("RollbackDeployment")
    assert_succeeded(result)
    assert result["execution"]["attempts"] == 2
    assert history.images == [image(2)]
