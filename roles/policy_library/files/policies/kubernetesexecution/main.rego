# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: The decision
# description: >-
#   Judges what the packages below safety and rbac report, and nothing else. A group that is named after an environment
#   counts in that environment only; all other groups count always. Data can move a rule between deny, warn and dryrun;
#   it cannot make an unreadable result or an unknown action pass. An exception makes a warning of what it names, and an
#   emergency override of what data.config.overrides lists; neither ever does of what the last rules below hold firm.
# schemas:
#   - input: schema.input
package kubernetesexecution

import rego.v1

import data.kubernetesexecution.collected
import data.kubernetesexecution.lib.approvals
import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

environments := {"production", "staging", "development"}

levels := {"deny", "warn", "dryrun"}

# METADATA
# title: Allowed or not, and why
# description: >-
#   allowed is true only when there is no violation. violations, warnings and dryrun are sorted by code and message;
#   violations_text holds the messages alone.
# entrypoint: true
decision := {
	"allowed": count(violations) == 0,
	"violations": violations,
	"violations_text": [violation.message | some violation in violations],
	"warnings": at_level("warn"),
	"dryrun": at_level("dryrun"),
} if {
	not quiet
}

# The ordinary case, in which nobody has anything to say.
decision := {"allowed": true, "violations": [], "violations_text": [], "warnings": [], "dryrun": []} if quiet

default action := "without a name"

action := request.action

default quiet := false

quiet if {
	count(collected.deny) == 0
	count(collected.warn) == 0
	known
}

violations := at_level("deny")

at_level(level) := ordered([finding | some [given, finding] in settled; given == level])

ordered(findings) := findings if count(findings) < 2

ordered(findings) := [entry[2] |
	some entry in sort([[finding.code, finding.message, finding] | some finding in findings])
] if {
	not count(findings) < 2
}

# Lists instead of sets: the engine takes its time to compare objects.
judged := array.concat(array.concat(denied, warned), array.concat(malformed, unknown))

denied := readable_of(collected.deny, "deny")

warned := readable_of(collected.warn, "warn")

malformed := malformed_of([collected.deny, collected.warn])

# What is made stands in the body: in front of the | the engine does not know the arguments (regopy 1.5.2).
readable_of(reports, written) := [found |
	some report in reports
	counts(report.group)
	finding := finding_of(report)
	found := [level(finding.code, written), finding]
]

malformed_of(lists) := [["deny", finding] |
	some reports in lists
	some report in reports
	counts(report.group)
	not readable(report)
	finding := {
		"policy": report.policy,
		"code": "policy.malformed-result",
		"message": sprintf("%v reported something that is neither a text nor an object with a message: %v.", [
			report.policy,
			report.result,
		]),
		"remedy": "Let the rule report a text, or an object with code and message.",
	}
]

unknown := [["deny", finding] |
	not known
	finding := {
		"policy": "gate",
		"code": "policy.action-not-in-catalogue",
		"message": sprintf("The action %v is not in the library's catalogue.", [action]),
		"remedy": "Add the action to data.config.catalogue, or use one that is in it.",
	}
]

default known := false

known if is_object(data.config.catalogue[request.action])

counts(group) if not group in environments

counts(group) if group == request.environment

default enforcement := {}

enforcement := data.config.enforcement

level(code, written) := known_level(object.get(enforcement, code, written))

# A level that nobody knows denies.
known_level(stated) := stated if stated in levels

known_level(stated) := "deny" if not stated in levels

readable(report) if is_string(report.result)

readable(report) if {
	is_string(report.result.message)
	is_string(code_of(report))
}

finding_of(report) := {"policy": report.policy, "code": code_of(report), "message": report.result} if {
	is_string(report.result)
}

finding_of(report) := object.union(report.result, {"policy": report.policy, "code": code_of(report)}) if {
	readable(report)
	is_object(report.result)
}

# A result without a code goes by the name of its package.
code_of(report) := object.get(report.result, "code", replace(report.policy, "/", ".")) if is_object(report.result)

code_of(report) := replace(report.policy, "/", ".") if is_string(report.result)

# Looked at only when somebody has something to say.
settled := judged if not liftable

settled := [settle(given, finding) | some [given, finding] in judged] if liftable

default liftable := false

liftable if exceptions.current[0]

liftable if approvals.overrides[0]

settle(given, finding) := excepted(given, finding)

settle(given, finding) := lifted(given, finding) if not excepted(given, finding)

# Whatever goes wrong with lifting it, a finding stays.
settle(given, finding) := [given, finding] if {
	not excepted(given, finding)
	not lifted(given, finding)
}

excepted(given, finding) := ["warn", object.union(finding, {"message": message, "details": details})] if {
	given == "deny"
	not firm(finding)
	entry := [one | some one in exceptions.current; finding.code in one.rules][0]
	message := sprintf("%v. Excepted until %v by %v (%v): %v.", [
		text.clause(finding.message),
		entry.expires,
		entry.owner,
		entry.name,
		text.clause(entry.reason),
	])
	details := object.union(object.get(finding, "details", {}), {"exception": entry})
}

lifted(given, finding) := ["warn", object.union(finding, {"message": message, "details": details})] if {
	given == "deny"
	overridable(finding)
	override := approvals.override
	message := sprintf("%v. Overridden by %v: %v.", [
		text.clause(finding.message),
		override.approver,
		text.clause(override.reason),
	])
	details := object.union(object.get(finding, "details", {}), {
		"override": {
			"name": override.name,
			"approver": override.approver,
			"reason": override.reason,
		},
	})
}

overridable(finding) if {
	finding.code in data.config.overrides.codes
	not firm(finding)
}

# What neither exception nor override lifts, whatever the data says: what the API server does not permit, what is protected, and everything
# without which nobody knows what is being decided.
firm(finding) if startswith(finding.code, "policy.")

firm(finding) if startswith(finding.policy, "rbac")

firm(finding) if {
	finding.policy in firm_policies
}

firm_policies := {
	"common/config",
	"common/exceptions",
	"common/facts",
	"common/namespace_protection",
	"common/protected_objects",
}
