# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RunJob: run a Job that the library vets, in a namespace, with values for the variables that it lets through.

The templates are data of the library (``data.config.jobs``), so they are read where the library is published. What was read
goes into the input document as a whole: the policy compares it with the data that it is judged by, so nothing that was
published in between, and nothing that anybody else wrote, can be run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    NAMESPACED,
    Action,
    Progress,
    Raw,
    require_namespace,
    require_subdomain,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    PodDemand,
    Read,
    Request,
    Undo,
    Write,
)

LIBRARY = "/api/v1/namespaces/guardrail-system/configmaps/safety-policies"
DATA_KEY = "data.json"
LABEL = "guardrail.dev/job-template"
_LONGEST_PREFIX = 50
_HASH_CHARACTERS = 10
_CONTAINERS = ("initContainers", "containers")


class RunJob(Action):
    """The target is the template in its namespace, so that limits, cool-downs and approvals are about it; each run makes
    a Job of its own, named after the request.
    """

    name = "RunJob"
    verb = "run"
    facts = frozenset({"namespace_info", "cluster_info", "capacity", "rbac_permissions", "dry_run_result"})
    creates = True
    not_in_job = "it runs a Job itself"
    waits = True
    options: ClassVar = {**NAMESPACED, "env": {"type": "dict", "default": {}}}

    def target(self, request: Request) -> ObjectRef:
        return ObjectRef(
            kind="Job",
            name=require_subdomain(str(request.parameters["name"]), "name"),
            namespace=require_namespace(str(request.parameters["namespace"])),
        )

    def reads(self, request: Request) -> dict[str, Read]:
        ref = self.target(request)
        return {"target": Read(f"{_collection(ref)}/{_job_name(ref, request)}"), "library": Read(LIBRARY)}

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        ref = self.target(request)
        template = _template(ref, reads["library"])
        env = _env(ref, template, request)
        spec = _with_env(template["spec"], env)
        name = _job_name(ref, request)
        there = bool(reads["target"])
        return Plan(
            target=ref,
            writes=() if there else (_creation(ref, name, spec),),
            before={"job": name if there else ""},
            after={"job": name},
            impact=Impact(adds=(_demand(ref, spec),), permissions=_permissions(ref)),
            parameters={"template": ref.name, "job_name": name, "env": env, "definition": dict(template)},
            undo=Undo(
                note="What a Job has done is not undone. The Job itself stays until its ttlSecondsAfterFinished."
            ),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        if observed is None:
            hint = "was it deleted, or is its ttlSecondsAfterFinished too short?"
            return Progress(False, "", failed=f"the Job is gone before anybody saw how it ended; {hint}")
        status = observed.get("status") or {}
        name = observed["metadata"]["name"]
        conditions = {it["type"]: it for it in status.get("conditions") or () if it.get("status") == "True"}
        for kind in ("Failed", "FailureTarget"):
            if kind in conditions:
                why = conditions[kind].get("message") or conditions[kind].get("reason") or "no reason is given"
                return Progress(False, "", failed=f"Job {name} failed: {str(why).rstrip('.')}")
        done = "Complete" in conditions
        counts = f"{int(status.get('active') or 0)} active, {int(status.get('succeeded') or 0)} succeeded"
        return Progress(done, f"Job {name}: {'complete' if done else counts}")


def _collection(ref: ObjectRef) -> str:
    return f"/apis/batch/v1/namespaces/{ref.namespace}/jobs"


def _job_name(ref: ObjectRef, request: Request) -> str:
    """The same for every attempt of one request, and for no other request."""
    digest = hashlib.sha256(request.id.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{ref.name[:_LONGEST_PREFIX].rstrip('-.')}-{digest}"


def _template(ref: ObjectRef, library: Raw) -> Mapping[str, Any]:
    try:
        jobs = json.loads((library.get("data") or {})[DATA_KEY])["config"]["jobs"]
    except (LookupError, TypeError, ValueError):
        jobs = {}
    known = sorted(jobs) if isinstance(jobs, Mapping) else []
    if ref.name not in known:
        raise InvalidRequest(
            "request.template-unknown",
            f"name: the library has no Job template {ref.name}.",
            f"It has {', '.join(known)}." if known else "A policy admin adds templates in config/jobs.yaml.",
        )
    template = jobs[ref.name]
    try:
        usable = isinstance(template["spec"]["template"]["spec"]["containers"], list)
    except (LookupError, TypeError):
        usable = False
    if not usable or not isinstance(template.get("env") or {}, Mapping):
        raise InvalidRequest(
            "library.job-unusable",
            f"data.config.jobs.{ref.name} of the library is no Job template.",
            "It needs spec (of a Job) and env (variable: pattern).",
        )
    found: Mapping[str, Any] = template
    return found


def _env(ref: ObjectRef, template: Raw, request: Request) -> dict[str, str]:
    """The variables that are asked for, each let through by its pattern."""
    allowed = template.get("env") or {}
    env: dict[str, str] = {}
    for name, value in (request.parameters.get("env") or {}).items():
        if name not in allowed:
            raise InvalidRequest(
                "request.variable-unknown",
                f"env: the template {ref.name} lets no variable {str(name)[:63]} through.",
                f"It takes {', '.join(sorted(allowed)) or 'none'}.",
            )
        if not isinstance(value, str) or not _matches(ref, str(allowed[name]), value):
            raise InvalidRequest(
                "request.variable-refused",
                f"env: the value of {name} is not text of the form {allowed[name]}.",
                "Give a value that the template lets through, in quotes.",
            )
        env[name] = value
    return env


def _matches(ref: ObjectRef, pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        raise InvalidRequest(
            "library.job-unusable", f"data.config.jobs.{ref.name}.env of the library has an unusable pattern.", ""
        ) from None


def _with_env(spec: Raw, env: Mapping[str, str]) -> dict[str, Any]:
    """The Job's spec with the variables in every container. ``$`` is doubled: a value names no other variable."""
    entries = [{"name": name, "value": value.replace("$", "$$")} for name, value in sorted(env.items())]
    pod = spec["template"]["spec"]
    lists = {
        key: [
            {**it, "env": [*(one for one in it.get("env") or () if one["name"] not in env), *entries]}
            if entries
            else it
            for it in pod[key]
        ]
        for key in _CONTAINERS
        if pod.get(key)
    }
    return {**spec, "template": {**spec["template"], "spec": {**pod, **lists}}}


def _creation(ref: ObjectRef, name: str, spec: Raw) -> Write:
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": ref.namespace, "labels": {LABEL: ref.name[:63].rstrip("-.")}},
        "spec": spec,
    }
    return Write(verb="create", path=_collection(ref), body=body, target=ref)


def _demand(ref: ObjectRef, spec: Raw) -> PodDemand:
    parallel, wanted = int(spec.get("parallelism", 1)), spec.get("completions")
    count = parallel if wanted is None else min(parallel, int(wanted))
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    return PodDemand(spec["template"]["spec"], count, ref.label, ref.namespace, grows=True, labels=labels)


def _permissions(ref: ObjectRef) -> tuple[Permission, ...]:
    own = (Permission(verb, "jobs", group="batch", namespace=ref.namespace) for verb in ("get", "create"))
    return (*own, Permission("get", "configmaps", namespace="guardrail-system", name="safety-policies"))
