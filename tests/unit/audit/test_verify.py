# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an auditor is told about a file that somebody changed."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit import verify
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.anchors import Anchors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import Anchor, AuditOptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import understood, written
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import Seal
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from tests.unit.audit.chains import ENTRY, KEY, TIME, broken, grow, key_file, lines, options, tear, verdict

COUNT = 6


@pytest.fixture(params=["sha256", "hmac", "cloud events"])
def trail(request, tmp_path):
    made = options(tmp_path, key=KEY if request.param == "hmac" else "", cloud_events=request.param == "cloud events")
    grow(made, COUNT)
    return made


def joined(changed: list[bytes]) -> bytes:
    return b"".join(changed)


def test_an_untouched_file_is_intact(trail):
    report = verdict(joined(lines(trail)), trail.key_file)
    assert (report.broken, report.lines, report.head.sequence) == (None, COUNT + 1, COUNT)


@pytest.mark.parametrize("at", range(COUNT + 1))
def test_an_edited_line_is_named(trail, at):
    changed = lines(trail)
    changed[at] = changed[at].replace(b"2026", b"2025", 1)
    assert broken(joined(changed), trail.key_file) == (at + 1, at, "edited")


@pytest.mark.parametrize("at", range(COUNT))
def test_a_removed_line_is_named(trail, at):
    changed = lines(trail)
    del changed[at]
    assert broken(joined(changed), trail.key_file) == (at + 1, at, "removed")


def test_several_removed_lines_are_named(trail):
    changed = lines(trail)
    del changed[2:5]
    report = verdict(joined(changed), trail.key_file)
    assert (report.broken.problem, report.broken.message) == ("removed", "Lines 2 to 4 of the chain are missing.")


@pytest.mark.parametrize(("one", "other"), [(a, b) for a in range(COUNT + 1) for b in range(a + 1, COUNT + 1)])
def test_two_swapped_lines_are_named(trail, one, other):
    changed = lines(trail)
    changed[one], changed[other] = changed[other], changed[one]
    assert broken(joined(changed), trail.key_file) == (one + 1, one, "reordered")


@pytest.mark.parametrize("at", range(COUNT + 1))
@pytest.mark.parametrize("to", range(COUNT + 2))
def test_a_copied_line_is_named(trail, at, to):
    """A copy right behind or before its original is the second of two."""
    changed = lines(trail)
    changed.insert(to, changed[at])
    problem = broken(joined(changed), trail.key_file)
    early = (at + 2, at + 1, "inserted") if to == at else (to + 1, to, "reordered")
    assert problem == (early if to <= at else (to + 1, to, "inserted"))


@pytest.mark.parametrize("at", range(COUNT + 2))
def test_a_foreign_line_is_named(trail, at):
    changed = lines(trail)
    changed.insert(at, b'{"format":"guardrail-audit/1"}\n')
    assert broken(joined(changed), trail.key_file) == (at + 1, at, "inserted" if at <= COUNT else "edited")


def test_a_line_of_another_chain_is_named(trail, tmp_path):
    other = AuditOptions(str(tmp_path / "other"), trail.key_file, trail.cloud_events)
    grow(other, COUNT)
    changed = lines(trail)
    changed[3] = lines(other)[3]
    assert broken(joined(changed), trail.key_file) == (4, 3, "inserted")


def test_a_line_written_again_with_a_right_hash_does_not_fit_the_next(tmp_path):
    """Without a key anybody can compute a hash, but the next line names the old one."""
    trail = options(tmp_path)
    grow(trail, 4)
    changed = lines(trail)
    old = understood(changed[2][:-1])
    changed[2] = written(Seal(), old.chain, 2, old.previous, old.kind, TIME, {"allowed": False}, cloud=False)[0]
    assert broken(joined(changed)) == (4, 3, "edited")


@pytest.mark.parametrize(("kinds", "at"), [(["decision"], 0), (["genesis", "decision", "genesis"], 2)])
def test_a_chain_has_one_genesis_line_and_it_is_the_first(kinds, at):
    made, previous = b"", ""
    for sequence, kind in enumerate(kinds):
        line, previous = written(Seal(), "ab" * 16, sequence, previous, kind, TIME, {}, cloud=False)
        made += line
    assert broken(made) == (at + 1, at, "inserted")


def test_a_chain_does_not_begin_in_the_middle():
    assert broken(written(Seal(), "ab" * 16, 0, "cd" * 32, "genesis", TIME, {}, cloud=False)[0]) == (1, 0, "edited")


