# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies judge the session's cluster: the checkout's, with what lets every action pass, or a variant of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    from_directory,
    to_published,
)
from tests.conftest import ROOT
from tests.integration.gate_client import PlainClient, path_to

CONFIG_MAP = path_to("ConfigMap", published_library.NAME, published_library.NAMESPACE)
MAIN = "kubernetesexecution/main.rego"
# The checkout's library vets no Job, and lets nobody taint a node in production without an approval.
_JOB = {
    "backoffLimit": 0,
    "ttlSecondsAfterFinished": 600,
    "template": {
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "backup", "image": "registry.example.com/backup:1", "command": ["/backup"]}],
        }
    },
}
_JOBS = {"db-backup": {"env": {"TABLE": "[a-z_]{1,40}"}, "spec": _JOB}}
_EXTRA = "kubernetesexecution/safety/common/extra/extra.rego"


class PublishedPolicies:
    """Publishes as a policy administrator."""

    def __init__(self, admin: PlainClient, kubeconfig: Path) -> None:
        self.admin = admin
        checkout = from_directory(f"{ROOT}/policies/")
        levels = {**checkout.data["config"]["destructive_actions"], "TaintNode": "allowed"}
        self.real = _with_config(checkout, {"jobs": _JOBS, "destructive_actions": levels})
        self._api = connect({"kubeconfig": str(kubeconfig)}, {}, "guardrail.kubernetes tests")

    def publish(self, library: Library) -> None:
        """Make the library the one that judges, without lint and tests: a test may want it broken."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        stated = PublishedLibrary(to_published(library), library.name, library.version, library.revision, now)
        published_library.publish(self._api, stated, published_library.read(self._api))

    def restore(self) -> None:
        """The checkout's library judges again. What does not state a revision or was emptied is replaced as well."""
        live = published_library.read(self._api)
        if live is None or (dict(live.data), live.revision) != (to_published(self.real), self.real.revision):
            self.publish(self.real)

    def remove(self) -> None:
        self.admin.delete(CONFIG_MAP)

    def close(self) -> None:
        self._api.close()

    def with_rule(self, body: str) -> Library:
        """main.rego and one rule file; ``body`` follows its package and import."""
        text = f"package kubernetesexecution.safety.common.extra\n\nimport rego.v1\n\n{body}\n"
        return self.with_modules({_EXTRA: text})

    def with_main(self, decision: str) -> Library:
        """Another main.rego, given as the text of its rules."""
        return self.with_modules({MAIN: f"package kubernetesexecution\n\nimport rego.v1\n\n{decision}\n"})

    def with_modules(self, modules: Mapping[str, str]) -> Library:
        """The checkout's config with these files, and of its own only what main.rego needs: that compiles quickly."""
        core = {path: text for path, text in self.real.modules.items() if path == MAIN or "/lib/" in path}
        return replace(self.real, modules={**core, **modules})

    def with_config(self, **config: object) -> Library:
        return _with_config(self.real, config)

    def that_denies(self) -> Library:
        return self.with_rule('deny contains {"code": "extra.closed", "message": "Closed for this test."} if true')


def _with_config(library: Library, config: Mapping[str, object]) -> Library:
    return replace(library, data={**library.data, "config": {**library.data["config"], **config}})
