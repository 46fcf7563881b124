# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an append writes, and what it refuses to touch."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import Anchor, AuditOptions, append
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from tests.unit.audit.chains import ENTRY, KEY, TIME, broken, grow, key_file, lines, options, records, tear, verdict

FORK = multiprocessing.get_context("fork")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def refused(to: AuditOptions, deadline_s: float = 5.0) -> str:
    """Code of the refusal. It says what to do next, and nothing of the key."""
    with pytest.raises(GateError) as failure:
        append(to, ENTRY, kind="decision", time=TIME, deadline_s=deadline_s)
    assert failure.value.hint
    assert KEY not in str(failure.value)
    return failure.value.code


class TestLines:
    def test_the_first_append_begins_a_chain(self, tmp_path):
        anchor = append(options(tmp_path), ENTRY, kind="decision", time=TIME)
        first, second = records(options(tmp_path))
        assert second == {
            "format": "guardrail-audit/1",
            "chain": first["chain"],
            "sequence": 1,
            "time": TIME,
            "kind": "decision",
            "content": ENTRY,
            "previous": first["hash"],
            "algorithm": "sha256",
            "hash": second["hash"],
        }
        assert first["content"] == {"continues": None, "written_by": "guardrail.kubernetes 0.1.0"}
        assert (first["sequence"], first["kind"], first["previous"], len(first["chain"])) == (0, "genesis", "", 32)
        assert anchor == Anchor(first["chain"], 1, second["hash"])

    def test_the_file_is_private(self, tmp_path):
        os.umask(os.umask(0))
        grow(options(tmp_path), 1)
        assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600

    def test_each_line_goes_on_where_the_last_one_ended(self, tmp_path):
        trail = options(tmp_path, key=KEY)
        anchors = grow(trail, 5)
        found = records(trail)
        assert [(r["sequence"], r["hash"]) for r in found[1:]] == [(a.sequence, a.hash) for a in anchors]
        assert [r["previous"] for r in found] == ["", *(r["hash"] for r in found[:-1])]
        assert {r["key_id"] for r in found} == {found[0]["key_id"]}
        assert verdict(b"".join(lines(trail)), trail.key_file).broken is None

    def test_the_hash_can_be_computed_with_ordinary_tools(self, tmp_path):
        trail = options(tmp_path)
        grow(trail, 1)
        cut = "sed -n 2p audit.jsonl | sed -E 's/,\"hash\":\"[0-9a-f]{64}\"}$//' | tr -d '\\n' | sha256sum"
        found = subprocess.run(["/bin/sh", "-c", cut], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        assert found.split()[0] == records(trail)[1]["hash"]

    def test_an_empty_file_that_log_rotation_made_is_begun(self, tmp_path):
        (tmp_path / "audit.jsonl").touch(mode=0o640)
        grow(options(tmp_path), 1)
        assert [r["kind"] for r in records(options(tmp_path))] == ["genesis", "decision"]
        assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o640

    def test_a_new_file_names_the_head_of_the_one_before(self, tmp_path):
        trail = options(tmp_path)
        head = grow(trail, 2)[-1]
        Path(trail.path).rename(trail.path + ".1")
        grow(trail, 1)
        assert records(trail)[0]["content"]["continues"] == vars(head)
        assert records(trail)[0]["chain"] != head.chain

    @pytest.mark.parametrize("former", [b"", b"something else\n", b"no line break"])
    def test_a_former_file_that_says_nothing_is_not_named(self, tmp_path, former):
        (tmp_path / "audit.jsonl.1").write_bytes(former)
        grow(options(tmp_path), 1)
        assert records(options(tmp_path))[0]["content"]["continues"] is None

    def test_nothing_but_decisions_and_outcomes(self, tmp_path):
        with pytest.raises(ValueError, match="genesis"):
            append(options(tmp_path), ENTRY, kind="genesis", time=TIME)
        assert not (tmp_path / "audit.jsonl").exists()


class TestRefusals:
    def test_a_directory_that_is_not_there(self, tmp_path):
        assert refused(options(tmp_path, name="no/audit.jsonl")) == "audit.unwritable"

    def test_a_file_in_the_way_of_the_directory(self, tmp_path):
        (tmp_path / "file").touch()
        assert refused(options(tmp_path, name="file/audit.jsonl")) == "audit.unwritable"

    def test_a_place_where_nothing_can_be_made(self):
        assert refused(AuditOptions("/proc/audit.jsonl")) == "audit.unwritable"

    def test_a_directory(self, tmp_path):
        assert refused(AuditOptions(str(tmp_path))) == "audit.unwritable"

    @pytest.mark.parametrize("path", ["audit.jsonl", "", "/a\0b"])
    def test_no_absolute_path(self, path):
        assert refused(AuditOptions(path)) == "audit.invalid-path"

    def test_a_symbolic_link(self, tmp_path):
        (tmp_path / "audit.jsonl").symlink_to(tmp_path / "other")
        assert refused(options(tmp_path)) == "audit.unsafe-file"
        assert not (tmp_path / "other").exists()

    @pytest.mark.parametrize(
        "make",
        [os.mkfifo, lambda path: Path(path).touch(mode=0o602), lambda path: Path(path).touch(mode=0o620)],
        ids=["pipe", "written by all", "written by the group"],
    )
    def test_a_file_that_is_not_ours_alone(self, tmp_path, make):
        mask = os.umask(0)
        try:
            make(tmp_path / "audit.jsonl")
        finally:
            os.umask(mask)
        assert refused(options(tmp_path)) == "audit.unsafe-file"

    def test_a_device(self):
        assert refused(AuditOptions("/dev/full")) == "audit.unsafe-file"

    @ROOT_ONLY
    def test_a_file_of_somebody_else(self, tmp_path):
        grow(options(tmp_path), 1)
        os.chown(tmp_path / "audit.jsonl", 1234, 1234)
        assert refused(options(tmp_path)) == "audit.unsafe-file"

    @pytest.mark.parametrize(
        "content", [b"root:x:0:0\n", b"root:x:0:0", b"\n", b"{}\n", b'{"format":"x"}\n', b"x" * 300_000]
    )
    def test_a_file_that_is_something_else_is_left_alone(self, tmp_path, content):
        (tmp_path / "audit.jsonl").write_bytes(content)
        (tmp_path / "audit.jsonl").chmod(0o600)
        assert refused(options(tmp_path)) == "audit.damaged-tail"
        assert (tmp_path / "audit.jsonl").read_bytes() == content

    @pytest.mark.parametrize("key", ["", KEY], ids=["plain", "keyed"])
    def test_an_edited_last_line(self, tmp_path, key):
        trail = options(tmp_path, key=key)
        grow(trail, 2)
        path = Path(trail.path)
        path.write_bytes(path.read_bytes().replace(b"Deployment/shop/web", b"Deployment/shop/wob"))
        assert refused(trail) == "audit.damaged-tail"

    def test_another_key(self, tmp_path):
        trail = options(tmp_path, key=KEY)
        grow(trail, 1)
        assert refused(replace(trail, key_file=key_file(tmp_path, "x" * 40, "other"))) == "audit.key-changed"

    def test_a_key_that_came_later_and_one_that_is_gone(self, tmp_path):
        plain, keyed = options(tmp_path), options(tmp_path, name="keyed", key=KEY)
        grow(plain, 1)
        grow(keyed, 1)
        assert refused(replace(plain, key_file=keyed.key_file)) == "audit.algorithm-changed"
        assert refused(replace(keyed, key_file="")) == "audit.algorithm-changed"

    def test_a_lock_that_somebody_keeps(self, tmp_path):
        trail = options(tmp_path)
        grow(trail, 1)
        with open(trail.path, "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            began = time.monotonic()
            assert refused(trail, deadline_s=0.1) == "audit.locked"
            assert time.monotonic() - began < 1.0
        assert len(lines(trail)) == 2

    def test_a_former_file_that_is_still_written_to(self, tmp_path):
        trail = options(tmp_path)
        grow(trail, 1)
        Path(trail.path).rename(trail.path + ".1")
        with open(trail.path + ".1", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert refused(trail, deadline_s=0.1) == "audit.locked"
        grow(trail, 1)
        assert records(trail)[0]["content"]["continues"]["sequence"] == 1


def in_child(work) -> int:
    """Run it in a forked child; return its exit code (negative: the signal)."""
    child = FORK.Process(target=work)
    child.start()
    child.join(30)
    assert child.exitcode is not None
    return child.exitcode


class TestFullDisk:
    @pytest.mark.parametrize("room", [0, 1, 200])
    def test_a_write_that_does_not_fit_is_taken_back(self, tmp_path, room):
        trail = options(tmp_path)
        grow(trail, 2)
        before = b"".join(lines(trail))

        def work():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, len(before) + room))
            os._exit(0 if refused(trail) == "audit.unwritable" else 1)

        assert in_child(work) == 0
        assert b"".join(lines(trail)) == before
        grow(trail, 1)
        assert verdict(b"".join(lines(trail))).torn == []

    def test_one_that_cannot_be_taken_back_is_a_torn_line(self, tmp_path, monkeypatch):
        """As in a file with the attribute `append only`."""
        trail = options(tmp_path)
        grow(trail, 2)
        size = os.stat(trail.path).st_size

        def work():
            os.ftruncate = os.truncate = lambda *_: (_ for _ in ()).throw(PermissionError(1, "no"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 70, size + 70))
            os._exit(0 if refused(trail) == "audit.unwritable" else 1)

        assert in_child(work) == 0
        grow(trail, 1)
        report = verdict(b"".join(lines(trail)))
        assert (report.broken, report.torn) == (None, [4])

    def test_a_disk_that_fails_to_sync_is_told(self, tmp_path, monkeypatch):
        trail = options(tmp_path)
        grow(trail, 1)

        def fail(_file):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "fsync", fail)
        assert refused(trail) == "audit.unwritable"
        assert len(lines(trail)) == 2

    def test_every_append_is_synced_and_the_first_one_with_its_name(self, tmp_path, monkeypatch):
        synced = []
        monkeypatch.setattr(os, "fsync", lambda file: synced.append(stat.S_ISDIR(os.fstat(file).st_mode)))
        grow(options(tmp_path), 2)
        assert synced == [True, False, False]


