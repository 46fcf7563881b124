# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.selectors import (
    SelectorError,
    label_selector_matches,
    node_terms_match,
)

LABELS = {"app": "web", "tier": "front", "size": "12"}


def rule(key, operator, *values):
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        pytest.param(None, False, id="absent-matches-nothing"),
        pytest.param({}, True, id="empty-matches-all"),
        pytest.param({"matchLabels": None, "matchExpressions": None}, True, id="null-parts-are-empty"),
        pytest.param({"matchLabels": {"app": "web"}}, True, id="label"),
        pytest.param({"matchLabels": {"app": "api"}}, False, id="other-value"),
        pytest.param({"matchLabels": {"app": "web", "zone": "a"}}, False, id="all-labels-have-to-match"),
        pytest.param({"matchExpressions": [rule("app", "In", "api", "web")]}, True, id="in"),
        pytest.param({"matchExpressions": [rule("zone", "In", "a")]}, False, id="in-without-label"),
        pytest.param({"matchExpressions": [rule("app", "NotIn", "api")]}, True, id="not-in"),
        pytest.param({"matchExpressions": [rule("app", "NotIn", "web")]}, False, id="not-in-listed"),
        pytest.param({"matchExpressions": [rule("zone", "NotIn", "a")]}, True, id="not-in-without-label"),
        pytest.param({"matchExpressions": [rule("app", "Exists")]}, True, id="exists"),
        pytest.param({"matchExpressions": [rule("zone", "Exists")]}, False, id="exists-without-label"),
        pytest.param({"matchExpressions": [rule("zone", "DoesNotExist")]}, True, id="does-not-exist"),
        pytest.param({"matchExpressions": [rule("app", "DoesNotExist")]}, False, id="does-not-exist-with-label"),
        pytest.param(
            {"matchLabels": {"app": "web"}, "matchExpressions": [rule("tier", "In", "back")]}, False, id="both-parts"
        ),
    ],
)
def test_a_label_selector_matches_as_in_the_api_server(selector, matches):
    assert label_selector_matches(selector, LABELS) is matches


@pytest.mark.parametrize("bad", [rule("app", "Gt", "1"), rule("app", "Like", "w"), rule("app", "In")])
@pytest.mark.parametrize("before", [[], [rule("zone", "Exists")]], ids=["alone", "after-a-mismatch"])
def test_an_invalid_label_selector_is_found_wherever_it_stands(bad, before):
    with pytest.raises(SelectorError):
        label_selector_matches({"matchLabels": {"app": "no"}, "matchExpressions": [*before, bad]}, LABELS)


@pytest.mark.parametrize(
    ("terms", "matches"),
    [
        pytest.param([], False, id="no-terms"),
        pytest.param([{}], False, id="empty-term"),
        pytest.param([{"matchExpressions": [rule("app", "In", "web")]}], True, id="expression"),
        pytest.param(
            [{"matchExpressions": [rule("app", "In", "no")]}, {"matchFields": [rule("metadata.name", "In", "n1")]}],
            True,
            id="terms-are-alternatives",
        ),
        pytest.param(
            [{"matchExpressions": [rule("app", "In", "web"), rule("zone", "Exists")]}], False, id="rules-add-up"
        ),
        pytest.param([{"matchFields": [rule("metadata.name", "NotIn", "n1")]}], False, id="field"),
        pytest.param([{"matchExpressions": [rule("size", "Gt", "11")]}], True, id="greater"),
        pytest.param([{"matchExpressions": [rule("size", "Gt", "12")]}], False, id="greater-at-the-boundary"),
        pytest.param([{"matchExpressions": [rule("size", "Lt", "13")]}], True, id="less"),
        pytest.param([{"matchExpressions": [rule("app", "Gt", "1")]}], False, id="greater-of-text"),
        pytest.param([{"matchExpressions": [rule("app", "Like", "w")]}], False, id="unknown-operator"),
    ],
)
def test_node_selector_terms_match_as_in_the_scheduler(terms, matches):
    assert node_terms_match(terms, LABELS, "n1") is matches
