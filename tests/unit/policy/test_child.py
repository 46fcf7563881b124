# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The child: every way it can end, and that nothing of it remains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.child import Outcome
from tests.conftest import COLLECTIONS


@pytest.fixture(autouse=True)
def _no_child_remains() -> object:
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def sleeping() -> bytes:
    time.sleep(60)
    return b""


def dying(number: signal.Signals) -> bytes:
    os.kill(os.getpid(), number)
    return b""


def test_child_returns_what_the_work_returned() -> None:
    content = os.urandom(1_000_000)
    assert child.run(lambda: content) == Outcome(content, "", "")


def test_child_returns_an_error_as_text() -> None:
    def work() -> bytes:
        raise ValueError("größer als 3")

    assert child.run(work) == Outcome(b"", "größer als 3", "")


def test_child_does_not_return_into_the_caller_when_the_work_exits() -> None:
    assert child.run(lambda: sys.exit("bye")) == Outcome(b"", "bye", "")


def test_child_keeps_output_off_the_callers_descriptors(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> bytes:
        os.write(1, b"one ")
        os.write(2, b"two")
        return b"x"

    assert child.run(work) == Outcome(b"x", "", "one two")
    assert capfd.readouterr() == ("", "")


def test_child_that_prints_much_is_drained_and_cut() -> None:
    def chatty() -> bytes:
        for _ in range(100):
            os.write(1, b"+" * 60_000)
        return b"ok"

    outcome = child.run(chatty)
    assert (outcome.answer, outcome.output) == (b"ok", "+" * 64 * 1024)


@pytest.mark.parametrize(
    ("work", "code", "message"),
    [
        pytest.param(
            sleeping,
            "policy.timeout",
            "The policies gave no decision within 0.1 s and were stopped.",
            id="sleeps",
        ),
        pytest.param(
            lambda: dying(signal.SIGSEGV),
            "policy.crashed",
            "The policies crashed the engine (SIGSEGV).",
            id="crashes",
        ),
        pytest.param(
            lambda: bytes(os.write(2, b"terminate\n  what(): no field\n") and os.abort()),
            "policy.crashed",
            "The policies crashed the engine (SIGABRT: what(): no field).",
            id="aborts",
        ),
        pytest.param(
            lambda: os._exit(3),
            "policy.crashed",
            "The evaluation ended without an answer (exit status 3).",
            id="exits",
        ),
        pytest.param(
            lambda: os._exit(0),
            "policy.crashed",
            "The evaluation ended without an answer (exit status 0).",
            id="exits-well",
        ),
        pytest.param(
            lambda: bytes(200 * 1024 * 1024),
            "policy.out-of-memory",
            "The policies needed more memory than an evaluation may have.",
            id="allocates",
        ),
        pytest.param(
            lambda: bytes(17 * 1024 * 1024),
            "policy.out-of-memory",
            "The answer of the policies is larger than 16 MiB.",
            id="answers-too-much",
        ),
    ],
)
def test_child_that_fails_is_told_apart(work: Callable[[], bytes], code: str, message: str) -> None:
    deadline_s = 0.1 if code == "policy.timeout" else 5.0
    with pytest.raises(PolicyUnusable) as caught:
        child.run(work, deadline_s=deadline_s, memory_bytes=100 * 1024 * 1024)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_child_that_closes_its_pipes_is_killed_at_the_deadline() -> None:
    def silent() -> bytes:
        os.closerange(1, 256)
        return sleeping()

    with pytest.raises(PolicyUnusable, match=r"policy\.timeout"):
        child.run(silent, deadline_s=0.1)


def test_child_that_ignores_signals_is_killed_at_the_deadline() -> None:
    def stubborn() -> bytes:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(1)
        os.close(2)
        while True:
            pass

    started = time.monotonic()
    with pytest.raises(PolicyUnusable, match=r"policy\.timeout"):
        child.run(stubborn, deadline_s=0.1)
    assert time.monotonic() - started < 2


def test_no_child_is_started_when_the_deadline_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    with pytest.raises(PolicyUnusable, match="within 5 s"):
        child.run(lambda: b"", deadline_s=-0.1, stated_s=5)


def test_failure_to_fork_is_a_failure_of_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(os, "fork", refused)
    with pytest.raises(PolicyUnusable, match=r"No child process could be run.*\[policy\.crashed\]"):
        child.run(lambda: b"")
    assert os.listdir("/proc/self/fd") == before


def test_child_leaves_the_callers_signal_handlers_alone() -> None:
    def handler(*_: object) -> None:
        os.write(2, b"handled")

    previous = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(PolicyUnusable, match="SIGTERM"):
            child.run(lambda: dying(signal.SIGTERM))
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, previous)


def test_interrupt_of_the_caller_ends_the_child() -> None:
    """The autouse fixture proves that it is gone."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupted)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            child.run(sleeping)
    finally:
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a child of its parent's death on Linux only")
def test_child_dies_with_its_parent() -> None:
    program = f"""
import sys, time, os
sys.path.insert(0, {str(COLLECTIONS)!r})
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child
out = os.dup(1)
def work():
    os.write(out, b"%d\\n" % os.getpid())
    time.sleep(60)
    return b""
child.run(work, deadline_s=60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 5
    while time.monotonic() < until and _alive(pid):
        time.sleep(0.01)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
