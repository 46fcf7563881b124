# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""How requests are spelled, repeated and understood."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write
from tests.unit.cluster_rest.fake_server import Sent, answer, api_with, refused, status

POD = "/api/v1/namespaces/shop/pods/web-1"
OPTIONS = {"gracePeriodSeconds": 0, "preconditions": {"uid": "u1"}}
EVICTION = {"kind": "Eviction", "metadata": {"name": "web-1", "namespace": "shop"}, "deleteOptions": OPTIONS}
MERGE = "application/merge-patch+json"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


def _write(verb: str, path: str = POD, body: Any = None, content_type: str = "application/json") -> Write:
    return Write(verb, path, {} if body is None else body, ObjectRef("Pod", "web-1", "shop"), content_type)


QUERY = "fieldManager=guardrail&fieldValidation=Strict"
SPELLED: dict[str, tuple[Write, bool, Sent]] = {
    "patch": (
        _write("patch", body={"a": 1}, content_type=MERGE),
        False,
        Sent("PATCH", f"{POD}?{QUERY}", {"a": 1}, MERGE),
    ),
    "patch-dry-run-in-query": (
        _write("patch", body={"a": 1}, content_type=MERGE),
        True,
        Sent("PATCH", f"{POD}?{QUERY}&dryRun=All", {"a": 1}, MERGE),
    ),
    "create": (_write("create", "/api/v1/x"), False, Sent("POST", f"/api/v1/x?{QUERY}", {}, "application/json")),
    "create-dry-run-in-query": (
        _write("create", "/api/v1/x"),
        True,
        Sent("POST", f"/api/v1/x?{QUERY}&dryRun=All", {}, "application/json"),
    ),
    "delete": (_write("delete", body=OPTIONS), False, Sent("DELETE", POD, OPTIONS, "application/json")),
    "delete-dry-run-in-body": (
        _write("delete", body=OPTIONS),
        True,
        Sent("DELETE", POD, {**OPTIONS, "dryRun": ["All"]}, "application/json"),
    ),
    "evict-keeps-grace-period-0": (
        _write("evict", body=EVICTION),
        False,
        Sent("POST", f"{POD}/eviction", EVICTION, "application/json"),
    ),
    "evict-with-whole-path": (
        _write("evict", f"{POD}/eviction", EVICTION),
        False,
        Sent("POST", f"{POD}/eviction", EVICTION, "application/json"),
    ),
    "evict-dry-run-in-body": (
        _write("evict", body=EVICTION),
        True,
        Sent(
            "POST", f"{POD}/eviction", {**EVICTION, "deleteOptions": {**OPTIONS, "dryRun": ["All"]}}, "application/json"
        ),
    ),
}


@pytest.mark.parametrize(("write", "dry_run", "expected"), SPELLED.values(), ids=SPELLED.keys())
def test_send_spells_a_write(write: Write, dry_run: bool, expected: Sent) -> None:
    api, transport, _ = api_with(answer(200, {"kind": "Pod"}))
    assert api.send(write, dry_run) == {"kind": "Pod"}
    assert transport.sent == [expected]


def test_list_reads_all_pages() -> None:
    api, transport, _ = api_with(
        answer(200, {"metadata": {"continue": "next page"}, "items": [{"a": 1}]}),
        answer(200, {"metadata": {}, "items": [{"a": 2}]}),
    )
    assert api.list("/api/v1/pods", {"fieldSelector": "spec.nodeName=n1"}) == ({"a": 1}, {"a": 2})
    assert [sent.target for sent in transport.sent] == [
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=500",
        "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=500&continue=next%20page",
    ]


def test_list_starts_again_once_when_the_token_expires() -> None:
    first = answer(200, {"metadata": {"continue": "t"}, "items": [{"a": 1}]})
    whole = answer(200, {"metadata": {}, "items": [{"a": 1}, {"a": 2}]})
    api, _, _ = api_with(first, status(410, "Expired"), whole)
    assert api.list("/api/v1/pods") == ({"a": 1}, {"a": 2})


