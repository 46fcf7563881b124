# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line: masked, cut to size, fit for any terminal, a CloudEvent when asked for. And the key that seals it."""

from __future__ import annotations

import datetime
import gc
import json
import os
import pickle
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import append
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import (
    LONGEST_LINE,
    presentable,
    understood,
    written,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.seal import Seal, seal_with
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
from tests.unit.audit.chains import KEY, TIME, grow, key_file, lines, options, records, verdict

CANARY = "c4nary-Zu7wq"


class TestContent:
    def test_secrets_do_not_reach_the_file(self, tmp_path):
        entry = {
            "parameters": {"db_password": CANARY, "data": {"a": "b"}},
            "target": {"kind": "Secret", "name": "db"},
            "before": {"data": {"greeting": CANARY}, "stringData": {"x": CANARY}},
            "summary": f"failed: Authorization: Bearer {CANARY}",
            "claims": {"url": f"https://u:{CANARY}@example.com", "env": [{"name": "API_TOKEN", "value": CANARY}]},
            "odd": {"object": Exception(CANARY), "bytes": CANARY.encode(), "set": {f"password={CANARY}"}},
        }
        append(options(tmp_path), entry, kind="decision", time=TIME)
        assert CANARY not in Path(options(tmp_path).path).read_text()
        assert records(options(tmp_path))[1]["content"]["target"] == {"kind": "Secret", "name": "db"}

    def test_a_line_is_ascii_and_means_what_was_said(self, tmp_path):
        said = "Jürgen \u202e \x9b31m \x1b[2J \n \ud800 𝄞"
        append(options(tmp_path), {"reason": said}, kind="decision", time=TIME)
        line = lines(options(tmp_path))[1]
        assert all(32 <= byte < 127 for byte in line[:-1])
        assert json.loads(line)["content"] == {"reason": said}
        assert verdict(b"".join(lines(options(tmp_path)))).broken is None

    def test_of_what_is_no_json_the_type_is_told(self):
        content = {
            "time": datetime.date(2026, 1, 1), "decimal": Decimal("1.5"), "bytes": b"x", "nan": float("nan"),
            "inf": float("-inf"), "huge": 10**5000, "tuple": (1, 2), "set": {"b", "a"}, 5: "number",
            None: "nothing", (1,): "tuple",
        }  # fmt: skip
        assert presentable(content) == {
            "time": "[date]", "decimal": "[Decimal]", "bytes": "[bytes]", "nan": "nan", "inf": "-inf",
            "huge": "[a number too long]", "tuple": [1, 2], "set": ["a", "b"], "5": "number", "None": "nothing",
            "[too deep]": "tuple",
        }  # fmt: skip

    def test_what_is_too_deep_is_not_followed(self):
        loop = {}
        loop["again"] = loop
        assert len(json.dumps(presentable(loop))) < 10_000

    def test_long_texts_and_lists_are_cut_in_a_marked_way(self):
        cut = presentable(
            {"action": "DrainNode", "message": "x" * 100_000, "pods": list(range(50_000)), "one": {"two": 2}}
        )
        assert cut["action"] == "DrainNode"
        assert cut["one"] == {"two": 2}
        assert cut["message"] == "x" * 8192 + "[cut, 91808 more characters]"
        assert cut["pods"] == [*range(400), "[cut, 49600 more entries]"]

    def test_long_mappings_too(self):
        cut = presentable({"labels": {f"key-{n}": "v" * 50 for n in range(3000)}})
        assert cut["labels"]["[cut]"] == "2600 more entries"

    @pytest.mark.parametrize(
        "content",
        [
            {"a" * 100_000: 1},
            {f"k{n}": "x" * 2000 for n in range(2000)},
            {f"{n}" * 2000: 1 for n in range(1000, 1200)},
            {"a": [["x" * 1000] * 200] * 200},
            {"a": [[[[[[["x" * 60] * 5] * 5] * 5] * 5] * 5] * 5]},
            {"a": "😀" * 60_000},
        ],
        ids=["name", "entries", "names", "lists", "deep lists", "wide characters"],
    )
    @pytest.mark.parametrize("cloud_events", [False, True])
    def test_no_line_is_longer_than_its_limit(self, tmp_path, content, cloud_events):
        trail = options(tmp_path, key=KEY, cloud_events=cloud_events)
        place = {"cluster": "😀" * 1000, "target_resource": "😀" * 1000}
        append(trail, {**content, **place}, kind="decision", time="t" * 1000)
        assert "cut" in lines(trail)[1].decode()
        assert max(map(len, lines(trail))) <= LONGEST_LINE
        grow(trail, 1)
        assert verdict(b"".join(lines(trail)), trail.key_file).broken is None


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(max_size=3)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.one_of(st.text(), st.integers()), inner)),
)


