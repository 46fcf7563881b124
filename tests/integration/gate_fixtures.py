# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the gate's tests. A test module takes them with ``pytest_plugins``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution import retention
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import passage
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement, judge
from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.gate_calls import GateCalls
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace
from tests.integration.gate_records import Records
from tests.integration.gate_stage import Stage, new_stage


@pytest.fixture(scope="session")
def admin(cluster: Cluster) -> Iterator[PlainClient]:
    """The administrator, past the proxy."""
    client = PlainClient(cluster.kubeconfig())
    yield client
    client.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of the user who runs the tasks; compiled libraries are kept in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def session_policies(cluster: Cluster, admin: PlainClient) -> Iterator[PublishedPolicies]:
    """The checkout's library, published."""
    policies = PublishedPolicies(admin, cluster.kubeconfig())
    policies.restore()
    yield policies
    policies.close()


@pytest.fixture
def policies(session_policies: PublishedPolicies) -> Iterator[PublishedPolicies]:
    """Publishes variants; the checkout's library is back after the test."""
    session_policies.restore()
    yield session_policies
    session_policies.restore()


@pytest.fixture
def gate(
    proxy: ApiProxy, home: Path, session_policies: PublishedPolicies, monkeypatch: pytest.MonkeyPatch
) -> GateCalls:
    """Calls actions as the runner through the recording proxy, under the checkout's library.

    One task in 64, drawn by its identifier, removes old records: here none does, so that requests can be counted.
    """
    monkeypatch.setattr(retention, "is_due", lambda request_id: False)
    return GateCalls(proxy.kubeconfig(), home)


@pytest.fixture(scope="module")
def no_history(admin: PlainClient) -> None:
    """The limits of the library count no execution of other test modules. For ``pytest.mark.usefixtures``."""
    Records(admin).forget_the_past()


@pytest.fixture
def records(admin: PlainClient) -> Records:
    """Tells which records a test has added."""
    return Records(admin)


@pytest.fixture
def shop(admin: PlainClient) -> Iterator[str]:
    """A development namespace of the test's own."""
    with new_namespace(admin) as name:
        yield name


@pytest.fixture
def judgements(monkeypatch: pytest.MonkeyPatch) -> list[Judgement]:
    """Every judgement that the gate comes to, in order; the gate itself tells only the last."""
    seen: list[Judgement] = []

    def spy(*arguments: Any) -> Judgement:
        seen.append(judge(*arguments))
        return seen[-1]

    monkeypatch.setattr(passage, "judge", spy)
    return seen


@pytest.fixture
def afterwards() -> Iterator[ExitStack]:
    """Takes what is to be undone after the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def stage(admin: PlainClient) -> Iterator[Stage]:
    """A target for every action, for tests that change none of them."""
    with new_stage(admin) as ready:
        yield ready
