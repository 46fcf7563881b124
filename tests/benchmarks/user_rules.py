# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An overlay as organisations write it: a package per team, twenty of them, with ten rules each.

The rules are written the way people write them, not the way the engine likes them. Half of the teams have something to do with
the inputs of the benchmark, so their rules get beyond their first line; none of them objects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid

_BUSY = ("shop", "team-0", "team-1", "team-2", "team-3", "team-4", "team-5", "team-6", "team-7", "team-8")
_OTHERS = ("payments", "billing", "search", "catalog", "identity", "logistics", "mobile", "support", "stock", "web")
TEAMS = (*_BUSY, *_OTHERS)

_HEAD = """\
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

package kubernetesexecution.safety.teams.{package}

import rego.v1

import data.kubernetesexecution.lib.clock

settings := data.config.teams["{team}"]

ours if input.namespace == "{team}"

ours if startswith(input.namespace, "{team}-")
"""

_RULE = """
# METADATA
# title: {title}
# custom:
#   code: {team}.{name}
#   remedy: Ask the people of {team}.
{kind} contains {{"code": "{team}.{name}", "message": message}} if {{
{body}
}}
"""

# Name, title, kind, body.
_RULES: tuple[tuple[str, str, str, str], ...] = (
    (
        "replica-cap",
        "More replicas than the team pays for",
        "deny",
        """\
	input.action in {"ScaleDeployment", "ScaleStatefulSet"}
	ours
	input.parameters.replicas > settings.max_replicas
	message := sprintf("%d replicas, at most %d", [input.parameters.replicas, settings.max_replicas])""",
    ),
    (
        "replica-floor",
        "A critical workload keeps its replicas",
        "deny",
        """\
	input.action == "ScaleDeployment"
	ours
	input.parameters.deployment_name in settings.critical
	input.parameters.replicas < settings.min_replicas
	message := sprintf("%v is critical and needs %d replicas", [input.parameters.deployment_name, settings.min_replicas])""",
    ),
    (
        "labels",
        "The namespace carries the labels that we bill by",
        "deny",
        """\
	ours
	some label in settings.required_labels
	not input.namespace_info.labels[label]
	message := sprintf("the namespace %v has no label %v", [input.namespace, label])""",
    ),
    (
        "image-prefix",
        "Images come from the team's own repository",
        "deny",
        """\
	input.action == "UpdateImage"
	ours
	some image in input.images
	not startswith(image.image, settings.image_prefix)
	message := sprintf("%v does not come from %v", [image.image, settings.image_prefix])""",
    ),
    (
        "image-tag",
        "No tags that move",
        "deny",
        """\
	input.action == "UpdateImage"
	ours
	some image in input.images
	image.tag in {"latest", "dev", "snapshot"}
	message := sprintf("the tag %v moves", [image.tag])""",
    ),
    (
        "quiet-hours",
        "Nothing is destroyed while the batch runs",
        "deny",
        """\
	data.config.catalogue[input.action].destructive
	ours
	[hour, _, _] := time.clock([clock.now, "UTC"])
	hour >= settings.quiet_from
	hour < settings.quiet_to
	message := sprintf("between %d and %d o'clock the batch runs", [settings.quiet_from, settings.quiet_to])""",
    ),
    (
        "ticket",
        "Deletions need a ticket",
        "deny",
        """\
	startswith(input.action, "Delete")
	ours
	not regex.match(`^[A-Z]+-[0-9]+$`, input.request.ticket)
	message := sprintf("%v is no ticket", [input.request.ticket])""",
    ),
    (
        "volumes",
        "Pods with data of their own move by hand",
        "deny",
        """\
	input.action == "DrainNode"
	some group in input.disruption.pods
	group.namespace == "{team}"
	count(group.storage) > 0
	message := sprintf("%d pods of %v keep data on the node", [group.count, group.controller.name])""",
    ),
    (
        "share",
        "Not too many pods of the team at once",
        "deny",
        """\
	input.action == "DrainNode"
	some group in input.disruption.pods
	group.namespace == "{team}"
	group.count > settings.max_pods
	message := sprintf("%d pods of %v at once, at most %d", [group.count, group.controller.name, settings.max_pods])""",
    ),
    (
        "nodes",
        "The team knows when nodes get scarce",
        "warn",
        """\
	input.action in {"DrainNode", "CordonNode"}
	input.nodes.schedulable - 1 < settings.min_nodes
	message := sprintf("%d nodes are left", [input.nodes.schedulable - 1])""",
    ),
)


def modules() -> dict[str, str]:
    """Text of each package by its path in the overlay."""
    return {f"kubernetesexecution/safety/teams/{_package(team)}/{_package(team)}.rego": _module(team) for team in TEAMS}


def config() -> dict[str, Any]:
    """What the overlay adds to ``data.config``."""
    return {"teams": {team: _settings(team) for team in TEAMS}}


def write(folder: Path) -> Path:
    """The overlay as a directory."""
    files: Mapping[str, str] = {**modules(), "config/teams.yaml": json.dumps(config(), indent=2) + "\n"}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def with_user_rules(library: Library, folder: Path) -> Library:
    """The library with the overlay merged over it. ``folder`` is where the overlay is written to."""
    return overlaid(library, from_directory(write(folder)))


def _package(team: str) -> str:
    return team.replace("-", "_")


def _module(team: str) -> str:
    rules = (
        _RULE.format(team=team, name=name, title=title, kind=kind, body=body.replace("{team}", team))
        for name, title, kind, body in _RULES
    )
    return _HEAD.format(team=team, package=_package(team)) + "".join(rules)


def _settings(team: str) -> dict[str, Any]:
    return {
        "critical": [f"{team}-api", f"{team}-web"],
        "image_prefix": f"registry.example.com/{team}/",
        "max_pods": 200,
        "max_replicas": 800,
        "min_nodes": 3,
        "min_replicas": 2,
        "quiet_from": 5,
        "quiet_to": 7,
        "required_labels": ["environment"],
    }
