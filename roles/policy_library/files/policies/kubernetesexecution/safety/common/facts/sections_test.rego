# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.facts.sections_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.facts

test_every_section_is_named_once if {
	count({section | some section in facts.sections}) == facts.number_of_sections
}

test_the_sections_are_those_of_a_document if {
	{section | some section in facts.sections} == object.keys(fixtures.document({}))
}
