# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: ``python3 -m tests.cluster up|down|status|binary``."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tests.cluster import state
from tests.cluster.build import ensure
from tests.cluster.cluster import IDENTITIES, Cluster
from tests.cluster.errors import ClusterError
from tests.cluster.paths import cluster_dir
from tests.cluster.progress import say
from tests.cluster.provider import attached_cluster, choose, discard, open_cluster

_NOT_RUNNING = 3


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.cluster", description="The local Kubernetes cluster.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start it, or say that it runs; the last line sets KUBECONFIG")
    up.add_argument("--node", default="", help="real: also a node that runs containers (Linux, root)")
    commands.add_parser("down", help="end it")
    commands.add_parser("status", help=f"say whether it runs (exit code {_NOT_RUNNING}: it does not)")
    commands.add_parser("binary", help="print the path of a binary, building it if need be").add_argument("name")
    given = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        if given.command == "binary":
            print(ensure([given.name])[given.name])
            return 0
        if given.command == "up":
            return _up(given.node)
        return {"down": _down, "status": _status}[given.command]()
    except ClusterError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; what had been started was ended again.")
        return 130


def _up(node: str) -> int:
    place, started = cluster_dir(), time.monotonic()
    lock = _lock(place)
    cluster = attached_cluster(place)
    wanted = os.environ.get("CLUSTER")
    if cluster and wanted and wanted != cluster.provider:
        raise ClusterError(f"A cluster of provider {cluster.provider} runs already; end it first: make cluster-down.")
    if cluster and node and not cluster.images:
        raise ClusterError("A cluster without a real node runs already; end it first: make cluster-down.")
    if cluster is None or cluster.provider == "existing":  # KUBECONFIG may name another one now
        discard(place)
        choice = choose(node=node)
        say(f"Starting a cluster in {place} (provider {choice.provider}: {choice.why}).")
        cluster = open_cluster(choice, place, bound=False)
        cluster.start()
        say(f"Ready after {time.monotonic() - started:.1f} s.")
    lock.release()
    print(_usage(cluster), flush=True)
    return 0


def _down() -> int:
    place = cluster_dir()
    lock = _lock(place)
    if state.read(place) is None:
        say(f"No cluster runs from {place}.")
    else:
        cluster = attached_cluster(place)
        if cluster:
            cluster.stop()
        discard(place)  # when half of it was gone already
        say(f"The cluster in {place} was ended.")
    lock.release()
    return 0


def _status() -> int:
    place = cluster_dir()
    cluster = attached_cluster(place)
    if cluster is None:
        say(f"No cluster runs from {place}.")
        return _NOT_RUNNING
    print(_usage(cluster), flush=True)
    nodes = cluster.kubectl("get", "nodes", "--request-timeout=5s")
    say(nodes.stdout.rstrip() or nodes.stderr.rstrip())
    return nodes.returncode


def _usage(cluster: Cluster) -> str:
    width = max(len(identity) for identity in IDENTITIES)
    identities = [f"  {identity:<{width}}  {cluster.kubeconfig(identity)}" for identity in IDENTITIES]
    return "\n".join(
        [
            f"A Kubernetes cluster runs (provider {cluster.provider}). A kubeconfig for each identity:",
            *identities,
            f"kubectl of its version: {cluster.kubectl_path}",
            *(f"Image on the real node: {image}" for image in cluster.images.values()),
            "End it with: make cluster-down",
            "Use it as admin in this shell:",
            f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig()))}",
        ]
    )


def _lock(place: Path) -> state.DirectoryLock:
    lock = state.DirectoryLock(place)
    if not lock.acquire():
        say(f"Another program starts or ends the cluster in {place}: waiting for it.")
        lock.wait()
    return lock


def _leave(number: int, _frame: FrameType | None) -> None:
    # As an exception, so that what was started is ended on the way out.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # The tool talks to servers of this machine only.
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost")))
    sys.exit(main(sys.argv[1:]))
