# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Settings about history, approvals and exceptions
# description: >-
#   Whether each can be used as the gate and the rules use it: the gate leaves out what it cannot count, so it has to be
#   denied here. Times may not look further back than records are kept. Of settings by action, the entry of the action
#   that is judged matters.
package kubernetesexecution.lib.settings

import rego.v1

import data.kubernetesexecution.lib.exceptions
import data.kubernetesexecution.lib.request

# Asked in every evaluation: which one it is, is looked for only when something is wrong.
default usable := false

usable if data.checked.settings == true

usable if {
	not data.checked.settings == true
	retention_usable
	rate_limits_usable
	cool_down_usable
	failure_block_usable
	quorum_usable
	max_valid_usable
	codes_usable
	exceptions_usable
	job_image_usable
}

# Each with what it has to be.
unusable contains ["retention_days", "a whole number from 1 to 365"] if not retention_usable

unusable contains [
	"rate_limits",
	"a list of {scope, max, window_seconds} and perhaps actions: scope is target, action, namespace, requester or global, max and window_seconds are whole numbers of 1 or more, and no window is longer than retention_days",
] if {
	not rate_limits_usable
}

unusable contains [
	"cool_down_seconds",
	"a mapping of actions to whole seconds, none longer than retention_days",
] if {
	not cool_down_usable
}

unusable contains [
	"failure_block",
	"{after, seconds}: after a whole number of 1 or more, seconds a whole number and not longer than retention_days",
] if {
	not failure_block_usable
}

unusable contains [
	"approvals.quorum",
	"a mapping of actions, and default, to whole numbers of 1 or more",
] if {
	not quorum_usable
}

unusable contains ["approvals.max_valid_seconds", "a whole number of 1 or more"] if not max_valid_usable

unusable contains ["overrides.codes", "a list of codes"] if not codes_usable

unusable contains [
	"exceptions",
	"a list of {name, owner, reason, rules, expires}, each with actions, namespaces or targets, and perhaps environments, ticket and time_zone: every name once, dates as YYYY-MM-DD, no rule that nobody is excepted from",
] if {
	not exceptions_usable
}

unusable contains [
	"job_mode.image",
	"empty, or an image that ends in @sha256: and 64 hexadecimal digits",
] if {
	not job_image_usable
}

default retention_usable := false

retention_usable if {
	days := data.config.retention_days
	whole(days)
	days >= 1
	days <= 365
}

# That the retention is unusable is said once, not of everything that would be compared with it.
default kept_seconds := 1000000000000

kept_seconds := data.config.retention_days * 86400 if retention_usable

default rate_limits_usable := false

rate_limits_usable if {
	is_array(data.config.rate_limits)
	count(usable_limits) == count(data.config.rate_limits)
}

# Conditions stand in the comprehensions and not in a function: calling one for each entry costs as much as all of them. The
# patterns name all keys: with a misspelt "actions" a limit would be one of all actions.
usable_limits := array.concat(plain_limits, limits_of_actions)

plain_limits := [limit |
	kept := kept_seconds
	some limit in data.config.rate_limits
	{"scope": scope, "max": most, "window_seconds": seconds} = limit
	scope in {"target", "action", "namespace", "requester", "global"}
	is_number(most)
	most >= 1
	floor(most) == most
	is_number(seconds)
	seconds >= 1
	seconds <= kept
	floor(seconds) == seconds
]

limits_of_actions := [limit |
	kept := kept_seconds
	some limit in data.config.rate_limits
	{"scope": scope, "max": most, "window_seconds": seconds, "actions": actions} = limit
	scope in {"target", "action", "namespace", "requester", "global"}
	is_array(actions)
	count([action | some action in actions; is_string(action)]) == count(actions)
	is_number(most)
	most >= 1
	floor(most) == most
	is_number(seconds)
	seconds >= 1
	seconds <= kept
	floor(seconds) == seconds
]

default cool_down_usable := false

cool_down_usable if {
	is_object(data.config.cool_down_seconds)
	usable_seconds(pause)
}

# What stands under the action's name. By its key: object.get would take an action that is a list for a path.
default pause := 0

pause := data.config.cool_down_seconds[request.action]

default approvers := 1

approvers := data.config.approvals.quorum[request.action]

default failure_block_usable := false

failure_block_usable if {
	{"after": after, "seconds": seconds} := data.config.failure_block
	whole(after)
	after >= 1
	usable_seconds(seconds)
}

default quorum_usable := false

quorum_usable if {
	usable_quorum(data.config.approvals.quorum["default"])
	usable_quorum(approvers)
}

default max_valid_usable := false

max_valid_usable if {
	whole(data.config.approvals.max_valid_seconds)
	data.config.approvals.max_valid_seconds >= 1
}

default codes_usable := false

codes_usable if is_array(data.config.overrides.codes)

default exceptions_usable := false

exceptions_usable if data.config.exceptions == []

exceptions_usable if {
	is_array(data.config.exceptions)
	request.entry != {}
	count(exceptions.unusable_here) == 0
}

exceptions_usable if {
	is_array(data.config.exceptions)
	request.entry == {}
	count(exceptions.unusable) == 0
	count(exceptions.doubled) == 0
}

default job_image_usable := false

# Without an image there are no Jobs; one that a registry could swap would run something else than what was published.
job_image_usable if not data.config.job_mode.image

job_image_usable if data.config.job_mode.image == ""

job_image_usable if regex.match("^[^@]+@sha256:[0-9a-f]+$", pinned_image)

# The image, where it is a text with a digest of 64 characters.
pinned_image := image if {
	some image in [data.config.job_mode.image]
	is_string(image)
	some at in [indexof(image, "@sha256:")]
	count(image) == (at + 8) + 64
}

usable_quorum(number) if {
	whole(number)
	number >= 1
}

usable_seconds(seconds) if {
	whole(seconds)
	seconds >= 0
	seconds <= kept_seconds
}

whole(number) if {
	is_number(number)
	floor(number) == number
}