def forged(trail: AuditOptions) -> bytes:
    """The whole file written again without a key, the second decision turned round. What no chain can find by itself."""
    previous, made = "", b""
    for line in lines(trail):
        record = understood(line[:-1])
        content = {**record.content, "allowed": False} if record.sequence == 2 else record.content
        new, previous = written(
            Seal(), record.chain, record.sequence, previous, record.kind, TIME, content, cloud=trail.cloud_events
        )
        made += new
    return made


def anchors(*named: Anchor) -> Anchors:
    audits = [{"chain": one.chain, "sequence": one.sequence, "hash": one.hash} for one in named]
    return Anchors({"items": [{"metadata": {"name": f"r{n}"}, "status": {"audit": a}} for n, a in enumerate(audits)]})


def test_a_file_written_again_is_found_by_its_anchors_alone(tmp_path):
    trail = options(tmp_path)
    named = grow(trail, 4)
    assert broken(forged(trail)) is None
    assert broken(forged(trail), anchors=anchors(*named)) == (3, 2, "edited")
    assert broken(joined(lines(trail)), anchors=anchors(*named)) is None


def test_a_file_written_again_without_the_key_is_a_downgrade(tmp_path):
    trail = options(tmp_path, key=KEY)
    grow(trail, 4)
    assert broken(forged(trail), trail.key_file) == (1, 0, "downgrade")


def test_a_single_line_without_the_key_is_a_downgrade(tmp_path):
    trail = options(tmp_path, key=KEY)
    grow(trail, 4)
    changed = lines(trail)
    old = understood(changed[2][:-1])
    changed[2] = written(Seal(), old.chain, 2, old.previous, old.kind, TIME, ENTRY, cloud=False)[0]
    assert broken(joined(changed), trail.key_file) == (3, 2, "downgrade")


def test_a_keyed_line_in_a_chain_without_a_key_is_named(tmp_path):
    trail = options(tmp_path)
    grow(trail, 4)
    changed = lines(trail)
    old = understood(changed[2][:-1])
    keyed = Seal(bytearray(KEY.encode()))
    changed[2] = written(keyed, old.chain, 2, old.previous, old.kind, TIME, ENTRY, cloud=False)[0]
    assert broken(joined(changed)) == (3, 2, "edited")


def test_another_key_is_named(tmp_path):
    trail = options(tmp_path, key=KEY)
    grow(trail, 2)
    assert broken(joined(lines(trail)), key_file(tmp_path, "another key entirely", "other")) == (1, 0, "wrong-key")


def test_a_chain_with_a_key_cannot_be_verified_without_it(tmp_path):
    trail = options(tmp_path, key=KEY)
    grow(trail, 2)
    with pytest.raises(GateError) as failure:
        broken(joined(lines(trail)))
    assert failure.value.code == "audit.key-needed"


@pytest.mark.parametrize("cut", range(1, COUNT + 1))
def test_missing_last_lines_are_found_by_the_anchors_alone(trail, tmp_path, cut):
    named = [Anchor(r.chain, r.sequence, r.hash) for r in (understood(line[:-1]) for line in lines(trail)[1:])]
    content = joined(lines(trail)[:-cut])
    left = COUNT + 1 - cut
    assert broken(content, trail.key_file) is None
    assert broken(content, trail.key_file, anchors(*named)) == (left + 1, left, "truncated")


def test_an_empty_file_is_broken():
    assert broken(b"") == (1, 0, "empty")


@pytest.mark.parametrize(
    "content", [b"\n", b"\0" * 100, b"{}\n", b"[" * 70_000, b"x" * 200_000 + b"\n", b'"a"\n', b"[1]\n"]
)
def test_anything_else_is_broken(content):
    assert broken(content)[0] == 1


def test_the_end_of_a_write_that_goes_on_is_not_looked_at(tmp_path):
    trail = options(tmp_path)
    grow(trail, 2)
    content = joined(lines(trail))
    stream = io.BytesIO(content + b'{"format":')
    assert verify.check("file", stream, Seal(), size=len(content)).broken is None


def chains(tmp_path_factory, keyed: bool) -> tuple[bytes, str]:
    directory = tmp_path_factory.mktemp("chain")
    trail = options(directory, key=KEY if keyed else "")
    grow(trail, 3, name="Jürgen")
    tear(trail, 40)
    grow(trail, 2)
    return joined(lines(trail)), trail.key_file


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return chains(tmp_path_factory, False)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    return chains(tmp_path_factory, True)


@pytest.mark.parametrize("kind", ["plain", "keyed"])
@given(data=st.data())
def test_any_changed_byte_is_found(request, kind, data):
    content, key = request.getfixturevalue(kind)
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    assert broken(content, key) is None
    assert broken(content[:at] + bytes([byte]) + content[at + 1 :], key) is not None


