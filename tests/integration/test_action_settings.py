# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""UpdateConfigMap and UpdateSecret: keys that come and go, and the restart of those who use them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.integration.action_site import ActionSite
from tests.integration.execution_calls import ModuleCalls
from tests.integration.faults import Answer, ResetAfter, request_to
from tests.integration.gate_calls import assert_clear, assert_denied, assert_failed, assert_succeeded
from tests.integration.gate_objects import config_map, deployment, in_pool, is_settled, secret, stateful_set
from tests.integration.gate_records import deeds

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

RESTARTED = "kubectl.kubernetes.io/restartedAt"
WEB = {"restart": [{"name": "web"}]}


class Settings:
    """A ConfigMap or a Secret of two keys, used by Deployment ``web`` and StatefulSet ``db``."""

    def __init__(self, site: ActionSite, kind: str, **metadata: Any) -> None:
        self.site, self.kind = site, kind
        self._action, self._option = {
            "ConfigMap": ("UpdateConfigMap", "data"),
            "Secret": ("UpdateSecret", "string_data"),
        }[kind]
        made = (config_map if kind == "ConfigMap" else secret)(site.namespace, "settings", level="info", size="3")
        site.admin.apply({**made, **metadata})

    def task(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        return self.site(self._action, "settings", **{self._option: data}, **options)

    def users(self, replicas: int = 1) -> None:
        volume = (
            {"configMap": {"name": "settings"}} if self.kind == "ConfigMap" else {"secret": {"secretName": "settings"}}
        )
        pod = {"volumes": [{"name": "settings", **volume}]}
        self.site.admin.apply(stateful_set(self.site.namespace, replicas=replicas, **pod))
        self.site.settled(replicas=replicas, **pod)

    @property
    def values(self) -> dict[str, str]:
        data = self.site.read(self.kind, "settings").get("data") or {}
        plain = self.kind == "ConfigMap"
        return {key: value if plain else base64.b64decode(value).decode() for key, value in data.items()}

    def restarted(self, kind: str = "Deployment", name: str = "web") -> str:
        template = self.site.read(kind, name)["spec"]["template"]
        return str((template["metadata"].get("annotations") or {}).get(RESTARTED, ""))


@pytest.fixture(params=["ConfigMap", "Secret"])
def settings(request: pytest.FixtureRequest, site: ActionSite) -> Settings:
    return Settings(site, request.param)


def test_keys_are_merged_and_replaced(settings: Settings) -> None:
    assert_succeeded(settings.task({"level": "debug", "new": "ümläut\n", "size": None}))
    assert settings.values == {"level": "debug", "new": "ümläut\n"}
    assert_succeeded(settings.task({"level": "debug", "size": None}), changed=False)
    assert_succeeded(settings.task({"only": "one"}, mode="replace"))
    assert settings.values == {"only": "one"}
    assert_succeeded(settings.task({"only": "one"}, mode="replace"), changed=False)
    assert_succeeded(settings.task({}, mode="replace"))
    assert settings.values == {}


def test_those_who_use_it_are_restarted_and_waited_for(settings: Settings) -> None:
    settings.users()
    restart = [{"name": "web"}, {"kind": "StatefulSet", "name": "db"}]
    result = settings.task({"level": "debug"}, restart=restart)
    assert_succeeded(result)
    assert result["diff"]["after"]["restarts"] == ["Deployment/web", "StatefulSet/db"]
    assert (
        is_settled(settings.site.read("Deployment")) or settings.site.read("Deployment")["status"]["availableReplicas"]
    )
    for kind, name in (("Deployment", "web"), ("StatefulSet", "db")):
        assert settings.restarted(kind, name)
        pods = settings.site.all("pods", selector=f"app={name}")
        assert [pod["metadata"]["annotations"][RESTARTED] for pod in pods] == [settings.restarted(kind, name)]
    before = settings.restarted()
    assert_succeeded(settings.task({"level": "debug"}, restart=restart), changed=False)
    assert settings.restarted() == before


def test_a_restart_that_was_interrupted_is_made_up_for(settings: Settings) -> None:
    """The values are written, the restart is not: the next run restarts, and only the one after has nothing to do."""
    settings.users()
    to_web = request_to("/deployments/web$", "PATCH", dry_run=False)
    settings.site.proxy.fault(to_web, Answer(403, "Forbidden by the test."))
    first = settings.task({"level": "debug"}, **WEB)
    assert_failed(first, "api_error", "api.forbidden", changed=True)
    assert (settings.values["level"], settings.restarted()) == ("debug", "")
    second = settings.task({"level": "debug"}, **WEB)
    assert_succeeded(second)
    assert second["diff"]["after"]["restarts"] == ["Deployment/web"]
    assert settings.restarted()
    assert_succeeded(settings.task({"level": "debug"}, **WEB), changed=False)


def test_an_object_that_was_changed_without_a_word_about_restarts_restarts_nobody(settings: Settings) -> None:
    settings.users(replicas=0)
    assert_succeeded(settings.task({"level": "debug"}))
    assert_succeeded(settings.task({"level": "debug"}, **WEB), changed=False)
    assert "annotations" not in settings.site.read(settings.kind, "settings")["metadata"]


def test_a_workload_that_is_newer_than_the_change_is_left_alone(settings: Settings) -> None:
    note = {"guardrail.dev/changed-for-restart-at": "2020-01-01T00:00:00Z"}
    settings.site.admin.patch(settings.site.path(settings.kind, "settings"), {"metadata": {"annotations": note}})
    settings.users(replicas=0)
    assert_succeeded(settings.task({"level": "info"}, **WEB), changed=False)


@pytest.mark.parametrize("noted", ["9999-01-01T00:00:00Z", "soon", "2026-99-99"])
def test_whatever_others_write_as_the_time_of_the_change_ends(noted: str, site: ActionSite) -> None:
    settings = Settings(site, "ConfigMap")
    note = {"guardrail.dev/changed-for-restart-at": noted}
    site.admin.patch(site.path("ConfigMap", "settings"), {"metadata": {"annotations": note}})
    settings.users(replicas=0)
    settings.task({"level": "info"}, **WEB)
    assert_succeeded(settings.task({"level": "info"}, **WEB), changed=False)


def test_a_consumer_that_changes_after_the_judgement_is_not_restarted_blindly(settings: Settings) -> None:
    """Its write carries the version that was judged: told as a conflict, and made up for by the next run."""
    settings.users(replicas=0)
    site = settings.site
    to_web = request_to("/deployments/web$", "PATCH", dry_run=False)
    site.meanwhile(to_web, lambda: site.admin.patch(site.path("Deployment"), {"metadata": {"labels": {"tier": "x"}}}))
    assert_failed(settings.task({"level": "debug"}, **WEB), "conflict", "api.conflict", changed=True)
    assert_succeeded(settings.task({"level": "debug"}, **WEB))


def test_one_that_does_not_use_it_is_told(settings: Settings) -> None:
    settings.site.admin.apply(deployment(settings.site.namespace, replicas=0))
    result = settings.task({"level": "debug"}, **WEB)
    assert_failed(result, "invalid_parameters", "request.not-a-consumer")
    assert settings.values["level"] == "info"


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_one_that_is_immutable_is_told(kind: str, site: ActionSite) -> None:
    settings = Settings(site, kind, immutable=True)
    result = settings.task({"level": "debug"})
    assert_failed(result, "invalid_parameters", "target.immutable")
    assert_clear(result, rf"{kind} \S+/settings is immutable\. Create one under another name")
    assert_succeeded(settings.task({"level": "info"}), changed=False)


def test_a_config_map_is_put_back_and_its_users_are_restarted(site: ActionSite, modules: ModuleCalls) -> None:
    settings = Settings(site, "ConfigMap")
    settings.users(replicas=0)
    result = settings.task({"level": "debug", "new": "x"}, **WEB)
    assert_succeeded(result)
    undone = modules("execution_undo", "runner", execution=result["execution"]["record"])
    assert_succeeded(undone)
    assert settings.values == {"level": "info", "size": "3"}
    assert undone["diff"]["after"]["restarts"] == ["Deployment/web"]


def test_a_change_between_judgement_and_write_is_judged_again(settings: Settings) -> None:
    site = settings.site
    path, value = site.path(settings.kind, "settings"), base64.b64encode(b"9").decode()
    other = {"data": {"size": "9" if settings.kind == "ConfigMap" else value}}
    match = request_to("/settings$", "PATCH", dry_run=False)
    site.meanwhile(match, lambda: site.admin.patch(path, other))
    result = settings.task({"level": "debug", "size": "4"})
    assert_succeeded(result)
    assert result["execution"]["attempts"] == 2
    assert settings.values == {"level": "debug", "size": "4"}


def test_a_write_whose_answer_was_lost_is_not_sent_twice(settings: Settings) -> None:
    settings.users(replicas=0)
    proxy = settings.site.proxy
    for path in ("/settings$", "/deployments/web$"):
        proxy.fault(request_to(path, "PATCH", dry_run=False), ResetAfter())
    assert_succeeded(settings.task({"level": "debug"}, **WEB))
    assert [work.path.rpartition("/")[2] for work in deeds(proxy)] == ["settings", "web"]


def test_a_restart_that_would_fit_nowhere_is_denied_before_the_values_are_written(settings: Settings) -> None:
    settings.users()
    site = settings.site
    site.admin.patch(site.path("Deployment"), {"spec": {"template": {"spec": in_pool("nowhere")}}})
    result = settings.task({"level": "debug"}, **WEB)
    assert_denied(result, "replacements.no-room-for-new")
    assert settings.values["level"] == "info"
