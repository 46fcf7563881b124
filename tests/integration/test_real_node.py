# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real node of the local cluster: pods there are real containers, and nothing of it reaches the machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import state
from tests.cluster.cluster import Cluster
from tests.cluster.process import ProcessRecord
from tests.cluster.provider import attached_cluster, node_lacks
from tests.cluster.realnode import cgroups
from tests.cluster.realnode.settings import (
    ADDRESS,
    KERNEL_SETTINGS,
    KUBELET_PORT,
    LABEL,
    NAME,
    SERVICE,
    cgroup_name,
)
from tests.integration.real_node_site import RealNodeSite, eventually, process_status, restricted_pod

pytest_plugins = ["tests.integration.job_mode_fixtures"]
LACKING = node_lacks()
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.skipif(bool(LACKING), reason=f"A real node needs {'; '.join(LACKING)}"),
]


@pytest.fixture(scope="module")
def site(real_cluster: Cluster) -> Iterator[RealNodeSite]:
    with RealNodeSite(real_cluster) as opened:
        yield opened


def test_the_node_is_ready_marked_and_not_simulated(site: RealNodeSite) -> None:
    node = site.get("node", NAME)
    conditions = {condition["type"]: condition["status"] for condition in node["status"]["conditions"]}
    assert conditions == {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
    assert node["metadata"]["labels"][LABEL] == "true"
    assert "type" not in node["metadata"]["labels"]
    assert node["spec"]["taints"] == [{"key": LABEL, "value": "true", "effect": "NoSchedule"}]
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://2.")
    assert {"type": "InternalIP", "address": ADDRESS} in node["status"]["addresses"]


def test_a_pod_that_does_not_tolerate_it_never_lands_there(site: RealNodeSite) -> None:
    spec = restricted_pod(site.cluster.images["kubectl"], ("version",))
    spec["tolerations"] = []
    where = {"name": "intolerant", "namespace": site.namespace}
    site.apply({"apiVersion": "v1", "kind": "Pod", "metadata": where, "spec": spec})

    def refused() -> str | None:
        conditions = site.get("pod", "intolerant")["status"].get("conditions", [])
        return next((condition.get("reason") for condition in conditions if condition["status"] == "False"), None)

    assert eventually(refused) == "Unschedulable"


def test_a_job_completes_under_the_restricted_profile(site: RealNodeSite) -> None:
    job = site.run("version", "version", "--client", "--output=json")
    assert job["status"]["succeeded"] == 1
    (pod,) = site.pods("version")
    (container,) = pod["status"]["containerStatuses"]
    assert (pod["spec"]["nodeName"], site.exit_code("version")) == (NAME, 0)
    assert container["imageID"] == site.cluster.images["kubectl"]
    version = site.get("node", NAME)["status"]["nodeInfo"]["kubeletVersion"]
    assert json.loads(site.log("version"))["clientVersion"]["gitVersion"] == version


def test_the_profile_is_enforced(site: RealNodeSite) -> None:
    spec = restricted_pod(site.cluster.images["kubectl"], ("version",))
    spec["securityContext"]["runAsNonRoot"] = False
    where = {"name": "privileged", "namespace": site.namespace}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": where, "spec": spec}
    refused = site.cluster.kubectl("create", "--filename=-", input=json.dumps(pod))
    assert 'violates PodSecurity "restricted:latest": runAsNonRoot != true' in refused.stderr


def test_its_process_has_no_rights_and_a_network_of_its_own(site: RealNodeSite) -> None:
    site.start("sleeper", "pause", image="agnhost")
    (pid,) = site.processes(site.running_pod("sleeper"))
    status = process_status(pid)
    assert {key: status[key] for key in ("Uid", "NoNewPrivs", "Seccomp", "CapEff", "CapBnd")} == {
        "Uid": "65532\t65532\t65532\t65532",
        "NoNewPrivs": "1",
        "Seccomp": "2",  # a filter
        "CapEff": "0000000000000000",
        "CapBnd": "0000000000000000",
    }
    outside = supervisor(site.cluster).pid
    assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink(f"/proc/{outside}/ns/net")
    site.kubectl("delete", "job", "sleeper", "--wait=false")


def test_a_root_that_is_read_only_cannot_be_written(site: RealNodeSite) -> None:
    site.run("writer", "config", "set-cluster", "here", "--kubeconfig=/written")
    assert site.exit_code("writer") == 1
    assert "read-only file system" in site.log("writer")


def test_a_service_account_may_what_its_role_says_and_no_more(site: RealNodeSite) -> None:
    site.account("lister", {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]})
    site.run("may", "get", "configmaps", "--output=name", account="lister")
    site.run("may-not", "get", "secrets", account="lister")
    assert (site.exit_code("may"), site.log("may")) == (0, "configmap/kube-root-ca.crt\n")
    assert site.exit_code("may-not") == 1
    user = f"system:serviceaccount:{site.namespace}:lister"
    assert f'Error from server (Forbidden): secrets is forbidden: User "{user}"' in site.log("may-not")


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ("{service}", 0, ""),
        ("127.0.0.1:{api}", 1, "REFUSED"),
        ("{machine}:{api}", 1, "OTHER: .* network is unreachable"),
        ("{node}:{kubelet}", 1, "REFUSED"),
    ],
    ids=["the-service", "its-own-loopback", "the-machine", "the-kubelet"],
)
def test_a_pod_reaches_the_api_server_and_nothing_else(
    site: RealNodeSite, target: str, code: int, said: str, request: pytest.FixtureRequest
) -> None:
    api = re.search(r":(\d+)$", site.kubectl("config", "view", "--output=jsonpath={.clusters[0].cluster.server}"))
    assert api
    place = target.format(
        service="{}:{}".format(*SERVICE), api=api[1], machine=machine_address(), node=ADDRESS, kubelet=KUBELET_PORT
    )
    name = request.node.callspec.id
    site.run(name, "connect", "--timeout=3s", place, image="agnhost")
    assert site.exit_code(name) == code
    assert re.fullmatch(said, site.log(name).strip())


