# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built tarball, installed into an empty collections path: what is in it, and both doors from there.

That the demo's playbooks run from it is tested in ``test_demo.py``.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import Ansible, AnsibleLine, line_parameters
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace, settled_deployment

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

# All that a collection may read at run time.
KEPT = {"meta", "plugins", "roles", "playbooks", "MANIFEST.json", "FILES.json"}
LIBRARY = "roles/policy_library/files/policies"


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tarball")
    _galaxy(folder, "build", "--output-path", str(folder))
    (found,) = folder.glob("guardrail-kubernetes-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(tarball: Path) -> Path:
    """The collections path; of the collection only what may be used at run time is left."""
    collections = tarball.parent / "collections"
    collections.mkdir()
    _galaxy(tarball.parent, "install", "--offline", "--collections-path", str(collections), str(tarball))
    for entry in (collections / "ansible_collections" / "guardrail" / "kubernetes").iterdir():
        if entry.name not in KEPT:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return collections


@pytest.fixture(scope="module")
def shop(admin: PlainClient) -> Iterator[str]:
    """A development namespace with a Deployment ``web`` of one pod."""
    with new_namespace(admin) as name:
        settled_deployment(admin, name)
        yield name


def _galaxy(home: Path, *arguments: str) -> None:
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    environ = {**os.environ, "HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(home)}
    subprocess.run([galaxy, "collection", *arguments], cwd=ROOT, env=environ, check=True, capture_output=True)


def test_it_has_no_tests_and_nothing_that_was_built(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    unwanted = [
        name for name in names if name.startswith(("tests", "build", ".ci", "Makefile")) or "__pycache__" in name
    ]
    assert unwanted == []


def test_every_link_in_it_leads_to_a_file_of_it(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        links = {member.name: member.linkname for member in archive if member.issym()}
        names = set(archive.getnames())
    actions = {f"plugins/action/{path.name}" for path in (ROOT / "plugins" / "action").glob("*.py")}
    assert actions <= links.keys()
    targets = {posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) for name, target in links.items()}
    assert targets <= names


def test_the_role_brings_the_whole_library(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        shipped = {name for name in archive.getnames() if name.startswith(f"{LIBRARY}/") and name.endswith(".rego")}
    assert shipped == {path.relative_to(ROOT).as_posix() for path in (ROOT / LIBRARY).rglob("*.rego")}


@pytest.mark.parametrize("line", line_parameters())
def test_both_doors_open_from_the_installed_collection(
    line: AnsibleLine,
    cluster: Cluster,
    installed: Path,
    shop: str,
    session_policies: PublishedPolicies,
    home: Path,
    tmp_path: Path,
) -> None:
    ansible = Ansible(line, cluster.kubeconfig("runner"), home, tmp_path / "run", installed)
    web = {"name": "web", "namespace": shop, "replicas": 2}
    other = {"ansible_python_interpreter": str(line.other_python)}
    run = ansible.play(
        [
            ansible.as_task("in process", "scale_deployment", web, check_mode=True),
            ansible.as_task("as a module", "scale_deployment", web, check_mode=True, vars=other),
        ],
        vars={"ansible_python_interpreter": str(line.python)},
    )
    for task, as_module in (("in process", False), ("as a module", True)):
        assert (run[task]["failed"], run[task]["changed"]) == (False, True), run[task]["msg"]
        assert run.ran_as_module(task) is as_module
