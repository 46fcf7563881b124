# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.demo``: starts the local cluster, unless it runs, and tells the story on it.

The cluster stays for a look around. Exit code 0 means that everything happened as told: what was to be refused was
refused, and the cluster proves that nothing changed.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from types import FrameType

from tests.cluster.cluster import Cluster
from tests.cluster.errors import ClusterError
from tests.cluster.paths import cluster_dir
from tests.cluster.provider import attached_cluster, choose, open_cluster
from tests.conftest import link_collection
from tests.demo.story import StoryError, tell


def main() -> int:
    """Return 0 when the story went as told."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        cluster = running_cluster()
        try:
            tell(cluster, link_collection())
        finally:
            print(_farewell(cluster), flush=True)
    except (ClusterError, StoryError) as error:
        print(f"\nThe demo did not go as told: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    print("\nEverything went as told.")
    return 0


def running_cluster() -> Cluster:
    """The cluster of ``make cluster``, started if need be. It outlives this program."""
    place = cluster_dir()
    cluster = attached_cluster(place)
    if cluster is None:
        choice = choose()
        print(f"Starting a local cluster (provider {choice.provider}: {choice.why}).", flush=True)
        cluster = open_cluster(choice, place, bound=False)
        cluster.start()
    elif cluster.provider != "existing":
        # A demo that was interrupted may have left a node cordoned.
        cluster.kubectl("uncordon", "--selector=node-role.kubernetes.io/worker")
    return cluster


def _farewell(cluster: Cluster) -> str:
    path = shlex.quote(str(cluster.kubeconfig()))
    clean = "make cluster-down"
    if cluster.provider == "existing":
        # The policies first: as long as they are in force, what is evidence cannot be deleted.
        kinds = "crd,clusterrole,validatingadmissionpolicy,validatingadmissionpolicybinding"
        clean = "\n  ".join(
            [
                f"kubectl delete {kinds} --selector=app.kubernetes.io/part-of=guardrail",
                "kubectl delete namespace shop guardrail-system guardrail-identities tenant",
            ]
        )
    return "\n".join(
        [
            f"\n{'=' * 100}",
            "The cluster keeps running, so that you can look around:",
            f"  export KUBECONFIG={path}",
            f"  export PATH={shlex.quote(str(cluster.kubectl_path.parent))}:$PATH",
            "  kubectl get deployments,pods,poddisruptionbudgets --namespace shop --output wide",
            "  kubectl get kexec --all-namespaces --output wide",
            "  kubectl describe deployment web --namespace shop",
            "Clean up:",
            f"  {clean}",
        ]
    )


def _leave(number: int, _frame: FrameType | None) -> None:
    # As an exception, so that the running playbook is ended on the way out.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # The demo talks to servers of this machine only.
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost")))
    sys.exit(main())
