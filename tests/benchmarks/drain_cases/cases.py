# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The cases, and what is right in each of them, whoever drains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.benchmarks.drain_cases import nodes
from tests.integration.drain_site import Site


class End(Enum):
    """How a drain may end.

    ``DRAINED``: successfully; what has to go is gone, the node is cordoned. ``REFUSED``: with an error, before anything
    was touched. ``UNFINISHED``: with an error at the deadline or before, and what can go is gone. ``NOTHING_TO_DO``:
    successfully, without a write.
    """

    DRAINED = "drained"
    REFUSED = "refused, nothing touched"
    UNFINISHED = "failed; what could go is gone"
    NOTHING_TO_DO = "nothing to do, nothing written"


@dataclass(frozen=True)
class Asked:
    """How the drain is asked for; the same for every tool, DaemonSets ignored.

    Attributes:
        deadline_s: Of the whole drain.
        tries: So often an Ansible task is tried, two seconds apart.
    """

    deadline_s: int = 30
    force: bool = False
    delete_emptydir_data: bool = False
    grace_period: int | None = None
    tries: int = 1


@dataclass(frozen=True)
class Case:
    """One prepared node.

    Attributes:
        title: Row of the table.
        prepare: Puts the pods there.
        end: The right end.
        why: Why that is right, and who says so.
        gone: Apps whose pods are gone afterwards.
        stays: Apps whose pods, the very same, are there afterwards.
        named: Apps whose pods the user has to be told of.
        told: Further words that the user has to be told.
        clears: Done to the site five seconds after the tool's first look at the node.
        lifted: Rules of the library that only warn in this case. Only our own drain knows rules.
    """

    key: str
    title: str
    prepare: Callable[[Site], None]
    end: End
    why: str
    asked: Asked = field(default_factory=Asked)
    gone: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    clears: Callable[[Site], None] | None = None
    lifted: tuple[str, ...] = ()


_AT_ZERO = "disruption-budgets.nothing-allowed"
_TWO = "disruption-budgets.two-budgets"

_EVICTION = "[API-initiated eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/)"
_KUBECTL = "[kubectl drain](https://kubernetes.io/docs/reference/kubectl/generated/kubectl_drain/)"
_UNHEALTHY = (
    "[KEP-3017](https://github.com/kubernetes/enhancements/tree/master/keps/sig-apps/3017-pod-healthy-policy-for-pdb)"
)
_OPTIONS = "[DeleteOptions](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/)"
_FORCED = "[force deletion](https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/)"


def _issue(number: int, repository: str = "kubernetes/kubernetes") -> str:
    return f"[{repository}#{number}](https://github.com/{repository}/issues/{number})"


_CORE = "ansible-collections/kubernetes.core"

CASES = (
    Case(
        "rounds", "Two pods, a budget that lets one go at a time; its replacement is ready after 3 s",
        nodes.budget_that_takes_rounds, End.DRAINED,
        f"A refusal with 429 means not now: {_EVICTION}; {_issue(474, _CORE)}.", gone=("web",),
    ),
    Case(
        "late", "A budget that lets nothing go until, 5 s later, the app has one more pod; Ansible tasks with `retries`",
        nodes.budget_that_allows_nothing, End.DRAINED,
        "As above. Refusing at first is right too, if it is said why and nothing was touched.",
        Asked(deadline_s=40, tries=8), gone=("web",), clears=nodes.one_more_replica,
    ),
    Case(
        "late-warn", f"The same without `retries`, rule `{_AT_ZERO}` at level `warn`",
        nodes.budget_that_allows_nothing, End.DRAINED, "As above.", Asked(deadline_s=40), gone=("web",),
        clears=nodes.one_more_replica, lifted=(_AT_ZERO,),
    ),
    Case(
        "bare", "A bare pod with an `emptyDir`, no option set for it",
        nodes.bare_pod_with_data, End.REFUSED,
        f"Its data would be lost, which has to be asked for: {_KUBECTL}. What cannot succeed should not cordon: {_issue(37592)}.",
        stays=("scratch",), named=("scratch",),
    ),
    Case(
        "bare-data", "The same, with `delete_emptydir_data` and without `force`",
        nodes.bare_pod_with_data, End.REFUSED,
        f"Nobody would start the pod again, which has to be asked for by itself: {_KUBECTL}.",
        Asked(delete_emptydir_data=True), stays=("scratch",), named=("scratch",),
    ),
    Case(
        "bare-forced", "The same, with both options",
        nodes.bare_pod_with_data, End.DRAINED, "It was asked for.",
        Asked(delete_emptydir_data=True, force=True), gone=("scratch", "web"),
    ),
    Case(
        "daemons", "A pod of a DaemonSet",
        nodes.daemons, End.DRAINED, f"It stays, since it would be started again at once, and is named: {_KUBECTL}.",
        gone=("web",), stays=("agent",), named=("agent",),
    ),
    Case(
        "daemons-data", "A pod of a DaemonSet with an `emptyDir`, with `delete_emptydir_data`",
        nodes.daemons_with_data, End.DRAINED, "The option is about pods that go.",
        Asked(delete_emptydir_data=True), gone=("web",), stays=("agent",), named=("agent",),
    ),
    Case(
        "stuck", "Pods stuck terminating, deadline 8 s",
        nodes.pods_that_never_end, End.UNFINISHED,
        f"The machine may not be touched as long as they may run: {_KUBECTL}; nor may they be deleted by force: {_FORCED}.",
        Asked(deadline_s=8), gone=("web",), stays=("stuck",), named=("stuck",),
    ),
    Case(
        "two-budgets", "Two budgets over the same pods",
        nodes.two_budgets, End.REFUSED,
        f"The API server never evicts such a pod (500): {_EVICTION}; {_issue(75957)}. That can be known before.",
        stays=("shared",), named=("shared",), told=nodes.BUDGETS,
    ),
    Case(
        "two-budgets-warn", f"The same, rule `{_TWO}` at level `warn`",
        nodes.two_budgets, End.UNFINISHED, "Then the other pods go, and the user is told of these.",
        gone=("web",), stays=("shared",), named=("shared",), told=nodes.BUDGETS, lifted=(_TWO,),
    ),
    Case(
        "finished", "Finished pods, bare and with an `emptyDir`, and the mirror of a static pod",
        nodes.finished_and_static, End.DRAINED,
        f"What has ended cannot be disrupted: {_issue(26080)}. A mirror pod cannot be ended through the API: {_KUBECTL}.",
        gone=("web", "succeeded", "broken"), stays=("static",),
    ),
    Case(
        "successors", "Pods of a StatefulSet, whose successors have the same names",
        nodes.successors_of_the_same_name, End.DRAINED,
        f"A pod is gone when its uid is: {_issue(792, _CORE)}.", gone=("db",),
    ),
    Case(
        "again", "A node that is drained already", nodes.drained_already, End.NOTHING_TO_DO,
        "A task that is run again changes nothing.", stays=("agent",),
    ),
    Case(
        "killed", "Pods that end only when killed, grace period 0, deadline 8 s",
        nodes.pods_that_do_not_listen, End.DRAINED, f"Zero is a grace period as any other: {_OPTIONS}.",
        Asked(deadline_s=8, grace_period=0), gone=("web",),
    ),
    Case(
        "unhealthy", "Crash-looping pods under a budget with `unhealthyPodEvictionPolicy: AlwaysAllow`",
        nodes.unhealthy_pods, End.DRAINED, f"The budget's owner has allowed it: {_UNHEALTHY}.", gone=("web",),
    ),
)  # fmt: skip
