# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo, told with the built tarball and nothing of the checkout's collection; and the commands of the README."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.provider import session_cluster
from tests.conftest import ROOT
from tests.demo.story import StoryError, environment, tell
from tests.integration.gate_client import PlainClient
from tests.integration.gate_records import Records

RUN_TIME_FOLDERS = ("meta", "plugins", "roles", "playbooks")
MANIFESTS = ("MANIFEST.json", "FILES.json")
# Commands of the README that other tests stand for, or that would run the tests from within the tests.
NOT_HERE = re.compile(r"^(make (demo|test|build)\b|ansible-galaxy )")
INSTALLED = "\nansible-playbook guardrail.kubernetes.install\n"


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """The demo drains nodes and publishes a library: it has a cluster to itself."""
    with session_cluster() as started:
        yield started


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path that holds the tarball, and of it only what may be used at run time."""
    folder = tmp_path_factory.mktemp("installed")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    environ = {**os.environ, "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(folder)}

    def run(*arguments: str) -> None:
        subprocess.run([galaxy, "collection", *arguments], cwd=ROOT, env=environ, check=True, capture_output=True)

    run("build", "--output-path", str(folder))
    (tarball,) = folder.glob("*.tar.gz")
    run("install", "--offline", "--collections-path", str(folder), str(tarball))
    for entry in (folder / "ansible_collections" / "guardrail" / "kubernetes").iterdir():
        if entry.name not in (*RUN_TIME_FOLDERS, *MANIFESTS):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return folder


def controllers() -> list[object]:
    """ansible-playbook of every ansible-core there is here; without any setting the one that runs the tests."""
    stated = {line: os.environ.get(f"GUARDRAIL_ANSIBLE_{line}") for line in ("219", "221")}
    found = [pytest.param(Path(venv, "bin", "ansible-playbook"), id=line) for line, venv in stated.items() if venv]
    return list(found) or [pytest.param(Path(sys.executable).with_name("ansible-playbook"), id="own")]


@pytest.mark.parametrize("ansible_playbook", controllers())
def test_the_story_goes_as_told_with_the_installed_tarball(
    own_cluster: Cluster, installed: Path, tmp_path: Path, ansible_playbook: Path
) -> None:
    output = tmp_path / "output"
    admin = PlainClient(own_cluster.kubeconfig())
    Records(admin).forget_the_past()  # of the other controller
    admin.close()
    try:
        with output.open("w") as out:
            tell(own_cluster, installed, ansible_playbook=ansible_playbook, out=out)
    except StoryError as error:
        pytest.fail(f"{error}\n{output.read_text()}", pytrace=False)
    told = output.read_text()
    assert re.findall(r"verdict +(\w+)", told) == [
        *("ALLOWED", "DENIED", "DENIED", "ALLOWED", "ALLOWED", "DENIED"),
        *("APPROVAL", "ALLOWED"),
    ]
    for code in (
        "replica-ceiling.exceeded",
        "disruption-budgets.nothing-allowed",
        "image-registry.not-allowed",
        "change-approval.required",
    ):
        assert re.search(rf"rule +{re.escape(code)} in ", told)
    assert set(re.findall(r"who +(.+)", told)) == {"system:serviceaccount:guardrail-identities:runner"}
    assert len(re.findall(r"to pass +\w", told)) >= 3
    assert re.search(r"^DrainNode \S+: \d/\d evicted", told, re.MULTILINE)
    (waited,) = re.findall(r"checked +(\S+) waits for an approval, and nothing changed", told)
    assert f"$ ansible-playbook guardrail.kubernetes.approve -e execution={waited} -e confirm=yes" in told
    phases = re.findall(
        r"^guardrail-system +([a-z-]+)-[0-9a-f]{12} .* (Succeeded|Rejected|Failed) ", told, re.MULTILINE
    )
    assert phases == [
        ("scale-deployment", "Succeeded"),
        ("scale-deployment", "Rejected"),
        ("drain-node", "Rejected"),
        ("drain-node", "Succeeded"),
        ("uncordon-node", "Succeeded"),
        ("update-image", "Rejected"),
        ("update-image", "Rejected"),  # what waited, until the task was run again
        ("update-image", "Succeeded"),
    ]
    assert re.search(
        rf"^guardrail-system +{waited}-\S+ +Approval +UpdateImage .* update-image-[0-9a-f]{{12}} ", told, re.M
    )


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def readme(language: str) -> list[str]:
    return blocks(ROOT / "README.md", language)


def test_the_commands_of_the_readme_run(own_cluster: Cluster, installed: Path, tmp_path: Path) -> None:
    """As the administrator, with the tarball installed and the demo's workloads, in one shell from top to bottom."""
    overlay = tmp_path / "our-policies"
    (overlay / "config").mkdir(parents=True)
    (overlay / "config" / "limits.yaml").write_text("limits:\n  replica_ceiling: 40\n")
    lines = [line for block in readme("sh") for line in block.splitlines() if not NOT_HERE.match(line)]
    assert len(lines) >= 6
    plan = tmp_path / "plan.yml"
    plan.write_text(blocks(ROOT / "docs" / "remediation.md", "yaml")[0])
    script = "\n".join(["set -eu", *lines]).replace("/srv/our-policies", str(overlay)).replace("plan.yml", str(plan))
    trail = tmp_path / "audit.jsonl"
    script = script.replace("/var/log/guardrail/audit.jsonl", str(trail))
    script = script.replace(INSTALLED, f"{INSTALLED}ansible-playbook guardrail.kubernetes.demo_workloads\n", 1)
    environ = environment(own_cluster, "admin", installed, os.environ)
    environ["GUARDRAIL_AUDIT_LOG"] = str(trail)
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_playbook_of_the_readme_is_refused_and_takes_the_way_out(
    own_cluster: Cluster, installed: Path, tmp_path: Path
) -> None:
    ansible_playbook = Path(sys.executable).with_name("ansible-playbook")

    def run(identity: str, playbook: str) -> str:
        environ = {**environment(own_cluster, identity, installed, os.environ), "ANSIBLE_DISPLAY_OK_HOSTS": "true"}
        done = subprocess.run(
            [ansible_playbook, playbook], env=environ, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("admin", "guardrail.kubernetes.install")
    run("admin", "guardrail.kubernetes.demo_workloads")
    (text,) = readme("yaml")
    (tmp_path / "peak.yml").write_text(text)
    told = run("runner", str(tmp_path / "peak.yml"))
    assert re.findall(r"verdict +(\w+)", told) == ["DENIED", "ALLOWED"]
    assert "replica-ceiling.exceeded" in told
