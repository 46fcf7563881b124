# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics import textfile
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.exposition import added, parsed, rendered
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.instruments import (
    DENIALS,
    EVALUATION_DURATION,
    RELOADS,
    Reading,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._metrics.textfile import add

ONE = Reading(RELOADS, (), 1)
TIMED = Reading(EVALUATION_DURATION, ("allowed",), 0.25)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "guardrail.prom"


@pytest.fixture
def held(file: Path) -> Iterator[None]:
    """Another process that does not let go."""
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_readings_add_up_over_runs(file: Path) -> None:
    assert [add(str(file), [ONE, TIMED]) for _ in range(3)] == [(), (), ()]
    assert file.read_text() == rendered(added({}, [ONE, TIMED] * 3))


def test_the_file_is_readable_for_everybody_whatever_the_umask(file: Path) -> None:
    before = os.umask(0o077)
    try:
        add(str(file), [ONE])
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o7777 == 0o644


def test_only_the_lock_is_left_beside_it_and_nobody_else_may_hold_it(file: Path) -> None:
    add(str(file), [ONE])
    assert sorted(path.name for path in file.parent.iterdir()) == [".guardrail.prom.lock", "guardrail.prom"]
    assert file.with_name(".guardrail.prom.lock").stat().st_mode & 0o7777 == 0o600


def test_nothing_to_say_writes_nothing(file: Path) -> None:
    assert add(str(file), []) == ()
    assert list(file.parent.iterdir()) == []


def test_whoever_reads_meanwhile_keeps_the_old_file(file: Path) -> None:
    add(str(file), [ONE])
    with file.open() as reading:
        add(str(file), [ONE])
        assert parsed(reading.read()) == {"kubernetes_executor_policy_reloads_total": 1.0}


@pytest.mark.parametrize(
    "content",
    [b"", b"node_load1 0.5\n", b"\xff\xfe\0", b"kubernetes_executor_policy_reloads_total 1\n", b"#" * 1024 * 1024 + b"#\n"],
    ids=["empty", "foreign", "binary", "cut-off", "huge"],
)  # fmt: skip
def test_what_is_damaged_is_put_aside_and_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    (warning,) = add(str(file), [ONE])
    assert warning.startswith(f"The metrics in {file} began anew: ")
    assert warning.endswith(" What was there is guardrail.prom.damaged now. [metrics.textfile-damaged]")
    assert file.with_name("guardrail.prom.damaged").read_bytes() == content
    assert parsed(file.read_text()) == {"kubernetes_executor_policy_reloads_total": 1.0}
    assert add(str(file), [ONE]) == ()


def test_a_file_that_others_hold_is_not_waited_for_long(file: Path, held: None) -> None:
    began = time.monotonic()
    with pytest.raises(GateError, match=r"other processes held .*guardrail\.prom for 0\.05 s") as busy:
        add(str(file), [ONE], patience_s=0.05)
    assert (busy.value.code, file.exists()) == ("metrics.textfile-busy", False)
    assert 0.05 <= time.monotonic() - began < 2


@pytest.mark.parametrize(
    "path",
    ["guardrail.prom", "~/guardrail.prom", "/tmp/guardrail.txt", "/tmp/a\0.prom", "/tmp/a\n.prom", ""],
    ids=ascii,
)
def test_a_path_that_node_exporter_would_not_read_is_refused(path: str) -> None:
    with pytest.raises(GateError, match=r"is no absolute path of a file ending in \.prom") as refused:
        add(path, [ONE])
    assert refused.value.code == "metrics.textfile-path"


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="No such file or directory") as told:
        add(f"{tmp_path}/absent/guardrail.prom", [ONE])
    assert told.value.code == "metrics.textfile-unwritable"


@pytest.mark.parametrize("kind", ["directory", "pipe", "link", "lock-link"])
def test_what_is_no_ordinary_file_is_left_alone(file: Path, kind: str) -> None:
    other = file.with_name("other")
    other.write_text("precious")
    if kind == "directory":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        (file if kind == "link" else file.with_name(".guardrail.prom.lock")).symlink_to(other)
    with pytest.raises(GateError) as told:
        add(str(file), [ONE])
    assert told.value.code == "metrics.textfile-unwritable"
    assert other.read_text() == "precious"


def test_what_a_killed_process_left_unfinished_is_no_obstacle(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("precious")
    file.with_name(".guardrail.prom.new").symlink_to(other)
    add(str(file), [ONE])
    assert other.read_text() == "precious"
    assert parsed(file.read_text()) == {"kubernetes_executor_policy_reloads_total": 1.0}


def test_a_disk_that_is_full_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(str(file), [ONE])

    def full(_descriptor: int, _mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(GateError, match="No space left on device"):
        add(str(file), [ONE])
    assert parsed(file.read_text()) == {"kubernetes_executor_policy_reloads_total": 1.0}


def test_the_number_of_series_is_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "SERIES", 2)
    denials = [Reading(DENIALS, (f"common/{name}", "DrainNode"), 1) for name in ("a", "b", "c")]
    add(str(file), denials[:2])
    with pytest.raises(GateError, match="holds 2 series, 2 is the limit") as full:
        add(str(file), denials[2:])
    assert full.value.code == "metrics.textfile-full"
    assert add(str(file), denials[:2]) == ()
    assert set(parsed(file.read_text()).values()) == {2.0}