def test_list_gives_up_when_the_token_expires_twice() -> None:
    first = answer(200, {"metadata": {"continue": "t"}, "items": [{"a": 1}]})
    api, _, _ = api_with(first, status(410, "Expired"), first, status(410, "Expired"))
    with pytest.raises(ApiFailure) as caught:
        api.list("/api/v1/pods")
    assert (caught.value.code, caught.value.status) == ("api.expired", 410)


def test_list_metadata_asks_for_metadata_and_takes_null_for_no_items() -> None:
    api, transport, _ = api_with(answer(200, {"metadata": {}, "items": None}))
    assert api.list_metadata("/api/v1/pods") == ()
    assert transport.sent == [Sent("GET", "/api/v1/pods?limit=500", None, "", METADATA_LIST)]


READS_THAT_SUCCEED = {
    "reset": ((refused(maybe_sent=True),), [0.1]),
    "refused-twice": ((refused(), refused()), [0.1, 0.3]),
    "503-then-500": ((status(503), status(500)), [0.1, 0.3]),
    "429-with-header": ((status(429, "TooManyRequests"),), [1.0]),
    "429-retry-after": ((answer(429, {}, retry_after_s=2.0),), [2.0]),
}


@pytest.mark.parametrize(("troubles", "pauses"), READS_THAT_SUCCEED.values(), ids=READS_THAT_SUCCEED.keys())
def test_a_read_is_repeated(troubles: tuple[Any, ...], pauses: list[float]) -> None:
    api, transport, clock = api_with(*troubles, answer(200, {"a": 1}))
    assert api.get("/api/v1/nodes") == {"a": 1}
    assert clock.slept == pauses
    assert api.calls == len(transport.sent) == len(troubles) + 1


def test_a_read_is_given_up_after_four_attempts() -> None:
    api, _, clock = api_with(*[status(503, "ServiceUnavailable")] * 4)
    with pytest.raises(ApiFailure) as caught:
        api.get("/api/v1/nodes")
    assert (caught.value.code, caught.value.status, clock.slept) == ("api.server-error", 503, [0.1, 0.3, 0.9])


def test_a_read_does_not_wait_beyond_its_time() -> None:
    api, _, clock = api_with(answer(429, {}, retry_after_s=60.0))
    with pytest.raises(ApiFailure) as caught:
        api.get("/api/v1/nodes")
    assert (caught.value.retry_after_s, clock.slept) == (60.0, [])


def test_a_write_is_repeated_after_429_and_when_nothing_was_sent() -> None:
    api, transport, _ = api_with(status(429), refused(), answer(200, {"a": 1}))
    assert api.send(_write("patch"), dry_run=False) == {"a": 1}
    assert len(transport.sent) == 3


WRITES_SENT_ONCE: dict[str, tuple[Any, str]] = {
    "lost-answer": (refused(maybe_sent=True), "connection.reset"),
    "server-error": (status(500, "InternalError"), "api.server-error"),
    "unavailable": (status(503), "api.server-error"),
    "gateway": (answer(504, "page"), "api.server-error"),
    "conflict": (status(409, "Conflict"), "api.conflict"),
}


@pytest.mark.parametrize("verb", ["patch", "create", "delete"])
@pytest.mark.parametrize(("trouble", "code"), WRITES_SENT_ONCE.values(), ids=WRITES_SENT_ONCE.keys())
def test_a_write_that_may_have_arrived_is_sent_once(trouble: Any, code: str, verb: str) -> None:
    api, transport, _ = api_with(trouble)
    with pytest.raises((ApiFailure, Unreachable)) as caught:
        api.send(_write(verb), dry_run=False)
    assert (caught.value.code, len(transport.sent)) == (code, 1)


@pytest.mark.parametrize("trouble", [refused(), refused(maybe_sent=True), status(429), status(500)])
def test_an_eviction_is_sent_once(trouble: Any) -> None:
    api, transport, _ = api_with(trouble)
    with pytest.raises((ApiFailure, Unreachable)):
        api.send(_write("evict", body=EVICTION), dry_run=False)
    assert len(transport.sent) == 1


def test_a_dry_run_is_repeated_like_a_read() -> None:
    api, _, _ = api_with(refused(maybe_sent=True), status(503), answer(200, {"a": 1}))
    assert api.send(_write("patch"), dry_run=True) == {"a": 1}