@given(data=st.data())
def test_any_removed_or_added_byte_is_found(keyed, data):
    content, key = keyed
    at = data.draw(st.integers(0, len(content) - 1))
    assert broken(content[:at] + content[at + 1 :], key) is not None
    added = data.draw(st.binary(min_size=1, max_size=3))
    assert (
        broken(content[:at] + added + content[at:], key) is not None or content[:at] + added + content[at:] == content
    )


@given(data=st.data())
def test_any_other_order_or_selection_of_lines_is_found_but_a_shorter_end(keyed, data):
    content, key = keyed
    whole = content.splitlines(keepends=True)
    chosen = data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=len(whole) + 2))
    verdict = broken(b"".join(whole[n] for n in chosen), key)
    # The torn line stands before the line that accounts for it, so a file cannot end with it.
    torn = next(n for n, line in enumerate(whole) if not line.endswith(b"}\n"))
    assert (verdict is None) == (chosen == list(range(len(chosen))) and chosen[-1] != torn)


class TestTorn:
    @pytest.mark.parametrize("keep", [1, 27, 60, -80, -3])
    def test_a_torn_line_that_is_accounted_for_is_accepted(self, trail, keep):
        last = lines(trail)[-1]
        rest = tear(trail, keep if keep > 0 else len(last) + keep)
        grow(trail, 1)
        assert lines(trail)[COUNT] == rest + b"\n"
        note = json.loads(lines(trail)[COUNT + 1])
        note = note.get("data", note)
        assert (note["kind"], note["sequence"]) == ("torn", COUNT)
        assert note["content"] == {"torn": {"sha256": sha256(rest).hexdigest(), "bytes": len(rest)}}
        report = verdict(joined(lines(trail)), trail.key_file)
        assert (report.broken, report.torn) == (None, [COUNT + 1])

    def test_a_line_that_lacks_only_its_line_break_is_none(self, trail):
        before = joined(lines(trail))
        tear(trail, len(lines(trail)[-1]) - 1)
        assert broken(joined(lines(trail)), trail.key_file) == (COUNT + 1, COUNT, "unfinished")
        grow(trail, 1)
        assert joined(lines(trail)).startswith(before)
        report = verdict(joined(lines(trail)), trail.key_file)
        assert (report.broken, report.torn, report.lines) == (None, [], COUNT + 2)

    @pytest.mark.parametrize("keep", [1, 90])
    def test_a_first_line_may_be_torn(self, trail, keep):
        Path(trail.path).write_bytes(lines(trail)[0][:keep])
        grow(trail, 2)
        report = verdict(joined(lines(trail)), trail.key_file)
        assert (report.broken, report.torn, report.lines, report.head.sequence) == (None, [1], 4, 2)

    def test_the_end_is_told_to_be_unfinished(self, trail):
        tear(trail, 50)
        assert broken(joined(lines(trail)), trail.key_file) == (COUNT + 1, COUNT, "unfinished")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda torn: b"x" + torn[1:], (COUNT + 1, COUNT, "edited")),
            (lambda torn: b"", (COUNT + 1, COUNT, "removed")),
            (lambda torn: torn + torn, (COUNT + 1, COUNT, "edited")),
        ],
        ids=["edited", "removed", "doubled"],
    )
    def test_a_torn_line_is_not_changed_either(self, trail, change, expected):
        tear(trail, 50)
        grow(trail, 2)
        changed = lines(trail)
        changed[COUNT] = change(changed[COUNT])
        assert broken(joined(changed), trail.key_file) == expected

    def test_no_other_line_accounts_for_one(self, trail):
        """An entry that speaks of a torn line is an entry."""
        grow(trail, 1, torn={"sha256": sha256(b"x").hexdigest(), "bytes": 1})
        assert broken(joined(lines(trail)), trail.key_file) is None


