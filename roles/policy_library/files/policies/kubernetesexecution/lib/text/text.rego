# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Words in messages
# description: >-
#   regopy (1.5.2) puts quotes around the results of concat, replace, lower, format_int and others, and around the default
#   of object.get, when sprintf inserts them, which makes the whole answer unreadable. What
#   strings.replace_n returns is inserted as it is, whatever characters there are; what trim_space and its kind return is
#   an error when there is a quote or a line break in it. So such texts are made here and nowhere else.
package kubernetesexecution.lib.text

import rego.v1

# The names that are known and how many more there are: "web-1, web-2 and 3 more".
list(names, total) := join(", ", names) if total <= count(names)

list(names, total) := sprintf("%v and %v more", [join(", ", names), total - count(names)]) if total > count(names)

join(separator, names) := strings.replace_n({}, concat(separator, names))

# Who owns a group of pods: "Deployment shop/web", or the pods themselves when nobody does.
owner(group) := sprintf("%v %v/%v", [group.controller.kind, group.namespace, group.controller.name]) if {
	group.controller != null
}

owner(group) := sprintf("Pod %v/%v", [group.namespace, list(group.names, group.count)]) if group.controller == null

budget(covering) := sprintf("PodDisruptionBudget %v/%v", [covering.namespace, covering.name])

# Why something is listed.
reason(entry) := entry.reason if entry.reason

reason(entry) := "no reason is given" if not entry.reason

# "1 node", "2 nodes".
counted(number, one, _) := sprintf("%v %v", [number, strings.replace_n({}, one)]) if number == 1

counted(number, _, many) := sprintf("%v %v", [number, strings.replace_n({}, many)]) if number != 1

# Without the full stop at its end, to stand inside a sentence.
clause(words) := strings.replace_n({}, regex.replace(words, "[. ]+$", ""))
