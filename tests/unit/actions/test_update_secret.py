# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateSecret: the values reach the API server and nothing else."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import mask
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Plan, Undo
from tests.unit.actions.objects import deployment, request

ACTION = ACTIONS["UpdateSecret"]
OLD, NEW = "canary-old-hunter2", "canary-new-hunter3"
OLD_64, NEW_64 = "Y2FuYXJ5LW9sZC1odW50ZXIy", "Y2FuYXJ5LW5ldy1odW50ZXIz"
FORMS = (OLD, NEW, OLD_64, NEW_64)
NAMES = {"name": "database", "namespace": "shop"}


def secret(**changes: Any) -> dict[str, Any]:
    metadata = {"name": "database", "namespace": "shop", "uid": "s1", "resourceVersion": "8"}
    return {"metadata": metadata, "type": "Opaque", "data": {"password": OLD_64, "user": "d2Vi"}, **changes}


def asked(values, **options):
    return request("UpdateSecret", **NAMES, string_data=values, **options)


def made(values, raw=None, request_id="r1", **options) -> Plan:
    wanted = dataclasses.replace(asked(values, **options), id=request_id)
    return ACTION.plan(wanted, {"target": raw or secret()})


def test_the_new_value_is_written_to_the_version_that_was_judged():
    write = made({"password": NEW, "user": "web", "gone": None}).writes[0]
    assert (write.verb, write.path, write.content_type) == (
        "patch",
        "/api/v1/namespaces/shop/secrets/database",
        "application/merge-patch+json",
    )
    assert write.body == {"metadata": {"resourceVersion": "8"}, "data": {"password": NEW_64}}


def test_no_value_is_anywhere_but_in_the_write():
    plan = made({"password": NEW}, mode="replace")
    told = repr(dataclasses.replace(plan, writes=()))
    assert [form for form in FORMS if form in told] == []
    assert plan.parameters == {
        "secret_name": "database",
        "mode": "replace",
        "added": [],
        "changed": ["password"],
        "removed": ["user"],
        "restarts": [],
    }
    assert plan.undo == Undo(note="The previous values of a Secret are kept nowhere.")


def test_a_mark_tells_equal_from_different_within_one_diff_only():
    one, other = made({"password": NEW}), made({"password": "something else"})
    assert one.before == other.before
    assert one.before["keys"]["password"] != one.after["keys"]["password"] != other.after["keys"]["password"]
    later = made({"password": NEW}, request_id="r2")
    assert (later.before != one.before, later.after != one.after) == (True, True)
    assert made({"new": "d2Vi"}).after["keys"]["new"] != made({"user": "d2Vi"}).after["keys"]["user"]


def test_a_key_that_comes_or_goes_has_no_mark_on_that_side():
    plan = made({"new": NEW, "user": None})
    assert (plan.before["keys"]["new"], plan.after["keys"]["user"]) == (None, None)


def test_what_is_no_text_raises_nothing_that_quotes_it():
    assert made({"password": "canary\udc80"}).writes[0].body["data"] == {"password": "Y2FuYXJ5Pw=="}


def test_the_same_value_is_no_change():
    assert made({"password": OLD, "gone": None}).writes == ()


@pytest.mark.parametrize(
    ("values", "raw", "code"),
    [
        ({"password": NEW}, secret(immutable=True), "target.immutable"),
        ({"password": NEW}, secret(type="kubernetes.io/service-account-token"), "target.filled-by-kubernetes"),
        ({"password": 815815815}, None, "request.value-not-text"),
        ({"password": [NEW]}, None, "request.value-not-text"),
        ({"password": "********"}, None, "request.value-hidden"),
        ({"a/b": NEW}, None, "request.key-invalid"),
    ],
)
def test_a_refusal_names_the_key_and_not_the_value(values, raw, code):
    with pytest.raises(InvalidRequest) as refused:
        made(values, raw)
    assert refused.value.code == code
    assert [form for form in (*FORMS, "815815815") if form in str(refused.value)] == []


def test_a_record_is_bound_to_the_values_and_shows_none():
    """An approval holds for the request as it is on record, today and tomorrow."""
    one, again, other = (ACTION.on_record(asked({"password": value})) for value in (NEW, NEW, "something else"))
    assert one == again != other
    assert one.parameters["string_data"].keys() == {"password"}
    assert [form for form in FORMS if form in repr(one)] == []
    assert mask(dict(one.parameters))["string_data"] == {"password": "********"}


def test_the_same_value_elsewhere_looks_different_on_record():
    elsewhere = request("UpdateSecret", name="other", namespace="shop", string_data={"password": NEW})
    assert (
        ACTION.on_record(elsewhere).parameters["string_data"]
        != ACTION.on_record(asked({"password": NEW})).parameters["string_data"]
    )


@pytest.mark.parametrize("stated", [None, {}, {"a": None}, {"a": 3, "b": [1]}], ids=repr)
def test_any_request_can_be_put_on_record(stated):
    json.dumps(dict(ACTION.on_record(asked(stated)).parameters))


def test_what_a_record_shows_cannot_be_planned_again():
    """Whoever looks into what a lost process has done must not take asterisks for a value."""
    shown = mask(dict(ACTION.on_record(asked({"password": NEW})).parameters))
    with pytest.raises(InvalidRequest) as refused:
        ACTION.plan(request("UpdateSecret", **shown), {"target": secret()})
    assert refused.value.code == "request.value-hidden"


def test_those_who_use_it_are_restarted():
    web = deployment()
    web["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"secretRef": {"name": "database"}}]
    wanted = asked({"password": NEW}, restart=[{"name": "web"}])
    plan = ACTION.plan(wanted, {"target": secret(), "Deployment/shop/web": web})
    assert [str(write.target) for write in plan.writes] == ["Secret/shop/database", "Deployment/shop/web"]