def test_a_dry_run_of_an_eviction_takes_the_budgets_answer() -> None:
    api, transport, _ = api_with(refused(maybe_sent=True), status(429))
    with pytest.raises(ApiFailure):
        api.send(_write("evict", body=EVICTION), dry_run=True)
    assert len(transport.sent) == 2


def test_create_takes_reviews_only() -> None:
    api, transport, _ = api_with()
    with pytest.raises(ValueError, match="not a review"):
        api.create("/api/v1/namespaces/shop/configmaps", {})
    assert transport.sent == []


def test_create_repeats_a_review() -> None:
    api, _, _ = api_with(refused(maybe_sent=True), answer(201, {"status": {}}))
    assert api.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}) == {"status": {}}


@pytest.mark.parametrize("path", ["/api/v1/pods/../secrets/x", "/api//v1", "api/v1", "/api/v1/", "/api/./v1"])
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    api, transport, _ = api_with()
    with pytest.raises(ValueError, match="not a path of the API"):
        api.get(path)
    assert transport.sent == []


def test_a_path_cannot_carry_a_query() -> None:
    api, transport, _ = api_with(answer(200))
    api.get("/api/v1/pods/x?dryRun=none#y z")
    assert transport.sent[0].target == "/api/v1/pods/x%3FdryRun%3Dnone%23y%20z"


def test_failures_are_told_apart() -> None:
    api, _, _ = api_with(status(404, "NotFound"), status(409, "Conflict"), status(409, "AlreadyExists"))
    found = []
    for _ in range(3):
        with pytest.raises(ApiFailure) as caught:
            api.send(_write("create"), dry_run=False)
        found.append((type(caught.value), caught.value.code, caught.value.status, caught.value.reason))
    assert found == [
        (ApiFailure, "api.not-found", 404, "api_error"),
        (Conflict, "api.conflict", 409, "conflict"),
        (ApiFailure, "api.already-exists", 409, "api_error"),
    ]


def test_a_success_that_carries_a_failed_status_is_a_failure() -> None:
    failed = {"kind": "Status", "status": "Failure", "code": 500, "message": "two budgets"}
    api, _, _ = api_with(answer(201, failed))
    with pytest.raises(ApiFailure) as caught:
        api.send(_write("evict", body=EVICTION), dry_run=False)
    assert (caught.value.status, caught.value.message) == (
        500,
        "Evict of Pod shop/web-1 failed: 500, two budgets.",
    )


@pytest.mark.parametrize("body", [b"<html>canary</html>", b"[]", b"", b"\xff"])
def test_a_success_without_json_is_a_failure(body: bytes) -> None:
    api, transport, _ = api_with()
    transport.answers.append(answer(200).__class__(200, body))
    with pytest.raises(ApiFailure) as caught:
        api.get("/api/v1/nodes")
    assert caught.value.code == "api.not-json"
    assert "canary" not in str(caught.value)


def test_warnings_are_collected_once_each() -> None:
    api, _, _ = api_with(
        answer(200, {}, warnings=("v1beta1 is deprecated",)),
        answer(200, {}, warnings=("v1beta1 is deprecated", "echo canary-token")),
    )
    api.get("/api/v1/nodes")
    api.until(Deadline(5, api._clock)).get("/api/v1/nodes")
    assert api.warnings == ("v1beta1 is deprecated", "echo ********")


def test_a_credential_that_the_server_echoes_is_blanked_out() -> None:
    api, _, _ = api_with(status(403, "Forbidden", "Bearer canary-token may not"))
    with pytest.raises(ApiFailure) as caught:
        api.get("/api/v1/nodes")
    assert caught.value.message == "GET /api/v1/nodes failed: 403 Forbidden, Bearer ******** may not."


def test_the_servers_words_about_a_secret_are_left_out() -> None:
    api, _, _ = api_with(status(422, "Invalid", "data[x]: Invalid value: canary"))
    write = Write("patch", "/api/v1/namespaces/shop/secrets/db", {}, ObjectRef("Secret", "db", "shop"), MERGE)
    with pytest.raises(ApiFailure) as caught:
        api.send(write, dry_run=False)
    assert caught.value.message == (
        "Patch of Secret shop/db failed: 422 Invalid, the API server's text is left out because it may quote values of"
        " the Secret."
    )
