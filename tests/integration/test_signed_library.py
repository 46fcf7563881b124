# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed libraries and kept versions in a real cluster: what judges, what denies everything, and the way back."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.tasks import (
    library_info,
    publish_library,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import VARIABLE
from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.conftest import Kubectl
from tests.integration.doors_ansible import Ansible, AnsibleLine, line_parameters
from tests.integration.small_library import BROKEN, write_library
from tests.policy.engines import run_opa
from tests.policy.test_signed_bundles import key_file
from tests.unit.policy.bundles import pem, private_key

pytestmark = pytest.mark.usefixtures("without_library")

NAMESPACE, NAME = published_library.NAMESPACE, published_library.NAME
LIVE = ("configmap", NAME, f"--namespace={NAMESPACE}")
DOCUMENT = {"action": "CordonNode", "request": {"ticket": "CHG-1"}, "unavailable": []}
EXAMINED = {"only": None, "coverage": False, "require_tests": True, "reports": None}
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key of the policy team, pinned in the environment of this process."""
    path = tmp_path / "pinned.pem"
    path.write_bytes(pem(private_key("ES256")))
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.fixture
def publish(admin_proxy: ApiProxy) -> Run:
    def run(path: Path | None = None, *, check_mode: bool = False, state: str = "published", **more: Any) -> Any:
        options = {**EXAMINED, "path": str(path) if path else None, "overlay": None, "state": state, **more}
        options["kubeconfig"] = str(admin_proxy.kubeconfig())
        return publish_library("PublishLibrary", options, check_mode=check_mode, environ=os.environ)

    return run


@pytest.fixture
def info(admin_proxy: ApiProxy) -> Run:
    options = {"kubeconfig": str(admin_proxy.kubeconfig())}
    return lambda **more: library_info("LibraryInfo", {**options, **more}, check_mode=False, environ=os.environ)


@pytest.fixture
def decide(cluster: Cluster) -> Run:
    """What the published library says to a document, asked as the runner. Returns the decision."""

    def run() -> dict[str, Any]:
        options = {"input": DOCUMENT, "kubeconfig": str(cluster.kubeconfig("runner"))}
        decision: dict[str, Any] = perform_task("PolicyCheck", options, check_mode=False, environ=os.environ)[
            "decision"
        ]
        return decision

    return run


def signed(folder: Path, *, number: int = 0, most: int = 3) -> Path:
    """A bundle of the small library, built and signed by the real opa."""
    folder.mkdir()
    source = write_library(folder / "library", most=most)
    unsigned, out = folder / "unsigned.tar.gz", folder / "signed.tar.gz"
    key = ("--signing-alg", "ES256", "--signing-key", str(key_file(folder, "ES256", number)))
    for arguments in (
        ("--output", str(unsigned), str(source)),
        (*key, "--output", str(out), "--bundle", str(unsigned)),
    ):
        done = run_opa("build", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    return out


def codes(decision: dict[str, Any]) -> list[str]:
    return [violation["code"] for violation in decision["violations"]]


def test_a_signed_library_judges_and_every_decision_names_the_key(
    publish: Run, info: Run, decide: Run, tmp_path: Path, pinned: Path
) -> None:
    published = publish(signed(tmp_path / "ours"))
    live, decision = info(), decide()
    assert (published["changed"], live["intact"], live["signed"], decision["allowed"]) == (True, True, True, True)
    assert len(live["signed_by"]) == 64
    assert {live["signed_by"], published["signed_by"], decision["library"]["signed_by"]} == {live["signed_by"]}
    assert publish(signed(tmp_path / "again"))["changed"] is True  # ES256 makes another signature each time
    assert len(info()["versions"]) == 2


@pytest.mark.parametrize("number", [None, 1], ids=["unsigned", "another key"])
def test_what_the_pinned_key_did_not_sign_is_not_published(
    publish: Run, decide: Run, tmp_path: Path, pinned: Path, number: int | None
) -> None:
    publish(signed(tmp_path / "ours"))
    other = write_library(tmp_path / "x", most=9) if number is None else signed(tmp_path / "x", number=1, most=9)
    refused = publish(other)
    expected = "policy.signature-missing" if number is None else "policy.signature-invalid"
    assert (refused["failed"], refused["changed"], refused["code"]) == (True, False, expected)
    assert decide()["allowed"] is True


def _patch(kubectl: Kubectl, patch: dict[str, Any]) -> None:
    kubectl("patch", *LIVE, "--type=merge", f"--patch={json.dumps(patch)}", check=True)


def test_whoever_can_only_write_the_config_map_can_only_deny(
    publish: Run,
    info: Run,
    decide: Run,
    kubectl: Kubectl,
    tmp_path: Path,
    pinned: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each attack on the live library, made by somebody who may write it but does not hold the key."""
    publish(signed(tmp_path / "ours"))
    good = json.loads(kubectl("get", *LIVE, "--output=json", check=True).stdout)
    monkeypatch.delenv(VARIABLE)
    publish(write_library(tmp_path / "weak", most=9))
    weak = json.loads(kubectl("get", *LIVE, "--output=json", check=True).stdout)
    other = base64.b64encode(signed(tmp_path / "other", number=1, most=9).read_bytes()).decode()
    assert decide()["allowed"] is True
    monkeypatch.setenv(VARIABLE, str(pinned))
    weakened = {"metadata": {"annotations": weak["metadata"]["annotations"]}, "data": weak["data"]}
    bundle = {"binaryData": good["binaryData"]}
    for patch, expected in (
        (weakened, "policy.signature-missing"),
        ({**weakened, **bundle}, "policy.signature-mismatch"),
        ({**weakened, "binaryData": {"bundle.tar.gz": other}}, "policy.signature-invalid"),
        ({**weakened, "binaryData": {"bundle.tar.gz": "AAAA"}}, "policy.bundle-unusable"),
    ):
        _patch(kubectl, patch)
        assert codes(decide()) == [expected]
        live = info()
        assert (live["intact"], bool(live["problem"])) == (False, True)
    _patch(kubectl, {"metadata": {"annotations": good["metadata"]["annotations"]}, "data": good["data"], **bundle})
    assert decide()["allowed"] is True


