# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""RunJob: Jobs from the published library's templates."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.action_site import ActionSite
from tests.integration.faults import ResetAfter, request_to
from tests.integration.gate_calls import assert_clear, assert_denied, assert_failed, assert_succeeded, at_most
from tests.integration.gate_library import PublishedPolicies

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

IMAGE = "registry.example.com/ops/backup:1"
POD = {"restartPolicy": "Never", "containers": [{"name": "backup", "image": IMAGE, "command": ["/backup"]}]}
SPEC = {"backoffLimit": 0, "activeDeadlineSeconds": 900, "template": {"spec": POD}}
JOBS = {
    "db-backup": {"env": {"TABLE": "[a-z_]{1,40}", "WORDS": "[a-z$() A-Z]*"}, "spec": SPEC},
    # Its pods are not ready by themselves (tests/cluster/stages).
    "slow": {
        "spec": {**SPEC, "template": {"metadata": {"annotations": {"guardrail.test/ready-after": "60s"}}, "spec": POD}}
    },
    "elsewhere": {"namespaces": ["shop"], "spec": SPEC},
}


@pytest.fixture(autouse=True)
def library(policies: PublishedPolicies) -> PublishedPolicies:
    policies.publish(policies.with_config(jobs=JOBS))
    return policies


@contextmanager
def failing(site: ActionSite) -> Iterator[None]:
    """Containers of the Jobs' pods end with an error, as a kubelet would tell it."""
    stop = threading.Event()
    state = {"terminated": {"exitCode": 7, "reason": "Error"}}
    container = {"name": "backup", "ready": False, "restartCount": 0, "image": IMAGE, "imageID": "", "state": state}
    status = {"status": {"phase": "Failed", "containerStatuses": [container]}}

    def fail() -> None:
        while not stop.wait(0.1):
            for pod in site.all("pods", selector="job-name"):
                if pod["status"].get("phase") == "Pending" and pod["spec"].get("nodeName"):
                    path = f"{site.path('Pod', pod['metadata']['name'])}/status"
                    site.admin.ask("PATCH", path, status, "application/merge-patch+json")

    thread = threading.Thread(target=fail)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def jobs(site: ActionSite) -> list[dict[str, Any]]:
    return site.all("jobs", "batch/v1")


def test_a_template_runs_with_its_variables_and_again_as_another_job(site: ActionSite) -> None:
    first = site("RunJob", "db-backup", env={"TABLE": "orders", "WORDS": "a $(TABLE) b"})
    second = site("RunJob", "db-backup", env={"TABLE": "orders"})
    for result in (first, second):
        assert_succeeded(result)
    (job,) = [it for it in jobs(site) if it["metadata"]["name"] == first["diff"]["after"]["job"]]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    # A value names no other variable.
    assert container["env"] == [{"name": "TABLE", "value": "orders"}, {"name": "WORDS", "value": "a $$(TABLE) b"}]
    assert (container["image"], container["command"]) == (IMAGE, ["/backup"])
    assert job["metadata"]["labels"]["guardrail.dev/job-template"] == "db-backup"
    assert len(jobs(site)) == 2


def test_a_job_that_fails_is_told_at_once(site: ActionSite) -> None:
    with failing(site), at_most(10):
        result = site("RunJob", "slow", wait_timeout=60)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert_clear(result, r"Job slow-[0-9a-f]{10} failed: Job has reached the specified backoff limit")


REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "unknown template": ("db-restore", {}, "request.template-unknown", "It has db-backup, elsewhere, slow"),
    "unknown variable": ("db-backup", {"env": {"PATH": "/x"}}, "request.variable-unknown", "It takes TABLE, WORDS"),
    "value of another form": ("db-backup", {"env": {"TABLE": "x; drop"}}, "request.variable-refused", "of the form"),
    "value with a line more": ("db-backup", {"env": {"TABLE": "x\n"}}, "request.variable-refused", "of the form"),
    "no text": ("db-backup", {"env": {"TABLE": 3}}, "request.variable-refused", "in quotes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_template_does_not_let_through(case: str, site: ActionSite) -> None:
    name, options, code, says = REFUSED[case]
    result = site("RunJob", name, **options)
    assert_failed(result, "invalid_parameters", code)
    assert_clear(result, says)
    assert jobs(site) == []


def test_a_template_for_other_namespaces_is_denied(site: ActionSite) -> None:
    assert_denied(site("RunJob", "elsewhere"), "job-templates.other-namespace")
    assert jobs(site) == []


def test_a_template_that_is_replaced_while_it_is_judged_is_not_run(
    site: ActionSite, library: PublishedPolicies
) -> None:
    """What is judged by one library and made from another is denied: the definition is compared."""
    evil = {"db-backup": {**JOBS["db-backup"], "spec": {**SPEC, "backoffLimit": 5}}}
    reads_library = request_to("/configmaps/safety-policies$", "GET")

    def republish() -> None:
        library.publish(library.with_config(jobs=evil))

    site.meanwhile(reads_library, republish, skip=1)  # the first read is of what judges
    assert_denied(site("RunJob", "db-backup"), "job-templates.not-vetted")
    assert jobs(site) == []


def test_a_creation_whose_answer_was_lost_makes_one_job(site: ActionSite) -> None:
    site.proxy.fault(request_to("/jobs$", "POST", dry_run=False), ResetAfter())
    result = site("RunJob", "db-backup", wait=False)
    assert_succeeded(result)
    assert len(jobs(site)) == 1
