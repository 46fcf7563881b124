# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.docker import KindSupport, kind_support
from tests.cluster.errors import ClusterError
from tests.cluster.modules import module_of
from tests.cluster.provider import choose

KIND = KindSupport(Path("/bin/kind"), "image")
NO_DOCKER = KindSupport(missing="no Docker daemon answers")


def program(path: Path, script: str = "exit 0") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    for name in ("etcd", "kube-apiserver"):
        program(tmp_path / "assets" / name)
    return tmp_path / "assets"


@pytest.mark.parametrize(
    ("wanted", "with_assets", "kind", "provider"),
    [
        ("existing", True, KIND, "existing"),
        ("", True, KIND, "kind"),
        ("", True, NO_DOCKER, "assets"),
        ("", False, NO_DOCKER, "binaries"),
        ("kind", True, KIND, "kind"),
        ("assets", True, KIND, "assets"),
        ("binaries", True, KIND, "binaries"),
    ],
)
def test_the_first_provider_that_is_there_is_taken(
    assets: Path, wanted: str, with_assets: bool, kind: KindSupport, provider: str
) -> None:
    environ = {"CLUSTER": wanted} | ({"KUBEBUILDER_ASSETS": str(assets)} if with_assets else {})
    assert choose(environ, lambda _environ: kind).provider == provider


def test_the_choice_says_why_it_is_not_kind() -> None:
    assert choose({}, lambda _environ: NO_DOCKER).why.endswith("no kind: no Docker daemon answers")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"CLUSTER": "minikube"}, "CLUSTER=minikube is not known; it can be existing, kind, assets, binaries"),
        ({"CLUSTER": "kind"}, "CLUSTER=kind cannot be used: no Docker daemon answers"),
        ({"CLUSTER": "assets"}, "KUBEBUILDER_ASSETS=. lacks etcd, kube-apiserver"),
        ({"KUBEBUILDER_ASSETS": "/nowhere"}, "KUBEBUILDER_ASSETS=/nowhere lacks etcd, kube-apiserver"),
    ],
    ids=["unknown", "no-kind", "no-assets", "empty-assets"],
)
def test_a_wish_that_cannot_be_met_is_told(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ClusterError, match=message):
        choose(environ, lambda _environ: NO_DOCKER)


@pytest.mark.parametrize(("with_assets", "provider"), [(True, "assets"), (False, "binaries")])
def test_a_real_node_joins_a_control_plane_of_our_own(assets: Path, with_assets: bool, provider: str) -> None:
    environ = {"KUBEBUILDER_ASSETS": str(assets)} if with_assets else {}
    choice = choose(environ, lambda _environ: KIND, node="real")
    assert (choice.provider, choice.node) == (provider, "real")


@pytest.mark.parametrize(
    ("wanted", "node", "message"),
    [
        ("kind", "real", "A real node of ours cannot join a cluster of provider kind: leave CLUSTER empty"),
        ("existing", "real", "A real node of ours cannot join a cluster of provider existing"),
        ("", "fake", "NODE=fake is not known; it can be real or empty"),
    ],
)
def test_a_node_that_cannot_be_is_told(wanted: str, node: str, message: str) -> None:
    with pytest.raises(ClusterError, match=message):
        choose({"CLUSTER": wanted}, lambda _environ: KIND, node=node)


IMAGE_HERE = '[ "$1" != pull ]'
IMAGE_ELSEWHERE = '[ "$1" != image ]'
NO_IMAGE = '[ "$1" = version ]'
NO_DAEMON = "exit 1"


@pytest.mark.parametrize(
    ("docker", "kind_installed", "missing"),
    [
        (IMAGE_HERE, True, ""),
        (IMAGE_ELSEWHERE, True, ""),
        (NO_IMAGE, True, "the image example/node:1 is not here and cannot be pulled (KIND_IMAGE names another)"),
        (NO_DAEMON, True, "no Docker daemon answers"),
        (IMAGE_HERE, False, "the command kind is not installed"),
        (None, True, "docker is not installed"),
    ],
    ids=["image-here", "image-pulled", "no-image", "no-daemon", "no-kind", "no-docker"],
)
def test_kind_needs_the_command_a_daemon_and_an_image(
    tmp_path: Path, docker: str | None, kind_installed: bool, missing: str
) -> None:
    if docker:
        program(tmp_path / "docker", docker)
    if kind_installed:
        program(tmp_path / "kind")
    found = kind_support({"PATH": str(tmp_path), "KIND_IMAGE": "example/node:1"})
    assert found == (KindSupport(missing=missing) if missing else KindSupport(tmp_path / "kind", "example/node:1"))


def test_kinds_image_is_that_of_our_kubernetes(tmp_path: Path) -> None:
    program(tmp_path / "docker", IMAGE_HERE)
    program(tmp_path / "kind")
    found = kind_support({"PATH": str(tmp_path)})
    assert found.image == f"kindest/node:{module_of('kube-apiserver').version}"