@given(st.dictionaries(st.text(), VALUES), st.booleans(), st.booleans())
def test_whatever_is_written_is_read_back(content, cloud, keyed):
    seal = Seal(bytearray(KEY.encode()) if keyed else None)
    shown = presentable(content)
    line, digest = written(seal, "ab" * 16, 7, "cd" * 32, "decision", TIME, shown, cloud=cloud)
    record = understood(line[:-1])
    assert (record.chain, record.sequence, record.kind, record.previous) == ("ab" * 16, 7, "decision", "cd" * 32)
    assert (record.content, record.hash, record.key_id) == (shown, digest, seal.key_id)
    assert seal.fits(record.sealed, digest)
    assert presentable(shown) == shown


@given(st.binary())
def test_any_bytes_are_a_line_or_none(content):
    assert understood(content) is None
    assert understood(content + b',"hash":"' + b"0" * 64 + b'"}') is None


def test_a_cloud_event(tmp_path):
    trail = options(tmp_path, cloud_events=True)
    append(trail, {"target_resource": "Node//n1", "cluster": "east"}, kind="outcome", time=TIME)
    event = records(trail)[1]
    data = event.pop("data")
    chain = data["chain"]
    assert event == {
        "specversion": "1.0",
        "id": f"{chain}-1",
        "source": "guardrail.kubernetes/east",
        "type": "dev.guardrail.outcome",
        "subject": "Node//n1",
        "time": TIME,
        "datacontenttype": "application/json",
        "sequence": "000000000001",
        "hash": event["hash"],
    }
    assert (data["kind"], data["sequence"], data["content"]["cluster"], "hash" in data) == ("outcome", 1, "east", False)
    assert "subject" not in records(trail)[0]


def test_one_chain_may_have_both_forms(tmp_path):
    grow(options(tmp_path), 2)
    grow(options(tmp_path, cloud_events=True), 2)
    grow(options(tmp_path), 1)
    assert verdict(b"".join(lines(options(tmp_path)))).broken is None


class TestKey:
    def refused(self, path) -> str:
        with pytest.raises(GateError) as failure:
            seal_with(str(path))
        assert CANARY not in str(failure.value)
        return failure.value.code

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
    def test_one_that_others_can_read_or_write(self, tmp_path, mode):
        path = Path(key_file(tmp_path, CANARY * 2))
        path.chmod(mode)
        assert self.refused(path) == "audit.key-exposed"

    @pytest.mark.parametrize("text", ["", "short", "\n" * 40, "x" * 15, "x" * 4097, "x" * 9000], ids=len)
    def test_one_that_is_no_key(self, tmp_path, text):
        assert self.refused(key_file(tmp_path, text)) == "audit.key-unusable"

    def test_one_that_is_not_there(self, tmp_path):
        assert self.refused(tmp_path / "none") == "audit.key-unreadable"
        assert self.refused(tmp_path) == "audit.key-unreadable"
        assert self.refused("a\0b") == "audit.key-unreadable"

    def test_a_pipe_holds_nothing_up(self, tmp_path):
        os.mkfifo(tmp_path / "pipe", 0o600)
        assert self.refused(tmp_path / "pipe") == "audit.key-unreadable"

    def test_a_link_is_followed(self, tmp_path):
        key_file(tmp_path, KEY)
        (tmp_path / "link").symlink_to("key")
        assert seal_with(str(tmp_path / "link")).key_id == seal_with(str(tmp_path / "key")).key_id

    def test_line_breaks_at_the_end_do_not_count(self, tmp_path):
        ids = {seal_with(key_file(tmp_path, KEY + end, f"k{n}")).key_id for n, end in enumerate(["", "\n", "\r\n"])}
        assert ids == {Seal(bytearray(KEY.encode())).key_id}

    def test_it_is_shown_to_nobody_and_wiped(self, tmp_path):
        seal = seal_with(key_file(tmp_path, KEY))
        assert repr(seal) == f"Seal('hmac-sha256', key_id={seal.key_id!r})"
        with pytest.raises(TypeError):
            pickle.dumps(seal)
        held = [found for found in gc.get_referents(seal) if isinstance(found, bytearray)]
        assert held == [bytearray(KEY.encode())]
        seal.close()
        assert held == [bytearray(len(KEY))]

    def test_a_hash_without_it_is_another(self):
        content = b"content"
        keyed, plain = Seal(bytearray(KEY.encode())), Seal()
        assert len({keyed.digest(content), plain.digest(content), Seal(bytearray(b"x" * 16)).digest(content)}) == 3
        assert not plain.fits(content, keyed.digest(content))