def test_the_deadline_ends_the_process(site: RealNodeSite) -> None:
    site.start("late", "pause", image="agnhost", activeDeadlineSeconds=3)
    pids = site.processes(site.running_pod("late"))
    job = site.ended("late")
    reasons = [condition["reason"] for condition in job["status"]["conditions"] if condition["type"] == "Failed"]
    assert reasons == ["DeadlineExceeded"]
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_an_evicted_pod_is_asked_to_end_and_ends(site: RealNodeSite) -> None:
    site.start("evicted", "pause", image="agnhost")
    pod = site.running_pod("evicted")
    pids, name = site.processes(pod), pod["metadata"]["name"]
    where = {"name": name, "namespace": site.namespace}
    body = json.dumps({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": where})
    site.kubectl(
        "create", "--filename=-", f"--raw=/api/v1/namespaces/{site.namespace}/pods/{name}/eviction", input=body
    )
    failed = site.ended("evicted")
    assert failed["status"]["failed"] == 1
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """The directory of a cluster that is started from the command line."""
    yield tmp_path / "c"
    command("down", place=tmp_path / "c")


def test_a_killed_node_is_cleaned_up_and_nothing_is_left_in_the_end(place: Path) -> None:
    before = traces(place)
    command("up", "--node", "real", place=place)
    with RealNodeSite(running(place)) as site:
        site.start("sleeper", "pause", image="agnhost")
        pids = site.processes(site.running_pod("sleeper"))
        killed = supervisor(site.cluster)
        os.kill(killed.pid, signal.SIGKILL)
        assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    command("up", "--node", "real", place=place)
    with RealNodeSite(running(place)) as site:
        assert supervisor(site.cluster) != killed
        assert site.run("again", "version", "--client")["status"]["succeeded"] == 1
    command("down", place=place)
    assert traces(place) == before
    assert [entry.name for entry in place.iterdir()] == [state.LOCK]


def command(*arguments: str, place: Path) -> None:
    environ = {**os.environ, "GUARDRAIL_CLUSTER_DIR": str(place), "CLUSTER": ""}
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster", *arguments], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def traces(place: Path) -> dict[str, list[str]]:
    """What a node could leave on this machine: network, mounts, settings of the kernel, cgroups, processes."""
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return {
        "links": sorted(os.listdir("/sys/class/net")),
        "forwarding": [Path("/proc/sys/net/ipv4/ip_forward").read_text()],
        "mounts": sorted(line for line in Path("/proc/self/mounts").read_text().splitlines() if str(place) in line),
        "namespaces": sorted(os.listdir("/run/netns")) if Path("/run/netns").is_dir() else [],
        "settings": [Path("/proc/sys", setting).read_text() for setting in KERNEL_SETTINGS],
        "cgroups": [str(one) for one in cgroups.hierarchies() if (one / cgroup_name(place / "node")).exists()],
        "processes": [line.decode(errors="replace") for line in commands if str(place).encode() in line],
    }


def running(place: Path) -> Cluster:
    cluster = attached_cluster(place)
    assert cluster
    return cluster


def supervisor(cluster: Cluster) -> ProcessRecord:
    record = state.read(cluster.state_dir)
    assert record
    (found,) = (process for process in record.processes if process.name == "node")
    return found


def machine_address() -> str:
    """An address of this machine that is not the loopback's."""
    command = ["ip", "-4", "-oneline", "address", "show", "scope", "global"]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return words[words.index("inet") + 1].partition("/")[0] if "inet" in words else "192.0.2.1"
