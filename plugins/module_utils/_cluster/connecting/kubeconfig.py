# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a kubeconfig, in one sentence, before the Kubernetes library sees it.

The library's own messages are never shown: for a merged kubeconfig they can contain a whole user entry, token included.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable


@dataclass(frozen=True)
class KubeconfigContext:
    """The context that is in force, and its parts.

    Attributes:
        name: Of the context.
        user: The user entry; empty for a context without a user.
    """

    name: str
    user: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_exec_plugin(self) -> bool:
        return isinstance(self.user.get("exec"), Mapping)

    @property
    def exec_command(self) -> str:
        plugin = self.user.get("exec")
        return str(plugin.get("command", "")) if isinstance(plugin, Mapping) else ""

    @property
    def impersonation(self) -> tuple[str, tuple[str, ...]]:
        """``as`` and ``as-groups`` of the user entry. kubectl honours them; the Python library does not."""
        groups = self.user.get("as-groups")
        names = tuple(map(str, groups)) if isinstance(groups, list) else ()
        user = str(self.user.get("as") or "")
        return (user, names) if user else ("", ())


def select_context(config: Mapping[str, Any], wanted: str, source: str) -> KubeconfigContext:
    """Find the context and check that the parts it names are there.

    Args:
        config: A kubeconfig, merged from all its files.
        wanted: Name of a context; empty for the current one.
        source: Where the kubeconfig comes from, for messages.

    Raises:
        Unreachable: ``connection.context-missing`` or ``connection.kubeconfig-invalid``.
    """
    contexts = _named(config, "contexts", source)
    name = wanted or config.get("current-context")
    if not isinstance(name, str) or not name:
        raise Unreachable(
            "connection.context-missing",
            f"{source} has no current context and the task names none.",
            f"Set context to one of: {_listed(contexts)}.",
        )
    if name not in contexts:
        raise Unreachable(
            "connection.context-missing",
            f"{source} has no context {name!r}.",
            f"Set context to one of: {_listed(contexts)}.",
        )
    context = contexts[name].get("context")
    if not isinstance(context, Mapping):
        raise invalid(source, f"context {name!r} is empty")
    _check_cluster(_named(config, "clusters", source), context.get("cluster"), name, source)
    return KubeconfigContext(name, _user(_named(config, "users", source), context.get("user"), name, source))


def invalid(source: str, what: str) -> Unreachable:
    """The error for a kubeconfig that is not one."""
    return Unreachable(
        "connection.kubeconfig-invalid", f"{source} is not a usable kubeconfig: {what}.", "Correct the kubeconfig."
    )


def _check_cluster(clusters: Mapping[str, Any], cluster: object, context: str, source: str) -> None:
    if not isinstance(cluster, str) or cluster not in clusters:
        raise invalid(source, f"context {context!r} names a cluster that is not in it")
    entry = clusters[cluster].get("cluster")
    server = entry.get("server") if isinstance(entry, Mapping) else None
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise invalid(source, f"cluster {cluster!r} has no server URL")


def _user(users: Mapping[str, Any], user: object, context: str, source: str) -> Mapping[str, Any]:
    if not user:
        return {}
    if not isinstance(user, str) or user not in users:
        # The library would go on without a credential.
        raise invalid(source, f"context {context!r} names a user that is not in it")
    entry = users[user].get("user")
    return plain(entry) if isinstance(entry, Mapping) else {}


def _named(config: Mapping[str, Any], section: str, source: str) -> dict[str, Mapping[str, Any]]:
    entries = config.get(section) or []
    if not isinstance(entries, list):
        raise invalid(source, f"{section} is not a list")
    entries = [getattr(entry, "value", entry) for entry in entries]
    if not all(isinstance(entry, Mapping) and isinstance(entry.get("name"), str) for entry in entries):
        raise invalid(source, f"an entry of {section} has no name")
    names = [entry["name"] for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise invalid(source, f"{section} has {name!r} twice")
    return dict(zip(names, entries, strict=True))


def plain(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """A shallow copy that later changes by the library do not reach."""
    return dict(entry)


def _listed(contexts: Mapping[str, Any]) -> str:
    names = sorted(contexts)
    shown = ", ".join(names[:10]) or "(none)"
    return f"{shown}, ..." if len(names) > 10 else shown
