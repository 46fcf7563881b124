# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Publishing a library into a real cluster: what reaches it, what is refused, and what people are told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.tasks import (
    library_info,
    publish_library,
)
from tests.cluster.cluster import Cluster
from tests.conftest import COLLECTIONS
from tests.integration.api_proxy import ApiProxy
from tests.integration.conftest import Kubectl
from tests.integration.small_library import BROKEN, add_rule, write_library

pytestmark = pytest.mark.usefixtures("without_library")

NAMESPACE, NAME = published_library.NAMESPACE, published_library.NAME
Publish = Callable[..., dict[str, Any]]
EXAMINED = {"only": None, "coverage": False, "require_tests": True, "reports": None}


@pytest.fixture
def publish(admin_proxy: ApiProxy) -> Publish:
    """The module's work, without a process of its own. Returns its result."""

    def run(
        path: Path, *, overlay: Path | None = None, state: str = "published", check_mode: bool = False, **more: Any
    ) -> Any:
        options = {**EXAMINED, "path": str(path), "overlay": str(overlay) if overlay else None, "state": state, **more}
        connection = {"kubeconfig": str(admin_proxy.kubeconfig())}
        return publish_library("PublishLibrary", {**options, **connection}, check_mode=check_mode, environ=os.environ)

    return run


@pytest.fixture
def info(admin_proxy: ApiProxy) -> Callable[[], dict[str, Any]]:
    options = {"kubeconfig": str(admin_proxy.kubeconfig())}
    return lambda: library_info("LibraryInfo", options, check_mode=False, environ=os.environ)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return write_library(tmp_path / "library")


def writes(proxy: ApiProxy) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in proxy.writes()]


def test_a_published_library_is_the_one_that_is_live(publish: Publish, info: Any, library: Path) -> None:
    published = publish(library)
    live = info()
    tests = {key: published["tests"][key] for key in ("passed", "failed", "failures")}
    assert (published["changed"], tests) == (True, {"passed": 4, "failed": 0, "failures": []})
    assert published["published"] == {key: published[key] for key in ("name", "version", "revision")}
    assert {key: live[key] for key in ("published", "intact", "problem", "name", "version", "revision")} == {
        "published": True,
        "intact": True,
        "problem": "",
        "name": "small",
        "version": "1.0",
        "revision": published["revision"],
    }
    assert live["files"] == published["files"]
    assert live["rules"] == [
        {
            "code": "tickets.missing",
            "title": "Needs a ticket",
            "package": "kubernetesexecution.safety.common.tickets",
        }
    ]
    stated = {key: live[key] for key in ("name", "version", "revision", "published_at")}
    assert live["versions"] == [stated]


def test_the_object_carries_the_labels_that_people_look_for(publish: Publish, library: Path, kubectl: Kubectl) -> None:
    publish(library)
    found = json.loads(
        kubectl("get", "configmap", NAME, f"--namespace={NAMESPACE}", "--output=json", check=True).stdout
    )
    labels = found["metadata"]["labels"]
    assert labels["policy-version"] == "1.0"
    assert found["metadata"]["annotations"]["guardrail.dev/published-at"].startswith(labels["last-updated"])


def test_publishing_again_changes_nothing(publish: Publish, library: Path, admin_proxy: ApiProxy) -> None:
    publish(library)
    admin_proxy.forget()
    again = publish(library)
    assert (again["changed"], again["diff"], writes(admin_proxy)) == (False, [], [])


def test_check_mode_says_what_would_change_and_writes_nothing(
    publish: Publish, info: Any, library: Path, admin_proxy: ApiProxy
) -> None:
    would = publish(library, check_mode=True)
    assert (would["changed"], would["published"], writes(admin_proxy)) == (True, None, [])
    assert would["diff"][0]["after"] == f"name: small\nversion: 1.0\nrevision: {would['revision']}\n"
    assert info()["published"] is False


def test_the_diff_names_each_file_that_changes(publish: Publish, library: Path) -> None:
    publish(library)
    limits = library / "config" / "limits.yaml"
    limits.write_text(limits.read_text().replace("3", "4"))
    add_rule(library)
    changed = publish(library)
    assert [entry["after_header"] for entry in changed["diff"]] == [
        "published library",
        "data.json",
        "kubernetesexecution.safety.common.extra.extra.rego",
    ]
    assert '"most": 3' in changed["diff"][1]["before"]
    assert '"most": 4' in changed["diff"][1]["after"]


def test_a_file_that_is_gone_is_gone_from_the_cluster(publish: Publish, info: Any, library: Path) -> None:
    extra = add_rule(library)
    publish(library)
    shutil.rmtree(extra.parent)
    publish(library)
    live = info()
    assert (live["intact"], [file for file in live["files"] if "extra" in file]) == (True, [])


