# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.lib.text_test

import rego.v1

import data.kubernetesexecution.lib.text

test_lists_names_and_how_many_more if {
	text.list(["web-1"], 1) == "web-1"
	text.list(["web-1", "web-2"], 2) == "web-1, web-2"
	text.list(["web-1", "web-2"], 5) == "web-1, web-2 and 3 more"
}

test_names_the_owner if {
	text.owner({"namespace": "shop", "controller": {"kind": "Deployment", "name": "web"}}) == "Deployment shop/web"
	text.owner({"namespace": "shop", "controller": null, "names": ["a", "b"], "count": 2}) == "Pod shop/a, b"
}

test_gives_the_reason_when_there_is_one if {
	text.reason({"reason": "inventory"}) == "inventory"
	text.reason({}) == "no reason is given"
	text.reason({"reason": false}) == "no reason is given"
}

test_counts_one_and_many if {
	text.counted(1, "node", "nodes") == "1 node"
	text.counted(0, "node", "nodes") == "0 nodes"
	text.counted(2, "node", "nodes") == "2 nodes"
}

test_a_clause_has_no_full_stop if {
	text.clause("The shop is down. ") == "The shop is down"
	text.clause("db-1.example is down") == "db-1.example is down"
}

test_a_clause_can_be_inserted if {
	sprintf("(%v)", [text.clause("down.")]) == "(down)"
}

test_any_text_can_be_inserted if {
	every words in ["say \"no\"", "back\\slash", "two\nlines", "\u0000\u001b[0m", "größe", ""] {
		sprintf("(%v)", [text.clause(words)]) == sprintf("(%v)", [words])
		sprintf("(%v)", [text.join(", ", [words, words])]) == sprintf("(%v, %v)", [words, words])
	}
}

test_joined_texts_can_be_inserted if {
	sprintf("(%v)", [text.join("; ", ["a", "b"])]) == "(a; b)"
}

test_a_group_without_an_owner_is_named_by_its_pods if {
	text.owner({"namespace": "shop", "controller": null, "names": ["web-1"], "count": 1}) == "Pod shop/web-1"
}
