# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in processes of their own, many at once and started quickly: forked from one that has imported everything.

The nursery has one thread, so that its forks are whole. It reads one job for each line of its standard input and writes
one line when the process of a job starts and one when it has ended. How long a record may be Pending, and how long after
its deadline an execution counts as dead, a test may shorten for its processes; the product has no such option.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from tests.conftest import COLLECTIONS, ROOT

Result = dict[str, Any]
_EXECUTION = "ansible_collections.guardrail.kubernetes.plugins.module_utils._execution"


class Job:
    """One task in a process of its own.

    Attributes:
        pid: Of its process; ``None`` before it has started.
        ended_s: On the monotonic clock; ``None`` while it runs.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.pid: int | None = None
        self.started_s: float | None = None
        self.ended_s: float | None = None
        self.status: int | None = None
        self._started, self._ended = threading.Event(), threading.Event()

    def note(self, line: Mapping[str, Any]) -> None:
        """Take what the nursery says about it."""
        if "pid" in line:
            self.pid, self.started_s = line["pid"], time.monotonic()
            self._started.set()
        else:
            self.status, self.ended_s = line["status"], time.monotonic()
            self._ended.set()

    def kill(self) -> None:
        """kill -9; returns when it is dead."""
        assert self._started.wait(20.0)
        assert self.pid is not None
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        assert self._ended.wait(20.0)

    @property
    def was_killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def wait(self, seconds: float = 60.0) -> Self:
        """Wait until it has ended."""
        assert self._ended.wait(seconds), f"{self.place.stem} has not ended after {seconds:g} s"
        return self

    @property
    def result(self) -> Result:
        """The task's result. Only of a process that was not killed."""
        self.wait()
        found: Result = json.loads(self.place.read_text())
        return found

    @property
    def took_s(self) -> float:
        assert self.started_s is not None
        assert self.ended_s is not None
        return self.ended_s - self.started_s


class Nursery:
    """Starts jobs. Ends with the test that made it."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._jobs: dict[str, Job] = {}
        foreign = ("K8S_AUTH_", "KUBE", "ANSIBLE", "GUARDRAIL_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environ |= {"HOME": str(place), "XDG_CACHE_HOME": str(place), "PYTHONPATH": f"{ROOT}:{COLLECTIONS}"}
        command = [sys.executable, "-m", "tests.integration.records_nursery"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environ, cwd=ROOT
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, action: str, *, shorter: Mapping[str, float] | None = None, **options: Any) -> Job:
        """Start a task.

        Args:
            shorter: ``PENDING_S``, ``DECISION_S``, ``TURN_S``, ``GRACE_S`` for this process.
            options: Of the module.
        """
        name = f"job-{len(self._jobs)}"
        job = self._jobs[name] = Job(self._place / f"{name}.json")
        line = {"job": name, "place": str(job.place), "action": action, "options": options, "shorter": shorter or {}}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        return job

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = json.loads(text)
            self._jobs[line["job"]].note(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _run(job: Mapping[str, Any]) -> None:
    """In the child: one task, its result in a file."""
    import importlib

    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import perform_task
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine

    # Forty processes on two processors take their time, and here it is not the policies that are to be stopped.
    Engine.__init__.__kwdefaults__["deadline_s"] = 30.0
    for name, seconds in job["shorter"].items():
        for module in ("record", "opening", "turn", "ledger"):
            loaded = importlib.import_module(f"{_EXECUTION}.{module}")
            if hasattr(loaded, name):
                setattr(loaded, name, seconds)
    validated = ArgumentSpecValidator(action_arguments(ACTIONS[job["action"]].options)).validate(job["options"])
    assert not validated.error_messages, validated.error_messages
    result = perform_task(job["action"], validated.validated_parameters, check_mode=False, environ=dict(os.environ))
    unfinished = Path(job["place"]).with_suffix(".part")
    unfinished.write_text(json.dumps(result))
    unfinished.rename(job["place"])


def _fork(job: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        devnull = os.open(os.devnull, os.O_RDWR)
        os.dup2(devnull, 0)
        os.dup2(devnull, 1)
        _run(job)
        status = 0
    finally:
        os._exit(status)


def _reap(children: dict[int, str], *, block: bool) -> None:
    while children:
        pid, status = os.waitpid(-1, 0 if block else os.WNOHANG)
        if not pid:
            return
        _tell(job=children.pop(pid), status=os.waitstatus_to_exitcode(status))


@contextlib.contextmanager
def _woken_by_children() -> Iterator[int]:
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    yield reader


def _serve() -> None:
    import kubernetes  # noqa: F401 - so that the children need not
    import regopy  # noqa: F401
    import urllib3  # noqa: F401

    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import task  # noqa: F401

    children: dict[int, str] = {}
    with _woken_by_children() as wakened, selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(wakened, selectors.EVENT_READ)
        unread = b""
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if wakened in ready:
                os.read(wakened, 1 << 16)
            _reap(children, block=False)
            if 0 not in ready:
                continue
            piece = os.read(0, 1 << 16)
            if not piece:
                break
            *lines, unread = (unread + piece).split(b"\n")
            for line in lines:
                job = json.loads(line)
                pid = _fork(job)
                children[pid] = job["job"]
                _tell(job=job["job"], pid=pid)
    _reap(children, block=True)


if __name__ == "__main__":
    _serve()
