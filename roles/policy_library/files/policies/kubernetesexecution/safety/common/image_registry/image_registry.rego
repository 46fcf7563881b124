# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Images
# description: >-
#   Where images come from and how they are named: data.config.images {allowed_registries, digest_required_in,
#   floating_tags}.
# schemas:
#   - input: schema.input
package kubernetesexecution.safety.common.image_registry

import rego.v1

import data.kubernetesexecution.lib.request
import data.kubernetesexecution.lib.text

# METADATA
# title: Registry not allowed
# description: >-
#   Only registries whose images somebody checks are run.
# custom:
#   code: image-registry.not-allowed
#   remedy: >-
#     Push the image to a registry in data.config.images.allowed_registries and name it there.
#   facts: [images]
deny contains {
	"code": "image-registry.not-allowed",
	"message": sprintf("%v: container %v would run %v; images from %v are not allowed.", [request.label, image.container, image.image, image.registry]),
	"remedy": sprintf("Push the image to one of %v and name it there.", [text.join(", ", data.config.images.allowed_registries)]),
	"details": {"container": image.container, "image": image.image, "allowed": data.config.images.allowed_registries},
} if {
	request.brings_images
	some image in input.images
	not allowed(image)
}

# METADATA
# title: Digest required
# description: >-
#   A tag can point to something else tomorrow; a digest cannot. What ran before may be gone back to as it was named.
# custom:
#   code: image-registry.digest-required
#   remedy: >-
#     Write the image as registry/repository@sha256:digest.
#   facts: [images, namespace_info]
deny contains {
	"code": "image-registry.digest-required",
	"message": sprintf("%v: container %v would run %v, which names no digest; %v requires one.", [request.label, image.container, image.image, request.environment]),
	"details": {"container": image.container, "image": image.image},
} if {
	request.updates_image
	some image in input.images
	image.digest == ""
	request.environment in data.config.images.digest_required_in
}

# METADATA
# title: Floating tag
# description: >-
#   Nobody could say afterwards what ran, and a restart may bring another version.
# custom:
#   code: image-registry.floating-tag
#   remedy: >-
#     Use the tag of a version, or a digest.
#   facts: [images]
deny contains {
	"code": "image-registry.floating-tag",
	"message": sprintf("%v: container %v would run %v, and %v says nothing about the version.", [request.label, image.container, image.image, tag(image)]),
	"details": {"container": image.container, "image": image.image, "tag": image.tag},
} if {
	request.brings_images
	some image in input.images
	image.digest == ""
	image.tag in floating
}

# METADATA
# title: No image named
# description: >-
#   An update without images cannot be judged.
# custom:
#   code: image-registry.nothing-to-judge
#   remedy: >-
#     Name the containers and their images.
#   facts: [images]
deny contains {
	"code": "image-registry.nothing-to-judge",
	"message": sprintf("%v: no image is named, so none was checked.", [request.label]),
} if {
	request.updates_image
	count(input.images) == 0
}

allowed(image) if image.registry in data.config.images.allowed_registries

allowed(image) if {
	some entry in data.config.images.allowed_registries
	startswith(concat("/", [image.registry, image.repository]), concat("", [entry, "/"]))
}

tag(image) := sprintf("the tag %v", [image.tag]) if not image.tag == ""

tag(image) := "an image without a tag" if image.tag == ""

# No tag means latest.
floating := {tag | some tag in data.config.images.floating_tags} | {""}