def test_each_version_is_kept_and_cannot_be_altered(
    publish: Publish, info: Any, library: Path, kubectl: Kubectl
) -> None:
    first = publish(library)
    (library / "library.yaml").write_text('name: small\nversion: "1.1"\n')
    (library / "config" / "limits.yaml").write_text("limits:\n  most: 4\n")
    second = publish(library)
    assert {(kept["version"], kept["revision"]) for kept in info()["versions"]} == {
        ("1.0", first["revision"]),
        ("1.1", second["revision"]),
    }
    kept = f"{NAME}-{first['revision'][:16]}"
    refused = kubectl("patch", "configmap", kept, f"--namespace={NAMESPACE}", '--patch={"data":{"data.json":"{}"}}')
    assert "immutable" in refused.stderr


def test_a_library_that_was_edited_by_hand_is_reported_and_put_right(
    publish: Publish, info: Any, library: Path, kubectl: Kubectl
) -> None:
    publish(library)
    kubectl("patch", "configmap", NAME, f"--namespace={NAMESPACE}", '--patch={"data":{"data.json":"{}"}}', check=True)
    edited = info()
    assert (edited["published"], edited["intact"]) == (True, False)
    assert "states revision" in edited["problem"]
    assert publish(library)["changed"] is True
    assert info()["intact"] is True


def test_a_library_in_the_ancestor_s_layout_is_shown(info: Any, kubectl: Kubectl) -> None:
    text = 'package kubernetesexecution.safety.production\n\nimport rego.v1\n\ndeny contains "no" if false\n'
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": {"guardrail.dev/library": "live"}},
        "data": {"production.rego": text},
    }
    kubectl("create", "--filename=-", input=json.dumps(manifest), check=True)
    live = info()
    assert (live["published"], live["intact"], live["files"]) == (True, True, ["production.rego"])


def test_a_cluster_without_a_library_is_an_answer(info: Any) -> None:
    found = info()
    assert found == {
        "changed": False,
        "published": False,
        "intact": False,
        "problem": "",
        "name": "",
        "version": "",
        "revision": "",
        "published_at": "",
        "files": [],
        "rules": [],
        "exceptions": [],
        "versions": [],
        "signed": False,
        "signed_by": "",
        "diff": [],
        "msg": "This cluster has no policy library: every gated action is denied.",
    }


