# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of the demo, in order, each as the identity that would run it, and a look at what is on record.

They are named by collection, so the same story can be told with the checkout or with an installed tarball: only the
collections path differs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.cluster.cluster import Cluster


class StoryError(Exception):
    """Something did not go as the story tells. The message says what."""


@dataclass(frozen=True)
class Chapter:
    """One playbook.

    Attributes:
        identity: Whose kubeconfig it gets.
        arguments: Further arguments of ansible-playbook, found out when it begins.
    """

    title: str
    playbook: str
    identity: str
    arguments: Callable[[Cluster], Sequence[str]] = lambda cluster: ()


def _what_waits(cluster: Cluster) -> Sequence[str]:
    """The execution that waits for an approval: what the task's result and ``kubectl get kexec`` name."""
    names = _kubectl(
        cluster,
        "get",
        "kexec",
        "--namespace=guardrail-system",
        "--field-selector=status.phase=AwaitingApproval",
        "--sort-by=.metadata.creationTimestamp",
        "--output=jsonpath={.items[*].metadata.name}",
    ).split()
    if not names:
        raise StoryError("no execution waits for an approval")
    return ("-e", f"execution={names[-1]}", "-e", "confirm=yes")


CHAPTERS = (
    Chapter("Install the executor, publish its library (as an administrator)", "guardrail.kubernetes.install", "admin"),
    Chapter("Create the workloads (as the platform team)", "guardrail.kubernetes.demo_workloads", "admin"),
    Chapter("Remediate (as the runner, which may do no more than its role)", "guardrail.kubernetes.demo", "runner"),
    Chapter("Approve the image (as the approver)", "guardrail.kubernetes.approve", "approver", _what_waits),
    Chapter("Run that task again (as the runner)", "guardrail.kubernetes.demo_approved", "runner"),
)
# What is looked at in the end, with the title above it.
RECORDS = (
    ("What is on record", ("get", "kexec", "--all-namespaces", "--sort-by=.metadata.creationTimestamp")),
    ("Who approved what", ("get", "kapproval", "--all-namespaces", "--sort-by=.metadata.creationTimestamp")),
)


def tell(
    cluster: Cluster, collections: Path, *, ansible_playbook: Path | None = None, out: IO[str] | None = None
) -> None:
    """Run all chapters.

    Args:
        collections: Collections path with guardrail.kubernetes in it.
        ansible_playbook: The command; by default the one beside this interpreter.
        out: Where the output goes; by default this program's own.

    Raises:
        StoryError: A chapter ended with another exit code than 0, or nothing waits for the approval.
    """
    command = ansible_playbook or Path(sys.executable).with_name("ansible-playbook")
    for number, chapter in enumerate(CHAPTERS, 1):
        call = (chapter.playbook, *chapter.arguments(cluster))
        _title(f"{number}/{len(CHAPTERS)}  {chapter.title}", f"ansible-playbook {' '.join(call)}", out)
        environ = environment(cluster, chapter.identity, collections, os.environ)
        done = subprocess.run([command, *call], env=environ, stdout=out, stderr=out, check=False)
        if done.returncode:
            raise StoryError(f"{chapter.playbook} ended with exit code {done.returncode}")
    for title, look in RECORDS:
        _title(title, f"kubectl {' '.join(look)}", out)
        print(_kubectl(cluster, *look), end="", file=out or sys.stdout, flush=True)


def environment(cluster: Cluster, identity: str, collections: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a playbook: nothing of the user's own Ansible or Kubernetes settings, one identity."""
    kept = {key: value for key, value in environ.items() if not key.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    return {
        **kept,
        "KUBECONFIG": str(cluster.kubeconfig(identity)),
        "PATH": f"{cluster.kubectl_path.parent}{os.pathsep}{environ.get('PATH', '')}",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CONFIG": str(Path(__file__).with_name("ansible.cfg")),
        "ANSIBLE_FORCE_COLOR": "true" if sys.stdout.isatty() else "false",
    }


def _kubectl(cluster: Cluster, *arguments: str) -> str:
    done = cluster.kubectl(*arguments)
    if done.returncode:
        raise StoryError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _title(title: str, command: str, out: IO[str] | None) -> None:
    print(f"\n{'=' * 100}\n{title}\n$ {command}\n{'=' * 100}", file=out or sys.stdout, flush=True)