class TestCommand:
    def run(self, capsys, *arguments):
        code = verify.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out + err

    def test_intact(self, capsys, tmp_path):
        trail = options(tmp_path, key=KEY)
        head = grow(trail, 2)[-1]
        code, said = self.run(capsys, trail.path, "--key-file", trail.key_file)
        key_id = Seal(bytearray(KEY.encode())).key_id
        assert (code, said) == (
            0,
            f"{trail.path}: intact, 3 lines, hmac-sha256, key {key_id}, chain {head.chain} ends with 2 {head.hash}\n",
        )

    def test_broken(self, capsys, tmp_path):
        trail = options(tmp_path)
        grow(trail, 3)
        Path(trail.path).write_bytes(joined(lines(trail)[:1] + lines(trail)[2:]))
        assert self.run(capsys, trail.path) == (
            1,
            f"{trail.path}: BROKEN at line 2 (sequence 1), removed: Line 1 of the chain is missing.\n",
        )

    def test_as_json(self, capsys, tmp_path):
        trail = options(tmp_path)
        head = grow(trail, 2)[-1]
        code, said = self.run(capsys, trail.path, "--json")
        assert (code, json.loads(said)) == (
            0,
            {
                "intact": True,
                "files": [
                    {
                        "file": trail.path,
                        "intact": True,
                        "lines": 3,
                        "head": {"chain": head.chain, "sequence": 2, "hash": head.hash},
                        "algorithm": "sha256",
                        "key_id": "",
                        "continues": None,
                        "torn_lines": [],
                        "anchors": 0,
                        "broken": None,
                    }
                ],
            },
        )

    def test_a_break_as_json(self, capsys, tmp_path):
        trail = options(tmp_path)
        grow(trail, 3)
        Path(trail.path).write_bytes(joined(lines(trail)[1:]))
        code, said = self.run(capsys, trail.path, "--json")
        assert (code, json.loads(said)["files"][0]["broken"]) == (
            1,
            {"line": 1, "sequence": 0, "problem": "removed", "message": "Line 0 of the chain is missing."},
        )

    @pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "json"])
    def test_what_cannot_be_verified(self, capsys, tmp_path, as_json):
        trail = options(tmp_path, key=KEY)
        grow(trail, 1)
        for arguments, code in (
            ([tmp_path / "none"], "audit.unreadable"),
            ([trail.path], "audit.key-needed"),
            ([trail.path, "--key-file", tmp_path / "none"], "audit.key-unreadable"),
            ([trail.path, "--anchors", tmp_path / "none"], "audit.anchors-unreadable"),
            ([trail.path, "--anchors", trail.key_file], "audit.anchors-unreadable"),
        ):
            status, said = self.run(capsys, *arguments, *as_json)
            assert (status, code in said) == (2, True)

    def test_rotated_files_have_to_fit(self, capsys, tmp_path):
        trail = options(tmp_path)
        grow(trail, 3)
        former = Path(trail.path).rename(trail.path + ".1")
        grow(trail, 1)
        assert self.run(capsys, trail.path, former)[0] == 0
        former.write_bytes(joined(former.read_bytes().splitlines(keepends=True)[:-1]))
        code, said = self.run(capsys, trail.path, former)
        assert (code, f"{former}: BROKEN at line 4 (sequence 3), truncated: " in said) == (1, True)
        assert self.run(capsys, former)[0] == 0

    def test_anchors(self, capsys, tmp_path):
        trail = options(tmp_path)
        named = grow(trail, 3)
        items = [
            {"metadata": {"name": f"r{n}"}, "status": {"audit": vars(one)}}
            for n, one in enumerate([*named, Anchor("0" * 32, 1, "0" * 64)])
        ]
        listing = tmp_path / "anchors.json"
        listing.write_text(json.dumps({"kind": "List", "items": [*items, {"metadata": {"name": "old"}, "status": {}}]}))
        code, said = self.run(capsys, trail.path, "--anchors", listing)
        assert code == 0
        assert said.splitlines()[1:] == [
            "anchors: 3 of 4 name lines of these files, 1 name other chains.",
            "anchors: 1 records name no line.",
        ]
        assert json.loads(self.run(capsys, trail.path, "--anchors", listing, "--json")[1])["anchors"] == {
            "total": 4,
            "here": 3,
            "without": 1,
        }
        Path(trail.path).write_bytes(joined(lines(trail)[:-1]))
        code, said = self.run(capsys, trail.path, "--anchors", listing)
        what = "The cluster's record r2 saw line 3 of the chain, and the file ends with 2."
        assert (code, said.splitlines()[0]) == (1, f"{trail.path}: BROKEN at line 4 (sequence 3), truncated: {what}")

    def test_a_file_that_no_record_knows_is_pointed_out(self, capsys, tmp_path):
        trail = options(tmp_path)
        grow(trail, 1)
        listing = tmp_path / "anchors.json"
        listing.write_text(
            json.dumps({"metadata": {"name": "r"}, "status": {"audit": {"chain": "00", "sequence": 1, "hash": "1"}}})
        )
        code, said = self.run(capsys, trail.path, "--anchors", listing)
        assert code == 0
        assert "no record of this cluster knows these files" in said
