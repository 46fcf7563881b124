# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.common.image_registry_test

import rego.v1

import data.kubernetesexecution.lib.fixtures
import data.kubernetesexecution.safety.common.image_registry

test_not_allowed_fires if {
	image_registry.deny == {
		{
			"code": "image-registry.not-allowed",
			"details": {
				"allowed": ["registry.example.com", "quay.io/team"],
				"container": "web",
				"image": "docker.io/evil/web@sha256:11aa",
			},
			"message": "Deployment shop/web: container web would run docker.io/evil/web@sha256:11aa; images from docker.io are not allowed.",
			"remedy": "Push the image to one of registry.example.com, quay.io/team and name it there.",
		},
	} with input as fixtures.update_image({"image": "docker.io/evil/web@sha256:11aa", "registry": "docker.io", "repository": "evil/web"}, {})
		with data.config as fixtures.config({})
}

test_not_allowed_silent if {
	image_registry.deny == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_not_allowed_boundary if {
	image_registry.deny == set() with input as fixtures.update_image({"image": "quay.io/team/web@sha256:11aa", "registry": "quay.io", "repository": "team/web"}, {})
		with data.config as fixtures.config({})
}

test_not_allowed_fires_for_a_path_that_only_begins_alike if {
	image_registry.deny == {
		{
			"code": "image-registry.not-allowed",
			"details": {
				"allowed": ["registry.example.com", "quay.io/team"],
				"container": "web",
				"image": "quay.io/teammate/web@sha256:11aa",
			},
			"message": "Deployment shop/web: container web would run quay.io/teammate/web@sha256:11aa; images from quay.io are not allowed.",
			"remedy": "Push the image to one of registry.example.com, quay.io/team and name it there.",
		},
	} with input as fixtures.update_image({"image": "quay.io/teammate/web@sha256:11aa", "registry": "quay.io", "repository": "teammate/web"}, {})
		with data.config as fixtures.config({})
}

test_not_allowed_fires_for_a_registry_that_only_begins_alike if {
	image_registry.deny == {
		{
			"code": "image-registry.not-allowed",
			"details": {
				"allowed": ["registry.example.com", "quay.io/team"],
				"container": "web",
				"image": "registry.example.com.evil.io/web@sha256:11aa",
			},
			"message": "Deployment shop/web: container web would run registry.example.com.evil.io/web@sha256:11aa; images from registry.example.com.evil.io are not allowed.",
			"remedy": "Push the image to one of registry.example.com, quay.io/team and name it there.",
		},
	} with input as fixtures.update_image({"image": "registry.example.com.evil.io/web@sha256:11aa", "registry": "registry.example.com.evil.io", "repository": "web"}, {})
		with data.config as fixtures.config({})
}

test_digest_required_fires if {
	image_registry.deny == {
		{
			"code": "image-registry.digest-required",
			"details": {"container": "web", "image": "registry.example.com/shop/web:1.1"},
			"message": "Deployment shop/web: container web would run registry.example.com/shop/web:1.1, which names no digest; production requires one.",
		},
	} with input as fixtures.update_image({"image": "registry.example.com/shop/web:1.1", "tag": "1.1", "digest": ""}, {})
		with data.config as fixtures.config({})
}

test_digest_required_silent if {
	image_registry.deny == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_digest_required_boundary if {
	image_registry.deny == set() with input as fixtures.update_image({"image": "registry.example.com/shop/web:1.1", "tag": "1.1", "digest": ""}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_floating_tag_fires if {
	image_registry.deny == {
		{
			"code": "image-registry.floating-tag",
			"details": {"container": "web", "image": "registry.example.com/shop/web:latest", "tag": "latest"},
			"message": "Deployment shop/web: container web would run registry.example.com/shop/web:latest, and the tag latest says nothing about the version.",
		},
	} with input as fixtures.update_image({"image": "registry.example.com/shop/web:latest", "tag": "latest", "digest": ""}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_floating_tag_silent if {
	image_registry.deny == set() with input as fixtures.update_image({"image": "registry.example.com/shop/web:1.1", "tag": "1.1", "digest": ""}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_floating_tag_boundary if {
	image_registry.deny == set() with input as fixtures.update_image({"image": "registry.example.com/shop/web:latest@sha256:11aa", "tag": "latest"}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_floating_tag_fires_without_a_tag if {
	image_registry.deny == {
		{
			"code": "image-registry.floating-tag",
			"details": {"container": "web", "image": "registry.example.com/shop/web", "tag": ""},
			"message": "Deployment shop/web: container web would run registry.example.com/shop/web, and an image without a tag says nothing about the version.",
		},
	} with input as fixtures.update_image({"image": "registry.example.com/shop/web", "tag": "", "digest": ""}, fixtures.in_development({}))
		with data.config as fixtures.config({})
}

test_nothing_to_judge_fires if {
	image_registry.deny == {
		{
			"code": "image-registry.nothing-to-judge",
			"message": "Deployment shop/web: no image is named, so none was checked.",
		},
	} with input as fixtures.update_image({}, {"images": []})
		with data.config as fixtures.config({})
}

test_nothing_to_judge_silent if {
	image_registry.deny == set() with input as fixtures.scale(5, {})
		with data.config as fixtures.config({})
}

test_nothing_to_judge_boundary if {
	image_registry.deny == set() with input as fixtures.update_image({}, {})
		with data.config as fixtures.config({})
}

test_not_allowed_fires_for_a_rollback if {
	{finding.code | some finding in image_registry.deny} == {"image-registry.not-allowed"} with input as fixtures.rollback({"registry": "docker.io"}, {})
		with data.config as fixtures.config({})
}

test_floating_tag_fires_for_a_rollback if {
	{finding.code | some finding in image_registry.deny} == {"image-registry.floating-tag"} with input as fixtures.rollback({"tag": "latest", "digest": ""}, {})
		with data.config as fixtures.config({})
}

test_digest_required_silent_for_a_rollback if {
	image_registry.deny == set() with input as fixtures.rollback({"tag": "1.0", "digest": ""}, {})
		with data.config as fixtures.config({})
}

test_nothing_to_judge_silent_for_a_rollback_to_the_same_images if {
	image_registry.deny == set() with input as fixtures.rollback({}, {"images": []})
		with data.config as fixtures.config({})
}

test_silent_for_actions_that_bring_no_images if {
	image_registry.deny == set() with input as fixtures.restart({"images": [{"container": "web", "image": "evil.example/web:latest", "registry": "evil.example", "repository": "web", "tag": "latest", "digest": "", "current": ""}]})
		with data.config as fixtures.config({})
}
