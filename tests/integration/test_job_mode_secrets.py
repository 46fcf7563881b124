# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Secret updated by a Job: neither the old nor the new value is anywhere but in the Secret itself, and in one that goes
with the Job (I6)."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.provider import node_lacks
from tests.conftest import COLLECTIONS
from tests.integration.gate_calls import assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import secret
from tests.integration.job_mode_site import EXECUTIONS, JOBS, PODS, SECRETS, JobSite, eventually, job_accounts_in

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]

OLD, NEW = (f"canary-{secrets.token_hex(8)}" for _ in range(2))
FORMS = [form for value in (OLD, NEW) for form in (value, base64.b64encode(value.encode()).decode())]


@pytest.fixture(scope="module")
def database(site: JobSite) -> str:
    """Path of a Secret."""
    site.admin.apply(*job_accounts_in(site.namespace), secret(site.namespace, "database", password=OLD))
    return path_to("Secret", "database", site.namespace)


def stored(site: JobSite, path: str) -> str:
    return base64.b64decode(site.admin.get(path)["data"]["password"]).decode()


def told(text: str) -> list[str]:
    """The forms of the values that a text has."""
    return [form for form in FORMS if form in text]


def left_in_the_cluster(site: JobSite) -> str:
    """All that the executions on the Secret left: Jobs, pods, records, Events."""
    everything: list[Any] = []
    chosen = f"labelSelector=guardrail.dev/namespace={site.namespace}"
    for path in (JOBS, PODS, EXECUTIONS):
        everything += site.admin.get(f"{path}?{chosen}")["items"]
    events = site.admin.get("/api/v1/events")["items"]
    return json.dumps([everything, events])


def test_the_values_are_nowhere_even_at_the_highest_verbosity(site: JobSite, database: str, tmp_path: Path) -> None:
    playbook = tmp_path / "rotate.yml"
    task = {"name": "database", "namespace": site.namespace, "string_data": {"password": NEW}, "execution": "job"}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"name": "Rotate", "guardrail.kubernetes.update_secret": task, "register": "rotated"},
            {"name": "Show", "ansible.builtin.debug": {"var": "rotated"}},
        ],
    }
    playbook.write_text(json.dumps([play]))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("K8S_AUTH_", "ANSIBLE_", "KUBE"))},
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "KUBECONFIG": str(site.cluster.kubeconfig("runner")),
        "HOME": str(tmp_path),
        "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-vvvv", "--diff", str(playbook)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:]
    assert stored(site, database) == NEW
    assert '"succeeded": true' in done.stdout
    assert told(done.stdout + done.stderr + (tmp_path / "ansible.log").read_text()) == []
    assert told(left_in_the_cluster(site)) == []


def test_what_travels_in_a_secret_goes_with_its_job(site: JobSite, database: str) -> None:
    result = site.by_job("UpdateSecret", name="database", namespace=site.namespace, string_data={"password": OLD})
    assert_succeeded(result)
    name = result["execution"]["job"]["name"]
    assert (stored(site, database), told(json.dumps(result))) == (OLD, [])
    assert result["execution"]["job"]["log"] == "secret/database patched"
    eventually(lambda: site.admin.find(f"{SECRETS}/{name}") is None and site.admin.find(f"{JOBS}/{name}") is None)


def test_a_job_shows_no_value_while_it_waits(site: JobSite, database: str) -> None:
    seen: list[str] = []

    def look(jobs: str = f"{JOBS}?labelSelector=guardrail.dev/namespace={site.namespace}") -> None:
        eventually(lambda: [job for job in site.admin.get(jobs)["items"] if "deletionTimestamp" not in job["metadata"]])
        seen.append(left_in_the_cluster(site))

    site.publish(node_selector={"guardrail.test/nowhere": "true"})
    looking = threading.Thread(target=look)
    looking.start()
    try:
        options = {"name": "database", "namespace": site.namespace, "string_data": {"password": NEW}}
        result = site.by_job("UpdateSecret", wait_timeout=5, **options)
    finally:
        looking.join()
        site.publish()
    assert result["code"] == "job.deadline"
    assert (result["changed"], stored(site, database), told(json.dumps(result))) == (False, OLD, [])
    assert (len(seen), "secretName" in seen[0], told(seen[0])) == (1, True, [])
    name = result["execution"]["job"]["name"]
    eventually(lambda: site.admin.find(f"{SECRETS}/{name}") is None)
