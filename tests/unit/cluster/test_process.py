# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.process import Command, Process, ProcessRecord, birth

Start = Callable[..., Process]


def eventually(satisfied: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    limit = time.monotonic() + timeout_s
    while not (met := satisfied()) and time.monotonic() < limit:
        time.sleep(0.01)
    return met


def shell(script: str) -> Command:
    return Command("server", ("/bin/sh", "-c", script))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def run(script: str, *, bound: bool = True) -> Process:
        started.append(Process(shell(script), tmp_path / "server.log", bound=bound))
        return started[-1]

    yield run
    for process in started:
        process.end(signal.SIGKILL)


@pytest.mark.parametrize(
    ("script", "ending"),
    [("exit 7", "exited with code 7"), ("kill -SEGV $$", "was killed by SIGSEGV")],
    ids=["exit-code", "signal"],
)
def test_an_early_end_is_reported_with_its_cause_and_the_end_of_the_log(start: Start, script: str, ending: str) -> None:
    process = start(f"seq 100; echo the reason >&2; {script}")
    with pytest.raises(ClusterError) as caught:
        process.await_ready(lambda: False, timeout_s=10)
    message = str(caught.value)
    assert message.startswith(f"server {ending} before it was ready.")
    assert message.endswith("\n  99\n  100\n  the reason")
    assert "\n  86\n" not in message


def test_a_server_that_is_never_ready_is_reported_with_the_end_of_its_log(start: Start) -> None:
    process = start("echo starting; exec sleep 60")
    assert eventually(lambda: process.log.read_text() == "starting\n")
    with pytest.raises(ClusterError, match=r"server was not ready within 0 s\..*\n  starting$"):
        process.await_ready(lambda: False, timeout_s=0.1)


def test_an_early_end_without_a_word_names_the_empty_log(start: Start) -> None:
    with pytest.raises(ClusterError, match=r"Its log \(.*server\.log\) is empty"):
        start("exit 1").await_ready(lambda: False, timeout_s=10)


def test_waiting_ends_when_the_server_is_ready(start: Start) -> None:
    answers = iter([False, False, True])
    start("exec sleep 60").await_ready(lambda: next(answers), timeout_s=10)


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="server cannot be started: /nowhere/server is no program"):
        Process(Command("server", ("/nowhere/server",)), tmp_path / "log", bound=False)


def test_ending_a_process_ends_what_it_started(start: Start) -> None:
    process = start("sleep 60 & echo $!; wait")
    assert eventually(lambda: process.log.read_text().strip() != "")
    child = int(process.log.read_text())
    assert birth(child)
    process.end()
    assert eventually(lambda: not birth(child))
    assert not process.record.is_alive()


def test_a_process_that_ignores_the_polite_signal_is_killed(start: Start) -> None:
    process = start("trap '' TERM; echo deaf; while :; do sleep 0.05; done")
    assert eventually(lambda: process.log.read_text() == "deaf\n")
    process.end(patience_s=0.1)
    assert not process.record.is_alive()


def test_a_record_ends_the_process_of_another_program(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        record = ProcessRecord("other", other.pid, birth(other.pid))
        assert record.is_alive()
        record.end()
        assert not record.is_alive()


def test_a_record_leaves_a_process_alone_that_got_the_number_later() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        record = ProcessRecord("other", other.pid, "some other time")
        record.end()
        assert (record.is_alive(), other.poll()) == (False, None)
        other.kill()


def test_a_bound_process_outlives_the_thread_that_asked_for_it(start: Start) -> None:
    started: list[Process] = []

    def ask() -> None:
        started.append(start("echo up; exec sleep 60"))
        eventually(lambda: started[0].log.read_text() == "up\n")

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert started[0].record.is_alive()


OWNER = """
import sys, time
from pathlib import Path
from tests.cluster.process import Command, Process
command = Command("server", ("/bin/sh", "-c", "echo up; exec sleep 60"))
log = Path(sys.argv[1])
process = Process(command, log, bound=sys.argv[2] == "bound")
while log.read_text() != "up\\n":
    time.sleep(0.01)
print(process.record.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
@pytest.mark.parametrize(("kind", "survives"), [("bound", False), ("detached", True)])
def test_only_a_detached_process_survives_a_killed_program(tmp_path: Path, kind: str, survives: bool) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path / "log"), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        record = ProcessRecord("server", pid, birth(pid))
        owner.kill()
    assert eventually(lambda: record.is_alive() is survives)
    if survives:
        time.sleep(0.1)
        assert record.is_alive()
        record.end(signal.SIGKILL)
