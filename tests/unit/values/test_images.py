# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.images import ImageReference, parse_image

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("nginx", ("docker.io", "library/nginx", "latest", "")),
        ("team/nginx:1", ("docker.io", "team/nginx", "1", "")),
        ("registry.example.com/shop/web:1.2", ("registry.example.com", "shop/web", "1.2", "")),
        ("localhost/web", ("localhost", "web", "latest", "")),
        ("localhost:5000/web:2", ("localhost:5000", "web", "2", "")),
        (f"registry.example.com/web@{DIGEST}", ("registry.example.com", "web", "", DIGEST)),
        (f"registry.example.com/web:1@{DIGEST}", ("registry.example.com", "web", "1", DIGEST)),
        ("[2001:db8::1]:5000/web", ("[2001:db8::1]:5000", "web", "latest", "")),
    ],
)
def test_a_reference_is_taken_apart_as_the_runtimes_do(reference, parts):
    assert parse_image(reference) == ImageReference(*parts)


@pytest.mark.parametrize("reference", ["", "A", "a b", "web:", "web@sha256:12", "x" * 600, "reg.io/web\n", "web:1:2"])
def test_what_is_no_reference_is_refused(reference):
    with pytest.raises(ValueError, match="not an image reference"):
        parse_image(reference)


def test_a_registry_cannot_be_feigned_by_the_path():
    """An allow-list compares the registry; a path that begins with the name of an allowed one is another registry."""
    assert parse_image("evil.example.net/registry.example.com/web:1").registry == "evil.example.net"
