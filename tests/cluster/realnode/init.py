# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first process inside the node's namespaces: prepares them, starts containerd and the kubelet, reaps.

When it ends, for whatever reason, the kernel ends everything inside.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.progress import say
from tests.cluster.realnode.settings import ADDRESS, CONTAINERD, KERNEL_SETTINGS, LABEL, NAME, SERVICE, NodeSettings

_SOCKET_S = 30.0


def main(path: str, control: socket.socket) -> int:
    """Run the node until containerd or the kubelet ends, or we are asked to end it.

    Args:
        path: The settings.
        control: Takes the socket of the Service ``kubernetes`` and the network namespace to the supervisor.
    """
    settings = NodeSettings.read(Path(path))
    os.umask(0o022)  # the roots of containers are for others too
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    mount_all(Path(settings.place))
    _hand_over(control)
    containerd = _daemon(settings, "containerd", ("--config", f"{settings.place}/etc/containerd.toml"))
    _await_socket(containerd)
    for archive in settings.images:
        _run(settings.programs["ctr"], "--namespace=k8s.io", "images", "import", "--local", archive)
    kubelet = _daemon(settings, "kubelet", _kubelet_arguments(settings))
    return _watch({containerd.pid: "containerd", kubelet.pid: "kubelet"})


def mount_all(place: Path) -> None:
    """Give the node directories of its own where its programs have fixed paths."""
    _run("mount", "--make-rshared", "/")
    for name, target in (("var-lib", "/var/lib"), ("var-log", "/var/log")):
        _run("mount", "--bind", str(place / name), target)
    for setting in KERNEL_SETTINGS:
        if Path("/proc/sys", setting).exists():
            _run("mount", "--bind", str(place / "sysctl" / setting), f"/proc/sys/{setting}")
    _run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run")


def _hand_over(control: socket.socket) -> None:
    _run("ip", "link", "set", "lo", "up")
    for address in (ADDRESS, SERVICE[0]):
        _run("ip", "address", "add", f"{address}/32", "dev", "lo")
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    with socket.create_server(SERVICE, backlog=128) as listener:
        socket.send_fds(control, [b"ready"], [listener.fileno(), namespace])
    os.close(namespace)


def _kubelet_arguments(settings: NodeSettings) -> tuple[str, ...]:
    return (
        f"--config={settings.place}/etc/kubelet.json",
        f"--kubeconfig={settings.place}/etc/kubeconfig",
        f"--hostname-override={NAME}",
        f"--node-ip={ADDRESS}",
        f"--node-labels={LABEL}=true",
    )


def _daemon(settings: NodeSettings, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    program = settings.programs[name]
    with Path(settings.logs, f"{name}.log").open("ab") as log:
        # containerd looks for its shim on the path.
        environ = {**os.environ, "PATH": f"{Path(program).parent}:{os.environ.get('PATH', os.defpath)}"}
        return subprocess.Popen((program, *arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ)


def _await_socket(containerd: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _SOCKET_S
    while not _answers(CONTAINERD):
        if containerd.poll() is not None or time.monotonic() > limit:
            raise SystemExit("containerd did not start; see containerd.log.")
        time.sleep(0.02)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _watch(daemons: dict[int, str]) -> int:
    while True:  # orphans come to the first process, which has to reap them
        pid, _ = os.wait()
        if pid in daemons:
            say(f"{daemons[pid]} ended; see {daemons[pid]}.log.")
            return 1


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} exited with code {done.returncode}: {done.stderr.strip()[-600:]}")


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], socket.socket(fileno=int(sys.argv[2]))))