class TestManyAtOnce:
    @pytest.mark.parametrize("key", ["", KEY], ids=["plain", "keyed"])
    def test_eight_processes_make_one_chain(self, tmp_path, key):
        trail = options(tmp_path, key=key)
        workers = [FORK.Process(target=grow, args=(trail, 25), kwargs={"by": n}) for n in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0] * 8
        assert broken(b"".join(lines(trail)), trail.key_file) is None
        found = records(trail)
        assert [r["sequence"] for r in found] == list(range(201))
        written = sorted((r["content"]["by"], r["content"]["number"]) for r in found[1:])
        assert written == [(by, number) for by in range(8) for number in range(25)]

    def test_threads_too(self, tmp_path):
        trail = options(tmp_path)
        threads = [threading.Thread(target=grow, args=(trail, 10)) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (broken(b"".join(lines(trail))), len(lines(trail))) == (None, 41)

    def test_rotation_loses_nothing(self, tmp_path):
        """Each chain is intact and names the head of the one before, although files are renamed under the writers."""
        trail = options(tmp_path)
        workers = [FORK.Process(target=grow, args=(trail, 40)) for _n in range(4)]
        for worker in workers:
            worker.start()
        rotated = []
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.01)
            if Path(trail.path).exists() and Path(trail.path).stat().st_size:
                former = Path(trail.path + ".1")
                if former.exists():
                    rotated.append(former.rename(f"{trail.path}.old{len(rotated)}"))
                Path(trail.path).rename(former)
        files = [*rotated, Path(trail.path + ".1"), Path(trail.path)]
        reports = [verdict(file.read_bytes()) for file in files if file.exists()]
        assert [worker.exitcode for worker in workers] == [0] * 4
        assert [report.broken for report in reports] == [None] * len(reports)
        assert sum(report.lines - 1 for report in reports) == 160
        assert len(reports) > 2
        heads = [(report.head.chain, report.head.sequence, report.head.hash) for report in reports]
        assert [report.continues for report in reports] == [None, *heads[:-1]]

    def test_killed_writers_leave_a_file_that_verifies(self, tmp_path):
        trail = options(tmp_path, key=KEY)
        grow(trail, 1)
        for pause in range(12):
            child = FORK.Process(target=grow, args=(trail, 10_000))
            child.start()
            time.sleep(0.02 + pause / 300)
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        grow(trail, 1)
        report = verdict(b"".join(lines(trail)), trail.key_file)
        assert report.broken is None
        assert report.lines > 20

    @pytest.mark.parametrize("keep", [1, 30, 200, 380])
    def test_a_writer_that_is_killed_within_a_write(self, tmp_path, keep):
        trail = options(tmp_path)
        grow(trail, 2)

        def work():
            write = os.write
            os.write = lambda file, data: (write(file, data[:keep]), os.kill(os.getpid(), signal.SIGKILL))
            grow(trail, 1)

        assert in_child(work) == -signal.SIGKILL
        grow(trail, 2)
        report = verdict(b"".join(lines(trail)))
        assert (report.broken, report.torn) == (None, [4])

    def test_a_killed_writer_keeps_no_lock(self, tmp_path):
        trail = options(tmp_path)
        grow(trail, 1)

        def work():
            os.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            grow(trail, 1)

        assert in_child(work) == -signal.SIGKILL
        append(trail, ENTRY, kind="decision", time=TIME, deadline_s=0.5)

    def test_a_child_that_is_forked_within_an_append_keeps_no_lock(self, tmp_path, monkeypatch):
        trail = options(tmp_path)
        sync, children = os.fsync, []

        def fork_and_sync(file):
            child = FORK.Process(target=time.sleep, args=(5,))
            child.start()
            children.append(child)
            sync(file)

        monkeypatch.setattr(os, "fsync", fork_and_sync)
        grow(trail, 1)
        monkeypatch.undo()
        try:
            append(trail, ENTRY, kind="decision", time=TIME, deadline_s=0.5)
        finally:
            for child in children:
                child.kill()
                child.join()


def test_a_torn_line_is_noted_in_a_file_that_somebody_else_left(tmp_path):
    trail = options(tmp_path, key=KEY, cloud_events=True)
    grow(trail, 2)
    tear(trail, 20)
    anchor = grow(trail, 1)[0]
    assert [json.loads(line)["type"] for n, line in enumerate(lines(trail)) if n != 2] == [
        "dev.guardrail.genesis",
        "dev.guardrail.decision",
        "dev.guardrail.torn",
        "dev.guardrail.decision",
    ]
    assert anchor.sequence == 3


def test_nothing_heavy_is_imported():
    code = (
        "import sys, json, ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain,"
        "ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'argparse', 'asyncio', 'kubernetes', 'logging', 'random', 'regopy', 'socket', 'subprocess', 'urllib', 'yaml'})))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert json.loads(found.stdout) == []
