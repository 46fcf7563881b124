# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of records, of any age, in a moment.

Through the API server every record would be as old as the test, whatever its labels say, since nobody but the server sets
``creationTimestamp``; and the gate goes by both: labels find a record, stamps count it. So they are written where the
server keeps them, into its etcd. Each is a copy of one that the gate has written.
"""

from __future__ import annotations

import base64
import copy
import http.client
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    label_value,
    name_of,
    requester_label,
    timestamp,
)
from tests.cluster import state
from tests.cluster.cluster import Cluster
from tests.integration.gate_client import PlainClient
from tests.integration.records_crowd import RECORDS

_AT_ONCE = 4
_PREFIX = "/registry/guardrail.dev/kubernetesexecutions/guardrail-system/"
_PHASES = ("Succeeded", "Succeeded", "Succeeded", "Rejected", "Rejected", "Failed", "RolledBack")


class Etcd:
    """The store of a cluster of our own, over its HTTP gateway. One write each: every object has a version of its own."""

    def __init__(self, cluster: Cluster) -> None:
        found = state.read(cluster.state_dir)
        assert found is not None
        self._address = ("127.0.0.1", found.ports["etcd"])

    def names(self) -> set[str]:
        """Names of all records."""
        with closing(http.client.HTTPConnection(*self._address, timeout=20.0)) as connection:
            whole = {"key": _key(""), "range_end": _encoded(_PREFIX[:-1] + "0"), "keys_only": True}
            connection.request("POST", "/v3/kv/range", json.dumps(whole))
            found = json.loads(connection.getresponse().read()).get("kvs", [])
        return {base64.b64decode(it["key"]).decode().removeprefix(_PREFIX) for it in found}

    def put(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Store objects under their names."""
        self._ask("put", [{"key": _key(it["metadata"]["name"]), "value": _encoded(json.dumps(it))} for it in objects])

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects."""
        self._ask("deleterange", [{"key": _key(name)} for name in names])

    def _ask(self, what: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        def ask(some: Sequence[Mapping[str, Any]]) -> None:
            with closing(http.client.HTTPConnection(*self._address, timeout=20.0)) as connection:
                for body in some:
                    connection.request("POST", f"/v3/kv/{what}", json.dumps(body))
                    answer = connection.getresponse()
                    said = answer.read()
                    assert answer.status == 200, said

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(ask, [bodies[start::_AT_ONCE] for start in range(_AT_ONCE)]))


def _key(name: str) -> str:
    return _encoded(f"{_PREFIX}{name}")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def mixture(pattern: Mapping[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    """Ten thousand records of other targets: most from more than a month ago, some of the last weeks, and 300 of the last
    minutes. Of these most were denied, as in a storm of alerts, and 20 admitted.

    Args:
        pattern: A record that has succeeded.
    """
    for number in range(9000):
        yield record(pattern, now - timedelta(days=32 + number % 90, minutes=number % 1440), number)
    for number in range(700):
        yield record(pattern, now - timedelta(days=1 + number % 25, minutes=number % 1440), number)
    for number in range(300):
        phase = "Rejected" if number % 15 else "Executing" if number % 60 == 0 else "Succeeded"
        yield record(pattern, now - timedelta(seconds=5 + number), number, phase)


def record(pattern: Mapping[str, Any], created: datetime, number: int, phase: str = "") -> dict[str, Any]:
    """A copy of the pattern, as old as stated."""
    raw = copy.deepcopy(dict(pattern))
    identifier, name, namespace = str(uuid.uuid4()), f"app-{number % 37}", f"team-{number % 23}"
    requester = f"system:serviceaccount:awx:runner-{number % 5}"
    spec, metadata, status = raw["spec"], raw["metadata"], raw["status"]
    spec |= {"id": identifier, "requester": requester, "timeoutSeconds": 3600}
    spec["target"] |= {"name": name, "namespace": namespace, "uid": str(uuid.uuid4())}
    stamp, created = timestamp(created), created.astimezone(UTC)
    metadata |= {"name": name_of(spec["action"], identifier), "uid": str(uuid.uuid4()), "creationTimestamp": stamp}
    metadata.pop("resourceVersion")
    metadata["labels"] |= {
        "guardrail.dev/name": label_value(name),
        "guardrail.dev/namespace": namespace,
        "guardrail.dev/requester": requester_label(requester),
        "guardrail.dev/slot": f"{created:%Y-%m-%d-%H}-{created.minute // 10}0",
        "guardrail.dev/hour": created.strftime("%Y-%m-%d-%H"),
        "guardrail.dev/day": created.strftime("%Y-%m-%d"),
    }
    status |= {"phase": phase or _PHASES[number % len(_PHASES)], "admittedAt": stamp, "endedAt": stamp}
    if status["phase"] == "Rejected":
        del status["admittedAt"]
    if status["phase"] == "Executing":
        del status["endedAt"]
    return raw


def await_digested(admin: PlainClient, seconds: float = 90.0) -> None:
    """Wait until the API server's cache has seen all that was written past it."""
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        admin.get(f"{RECORDS}?labelSelector=guardrail.dev/name=none")
        if time.monotonic() - began < 0.5:
            return
        assert time.monotonic() < end