@pytest.mark.parametrize("flaw", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_library_is_refused_and_the_live_one_stays(
    publish: Publish, info: Any, library: Path, admin_proxy: ApiProxy, flaw: Any
) -> None:
    sound = publish(library)
    admin_proxy.forget()
    flaw.apply(library)
    refused = publish(library)
    assert (refused["failed"], refused["reason"], refused["code"], refused["changed"]) == (
        True,
        "denied",
        flaw.code,
        False,
    )
    assert flaw.says in refused["msg"]
    assert writes(admin_proxy) == []
    assert (info()["revision"], info()["intact"]) == (sound["revision"], True)


def test_every_finding_is_one_line_with_file_line_and_remedy(publish: Publish, library: Path) -> None:
    BROKEN["misspelt deny"].apply(library)
    BROKEN["undefined name"].apply(library)
    refused = publish(library, state="linted")
    place = "kubernetesexecution/safety/common"
    silent = (
        f"{place}/silent/silent.rego:1: The package kubernetesexecution.safety.common.silent has neither deny nor warn."
        " Name its rule deny or warn; move shared functions below kubernetesexecution.lib. [lint.no-results]"
    )
    untested = (
        f"{place}/silent/silent.rego:5: No test asks for denies of the package kubernetesexecution.safety.common.silent."
        " Write a rule test_... that does, in a file beside it that ends in _test.rego. [lint.untested]"
    )
    misspelt = (
        f"{place}/tickets/tickets.rego:12: The name misspelt is not defined. Correct the spelling, import it, or define"
        " it. The engine has not every function of OPA. [lint.undefined-name]"
    )
    assert refused["msg"].splitlines()[1:-2] == [silent, untested, misspelt]
    assert "require_tests: false" in refused["msg"].splitlines()[-2]


def test_a_library_that_left_its_tests_behind_is_published_when_asked_to(
    publish: Publish, info: Any, library: Path
) -> None:
    BROKEN["no test"].apply(library)
    refused = publish(library)
    assert (refused["code"], "require_tests: false" in refused["msg"]) == ("policy.tests-missing", True)
    taken = publish(library, require_tests=False)
    assert (taken["changed"], [finding["code"] for finding in taken["findings"]]) == (True, ["policy.tests-missing"])
    assert taken["msg"].endswith("It contains no test: nothing was tried.")
    assert info()["revision"] == taken["revision"]


def test_an_overlay_owns_limits_and_adds_rules(publish: Publish, info: Any, library: Path, tmp_path: Path) -> None:
    plain = publish(library)
    overlay = tmp_path / "ours"
    (overlay / "config").mkdir(parents=True)
    (overlay / "config" / "ours.yaml").write_text("limits:\n  most: 9\n")
    own = overlay / "kubernetesexecution/safety/common/ours"
    own.mkdir(parents=True)
    (own / "ours.rego").write_text(
        "package kubernetesexecution.safety.common.ours\n\nimport rego.v1\n\n"
        'deny contains "too many" if input.parameters.replicas > data.config.limits.most\n'
    )
    (own / "ours_test.rego").write_text(
        "package kubernetesexecution.safety.common.ours_test\n\nimport rego.v1\n\n"
        "import data.kubernetesexecution.safety.common.ours\n\n"
        'test_nine if count(ours.deny) == 0 with input as {"parameters": {"replicas": 9}}\n\n'
        'test_ten if count(ours.deny) == 1 with input as {"parameters": {"replicas": 10}}\n'
    )
    merged = publish(library, overlay=overlay)
    assert (merged["changed"], merged["tests"]["passed"]) == (True, 6)
    assert merged["revision"] != plain["revision"]
    assert "kubernetesexecution/safety/common/ours/ours.rego" in info()["files"]
    assert publish(library, overlay=overlay)["changed"] is False


def test_an_identity_without_the_right_is_told_so(cluster: Cluster, library: Path, kubectl: Kubectl) -> None:
    options = {**EXAMINED, "path": str(library), "overlay": None, "state": "published"}
    runner = {"kubeconfig": str(cluster.kubeconfig("runner"))}
    refused = publish_library("PublishLibrary", {**options, **runner}, check_mode=False, environ=os.environ)
    assert (refused["failed"], refused["reason"], refused["code"], refused["changed"]) == (
        True,
        "api_error",
        "api.forbidden",
        False,
    )
    assert kubectl("get", "configmap", NAME, f"--namespace={NAMESPACE}").returncode != 0


@pytest.mark.parametrize("first", [False, True], ids=["the next version", "the first version"])
def test_two_administrators_at_once_do_not_mix(
    publish: Publish, info: Any, library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: bool
) -> None:
    """One is told who won, and leaves no version behind that anybody could go back to."""
    before = [] if first else [publish(library)["revision"]]
    ours, other = write_library(tmp_path / "ours", most=8), write_library(tmp_path / "other", most=7)
    read = published_library.read
    won: dict[str, Any] = {}

    def overtaken(api: Any) -> Any:
        found = read(api)
        monkeypatch.setattr(published_library, "read", read)
        won.update(publish(other))
        return found

    monkeypatch.setattr(published_library, "read", overtaken)
    lost = publish(ours)
    assert (won["changed"], lost["failed"], lost["reason"], lost["changed"]) == (True, True, "conflict", False)
    said = f"Somebody else published meanwhile, and small 1.0 ({won['revision'][:12]}) is live: nothing of this library"
    assert (lost["code"], lost["msg"].startswith(said)) == ("library.published-meanwhile", True)
    assert [version["revision"] for version in info()["versions"]] == [won["revision"], *before]


def test_exceptions_are_listed_by_the_clock_of_the_server(publish: Publish, info: Any, library: Path) -> None:
    exception = {"owner": "team-shop", "reason": "licence", "rules": ["tickets.missing"], "actions": ["CordonNode"]}
    entries = [
        {**exception, "name": name, "expires": day} for name, day in (("old", "2020-02-29"), ("new", "2999-12-31"))
    ]
    (library / "config" / "exceptions.yaml").write_text(json.dumps({"exceptions": entries}))
    publish(library)
    live = info()
    assert [(entry["name"], entry["owner"], entry["state"]) for entry in live["exceptions"]] == [
        ("old", "team-shop", "expired"),
        ("new", "team-shop", "active"),
    ]
    assert live["msg"].endswith("is live. Expired, so counting for nothing: old.")


def test_a_time_zone_that_nobody_knows_is_not_published(publish: Publish, library: Path) -> None:
    (library / "config" / "calendar.yaml").write_text("freezes: [{time_zone: Europe/Berlim}]\n")
    refused = publish(library)
    assert (refused["failed"], refused["code"]) == (True, "policy.lint-error")
    assert "data.config.freezes[0].time_zone: this machine knows no time zone 'Europe/Berlim'." in refused["msg"]


def playbook(cluster: Cluster, *options: str, ansible_playbook: Path | None = None) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    environ = {
        **kept,
        "KUBECONFIG": str(cluster.kubeconfig("admin")),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
    }
    command = ansible_playbook or Path(sys.executable).with_name("ansible-playbook")
    return subprocess.run(
        [command, "guardrail.kubernetes.install", *options],
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_playbook_publishes_the_library_of_the_collection_once(cluster: Cluster, info: Any) -> None:
    # The library; and the executor, where another test of this session has touched it.
    first = playbook(cluster)
    assert (first.returncode, "changed=0" in first.stdout) == (0, False), first.stdout + first.stderr
    live = info()
    assert (live["intact"], live["name"]) == (True, "guardrail")
    again = playbook(cluster)
    assert (again.returncode, "changed=0" in again.stdout) == (0, True), again.stdout + again.stderr


def test_the_playbook_works_from_the_controller_with_a_foreign_inventory(cluster: Cluster, library: Path) -> None:
    inventory = "localhost ansible_connection=local ansible_python_interpreter=/usr/bin/false"
    hosts = library.parent / "hosts"
    hosts.write_text(inventory + "\n")
    done = playbook(cluster, f"--inventory={hosts}", f"--extra-vars=policy_library_path={library}")
    assert done.returncode == 0, done.stdout + done.stderr