def test_a_pin_that_cannot_be_read_denies(publish: Run, decide: Run, tmp_path: Path, pinned: Path) -> None:
    publish(signed(tmp_path / "ours"))
    pinned.unlink()
    assert codes(decide()) == ["policy.library-key-unusable"]


@pytest.mark.parametrize("line", line_parameters())
def test_nothing_in_a_playbook_lifts_the_pin_of_the_controller(
    line: AnsibleLine, publish: Run, cluster: Cluster, tmp_path: Path, pinned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    publish(write_library(tmp_path / "unsigned"))
    (tmp_path / "home").mkdir()
    ansible = Ansible(
        line, cluster.kubeconfig("runner"), tmp_path / "home", tmp_path / "place", environ={VARIABLE: str(pinned)}
    )
    tasks = [
        ansible.as_task(
            f"{name} {lift!r}", "policy_check", {"input": DOCUMENT}, environment={VARIABLE: lift}, **keywords
        )
        for name, keywords in (("here", {}), ("module", {"async": 120, "poll": 1}))
        for lift in ("", "/nowhere", pem(private_key("ES256", 1)).decode())
    ]
    run = ansible.play(tasks)
    for task in tasks:
        assert codes(run[task["name"]]["decision"]) == ["policy.signature-missing"], task["name"]


def test_the_next_task_uses_a_new_version_and_a_broken_one_replaces_nothing(
    publish: Run, decide: Run, tmp_path: Path
) -> None:
    first = publish(write_library(tmp_path / "first"))
    assert decide()["library"]["revision"] == first["revision"]
    second = publish(write_library(tmp_path / "second", most=5))
    assert decide()["library"]["revision"] == second["revision"]
    broken = write_library(tmp_path / "broken", most=7)
    BROKEN["syntax"].apply(broken)
    assert publish(broken)["failed"] is True
    assert decide()["library"]["revision"] == second["revision"]


def test_one_goes_back_step_by_step_or_to_a_revision(publish: Run, info: Run, decide: Run, tmp_path: Path) -> None:
    first, second, third = (publish(write_library(tmp_path / str(most), most=most))["revision"] for most in (3, 5, 7))
    assert [version["revision"] for version in info()["versions"]] == [third, second, first]
    for expected in (second, first):
        assert publish(state="rolled_back")["revision"] == expected
        assert decide()["library"]["revision"] == expected
    assert publish(state="rolled_back")["code"] == "library.no-earlier-version"
    there = publish(state="rolled_back", revision=third[:8])
    assert (there["changed"], there["revision"], info()["revision"]) == (True, third, third)
    assert publish(state="rolled_back", revision=third)["changed"] is False
    assert len(info()["versions"]) == 3


def test_check_mode_shows_the_way_back_and_writes_nothing(publish: Run, admin_proxy: ApiProxy, tmp_path: Path) -> None:
    publish(write_library(tmp_path / "first"))
    publish(write_library(tmp_path / "second", most=5))
    admin_proxy.forget()
    would = publish(state="rolled_back", check_mode=True)
    assert (would["changed"], admin_proxy.writes()) == (True, [])
    assert '"most": 3' in would["diff"][1]["after"]


def test_a_version_is_compared_with_the_live_one(publish: Run, info: Run, tmp_path: Path) -> None:
    first = publish(write_library(tmp_path / "first"))["revision"]
    publish(write_library(tmp_path / "second", most=5))
    (data,) = info(compare_to=first[:6])["diff"]
    assert ('"most": 3' in data["before"], '"most": 5' in data["after"]) == (True, True)


def test_a_signed_version_comes_back_signed(publish: Run, decide: Run, tmp_path: Path, pinned: Path) -> None:
    first = publish(signed(tmp_path / "first"))
    publish(signed(tmp_path / "second", most=5))
    publish(state="rolled_back")
    decision = decide()
    assert (decision["allowed"], decision["library"]["revision"]) == (True, first["revision"])
    assert decision["library"]["signed_by"]


def test_decision_record_and_audit_line_name_the_same_library_and_key(
    publish: Run, cluster: Cluster, kubectl: Kubectl, tmp_path: Path, pinned: Path
) -> None:
    published = publish(signed(tmp_path / "ours"))
    node = kubectl("get", "nodes", "--output=name", check=True).stdout.split()[0].removeprefix("node/")
    trail = tmp_path / "audit.jsonl"
    options = {
        "name": node,
        "ticket": "CHG-1",
        "wait_timeout": 60,
        "audit_log": str(trail),
        "kubeconfig": str(cluster.kubeconfig("runner")),
    }
    try:
        done = perform_task("CordonNode", options, check_mode=False, environ=os.environ)
    finally:
        kubectl("uncordon", node, check=True)
    assert done["changed"], done["msg"]
    judged = done["decision"]["library"]
    expected = {key: published[key] for key in ("name", "version", "revision", "signed_by")}
    assert {**expected, "source": f"configmap {NAMESPACE}/{NAME}"} == judged
    shown = kubectl(
        "get", "kexec", done["execution"]["record"], f"--namespace={NAMESPACE}", "--output=json", check=True
    )
    kept = json.loads(shown.stdout)["status"]["decision"]["library"]
    assert kept == {{"signed_by": "signedBy"}.get(key, key): value for key, value in judged.items()}
    (line,) = [entry for text in trail.read_text().splitlines() if (entry := json.loads(text))["kind"] == "decision"]
    assert line["content"]["library"] == judged
