# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import copy
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.masking import MASK, mask, mask_values

CANARY = "c4nary-Zu7wq"
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IkEifQ.eyJzdWIiOiJydW5uZXIifQ.c2lnbmF0dXJl"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "PASSWORD", "db_password", "dbPassword", "DB-PASSWORD", "db.password", "passwd", "pwd", "DB_PASS",
        "passphrase", "secret", "client_secret", "clientSecret", "ClientSecret", "clientsecret", "token", "access_token",
        "authToken",
        "X-Auth-Token", "id-token", "token2", "password_prod", "password_hash", "secret_id", "api_key", "apiKey", "API-Key",
        "APIKEY",
        "x-api-key", "private_key", "privateKey", "ssh_key", "tls.key", "access_key_id", "aws_secret_access_key",
        "storageAccountKey",
        "credential", "credentials", "Authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "auth", ".dockerconfigjson",
        "client-key-data", "vault.example.com/token", "spec/password", "jwt",
    ],
)  # fmt: skip
def test_a_value_is_hidden_for_its_name(name):
    assert mask({name: CANARY}) == {name: MASK}


@pytest.mark.parametrize(
    "name",
    [
        "secret_name", "secretName", "secretKeyRef", "secretRef", "imagePullSecretName", "tokenReview", "tokenreviews",
        "selfsubjectaccessreviews", "token_ttl", "tokenExpirationSeconds", "password_file", "private_key_path", "passwordPolicy",
        "token_url", "token_id", "authentication.kubernetes.io/credential-id", "key", "public_key", "key_id", "author",
        "authorised",
        "rbac.authorization.k8s.io/aggregate-to-view", "compass", "passed", "tokenizer", "secretary", "monkey", "hockey", "keys",
        "decision_id", "digest", "input_sha256", "name", "namespace", "reason", "ticket", "undoes",
    ],
)  # fmt: skip
def test_a_harmless_name_hides_nothing(name):
    assert mask({name: "words"}) == {name: "words"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"got {JWT} back", f"got {MASK} back"),
        (JWT.rsplit(".", 1)[0], MASK),
        (f"before\n{PEM}\nafter", f"before\n{MASK}\nafter"),
        (PEM[:40], MASK),
        (base64.b64encode(PEM.encode()).decode(), MASK),
        (f"Authorization: Bearer {CANARY}", f"Authorization: Bearer {MASK}"),
        ("Bearer x", f"Bearer {MASK}"),
        ('curl -H "authorization: basic dXNlcjpw"', f'curl -H "authorization: basic {MASK}"'),
        (f"postgres://app:{CANARY}@db:5432/x", f"postgres://app:{MASK}@db:5432/x"),
        (f"redis://:p@{CANARY}@cache", f"redis://:{MASK}@cache"),
        ("key AKIAIOSFODNN7EXAMPLE used", f"key {MASK} used"),
        ("ghp_" + "a1" * 18, MASK),
        ("sha256~" + "a1" * 22, MASK),
        (f"Server=db;User=sa;Password={CANARY};Encrypt=yes", f"Server=db;User=sa;Password={MASK};Encrypt=yes"),
        (f"https://h/?a=1&access_token={CANARY}&b=2", f"https://h/?a=1&access_token={MASK}&b=2"),
        (f"run --db-password {CANARY} --fast", f"run --db-password {MASK} --fast"),
        (f"bad body: {{'password': '{CANARY} two words'}}", f"bad body: {{'password': '{MASK}'}}"),
        (f"bad body: {{\"password\": \"it's {CANARY}\", \"a\": 1}}", f'bad body: {{"password": "{MASK}", "a": 1}}'),
        (f"user: a\npassword: {CANARY} two\nport: 1", f"user: a\npassword: {MASK}\nport: 1"),
        (f"password: {CANARY}\nport: 1", f"password: {MASK}\nport: 1"),
        (f"apiVersion: v1\nkind: Secret\ndata:\n  x: {CANARY}\n", MASK),
        (f"users:\n- user:\n    client-key-data: {CANARY}\n", MASK),
        (f"apiVersion: v1\nclusters: []\nusers:\n- name: {CANARY}", MASK),
    ],
)  # fmt: skip
def test_a_value_is_hidden_for_its_look(text, expected):
    assert mask([text]) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "Deployment shop/web", "secrets is forbidden", "the token is missing", "password: must not be empty",
        "Bearer token is missing", "bearer authentication failed", "pull-secret regcred was not found",
        "https://registry.example.com:5000/shop/web@sha256:0123", "http://proxy:8080/a", "git@example.com:x/y", "12:30:00@noon",
        "system:serviceaccount:guardrail-identities:runner", "kind: Secret", "task-runner", "-----BEGIN CERTIFICATE-----\nAAAA",
        base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode(), "[not json", "{}", '{"a": [1, 2.5, null]}',
    ],
)  # fmt: skip
def test_an_ordinary_text_stays(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"kind": "Secret", "metadata": {"name": "db"}, "data": {"name": CANARY, "n": 5}, "stringData": {"a": CANARY}},
            {"kind": "Secret", "metadata": {"name": "db"}, "data": {"name": MASK, "n": MASK}, "stringData": {"a": MASK}},
        ),
        ({"kind": "SecretList", "items": [{"data": {"a": CANARY}}]}, {"kind": "SecretList", "items": [{"data": {"a": MASK}}]}),
        (
            {"target": {"kind": "Secret"}, "diff": {"before": {"data": {"x": CANARY}}, "after": {"data.y": CANARY}}},
            {"target": {"kind": "Secret"}, "diff": {"before": {"data": {"x": MASK}}, "after": {"data.y": MASK}}},
        ),
        ({"target": "Secret/shop/db", "data": [CANARY]}, {"target": "Secret/shop/db", "data": [MASK]}),
        ({"action": "UpdateSecret", "parameters": {"data": CANARY}}, {"action": "UpdateSecret", "parameters": {"data": MASK}}),
        ({"secret_name": "db", "data": {"a": CANARY}}, {"secret_name": "db", "data": {"a": MASK}}),
        (
            {"target": "Secret/a/b", "patch": [{"op": "add", "path": "/data/x", "value": CANARY}]},
            {"target": "Secret/a/b", "patch": [{"op": "add", "path": "/data/x", "value": MASK}]},
        ),
        ({"kind": "ConfigMap", "data": {"a": "b"}}, {"kind": "ConfigMap", "data": {"a": "b"}}),
    ],
    ids=["manifest", "list", "diff", "target as text", "action", "parameters", "json patch", "config map"],
)  # fmt: skip
def test_the_data_of_a_secret_is_hidden_and_its_keys_stay(value, expected):
    assert mask(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"env": [{"name": "DB_PASSWORD", "value": CANARY}]}, {"env": [{"name": "DB_PASSWORD", "value": MASK}]}),
        ({"env": [{"name": "MODE", "value": "fast"}]}, {"env": [{"name": "MODE", "value": "fast"}]}),
        (
            {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password", "optional": True}}},
            {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password", "optional": True}}},
        ),
        (
            {"volumes": [{"name": "v", "secret": {"secretName": "db", "defaultMode": 420}}]},
            {"volumes": [{"name": "v", "secret": {"secretName": "db", "defaultMode": 420}}]},
        ),
        ({"imagePullSecrets": [{"name": "regcred"}]}, {"imagePullSecrets": [{"name": "regcred"}]}),
        ({"automountServiceAccountToken": True}, {"automountServiceAccountToken": True}),
        ({"args": ["--password", CANARY, "--token-file", "/a", "-v"]},
         {"args": ["--password", MASK, "--token-file", "/a", "-v"]}),
        ({"op": "replace", "path": "/spec/password", "value": 5}, {"op": "replace", "path": "/spec/password", "value": MASK}),
        ({"credentials": {"username": "app", "pin": 1234}}, {"credentials": {"username": "app", "pin": MASK}}),
        ({"tokens": [CANARY, ""], "max_tokens": 100, "tokens_used": 7.5},
         {"tokens": [MASK, ""], "max_tokens": 100, "tokens_used": 7.5}),
        ({"password": 12345678, "secret": None, "token": ""}, {"password": MASK, "secret": None, "token": ""}),
        ({"auths": {f"https://u:{CANARY}@reg": {"auth": CANARY}}}, {"auths": {f"https://u:{MASK}@reg": {"auth": MASK}}}),
    ],
    ids=[
        "environment", "harmless environment", "reference", "volume", "pull secrets", "boolean", "arguments", "json patch",
        "credentials", "counts", "number and nothing", "docker",
    ],
)  # fmt: skip
def test_shapes_of_kubernetes(value, expected):
    assert mask(value) == expected


def test_json_inside_a_text_is_looked_into():
    applied = json.dumps({"kind": "Secret", "data": {"greeting": CANARY}})
    masked = mask({"kubectl.kubernetes.io/last-applied-configuration": applied})
    assert json.loads(masked["kubectl.kubernetes.io/last-applied-configuration"]) == {
        "kind": "Secret",
        "data": {"greeting": MASK},
    }


def test_a_repeated_name_in_json_does_not_hide_the_first_value():
    assert CANARY not in mask(f'{{"password": "{CANARY}", "password": null}}')


def test_two_names_that_are_hidden_stay_two_entries():
    assert mask({f"http://u:a{CANARY}@h": 1, f"http://u:b{CANARY}@h": 2}) == {
        f"http://u:{MASK}@h": 1,
        f"http://u:{MASK}@h (2)": 2,
    }


def test_the_argument_is_left_alone():
    value = {"password": CANARY, "list": [{"token": CANARY}], "tuple": (JWT,)}
    kept = copy.deepcopy(value)
    assert mask(value) == {"password": MASK, "list": [{"token": MASK}], "tuple": (MASK,)}
    assert value == kept


@pytest.mark.parametrize("nest", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "mappings"])
def test_what_is_too_deep_is_hidden(nest):
    value = CANARY
    for _level in range(500):
        value = nest(value)
    assert CANARY not in json.dumps(mask(value))
    assert mask(mask(value)) == mask(value)
    assert CANARY not in json.dumps(mask_values(value, [CANARY]))


def test_json_that_is_too_deep_is_hidden_or_left_as_text():
    assert CANARY not in mask("[" * 100_000 + f'{{"password": "{CANARY}"}}')


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000, "eyJ-" * 50_000, "-a" * 100_000, "://" * 60_000, "a:" * 100_000, "bearer " * 30_000, " " * 200_000,
        "password=\"" * 20_000, "secret=" * 30_000, "clusters:\n" * 20_000, "-----BEGIN PRIVATE KEY" * 9_000, "--token-" * 25_000,
        "\n- " * 60_000, "kind: Secret \\" * 10_000, "\t\n" * 100_000, "SG.-" * 50_000,
    ],
    ids=lambda text: repr(text[:10]),
)  # fmt: skip
def test_no_text_takes_long(text):
    began = time.process_time()
    mask(text)
    assert time.process_time() - began < 1.0


SECRETS = st.sampled_from(
    [CANARY, JWT, PEM, f"Bearer {CANARY}", f"redis://u:{CANARY}@h", "AKIAIOSFODNN7EXAMPLE", MASK, "*"]
)
PIECES = st.sampled_from(
    ["password", "token", "=", ": ", '"', "'", "\\", "\n", " ", "-", "--", "kind: Secret", "Bearer ", "://", "@",
     "/", "{", "}", "[", "*"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=20), SECRETS, st.lists(st.one_of(PIECES, SECRETS, st.text(max_size=3)), max_size=9).map("".join)
)
NAMES = st.one_of(
    st.text(max_size=8),
    TEXTS,
    st.sampled_from(["password", "name", "key", "value", "path", "data", "kind", "target", "secret_name", "action"]),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)


@given(VALUES)
def test_masking_twice_is_masking_once(value):
    once = mask(value)
    assert mask(once) == once


@given(
    st.recursive(st.one_of(TEXTS, st.integers()), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
)
def test_masking_json_in_a_text_twice_is_masking_it_once(value):
    once = mask(json.dumps(value))
    assert mask(once) == once


def same_shape(before, after):
    if isinstance(before, dict) and isinstance(after, dict):
        return len(before) == len(after) and all(map(same_shape, before.values(), after.values()))
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same_shape, before, after))
    return after == MASK or (type(after) is type(before) and (isinstance(before, str) or after == before))


@given(VALUES)
def test_only_what_is_hidden_changes(value):
    assert same_shape(value, mask(value))


@given(VALUES, st.lists(TEXTS, max_size=4))
def test_no_known_secret_is_left_and_the_second_time_changes_nothing(value, secrets):
    once = mask_values(value, secrets)
    rest = json.dumps(once, ensure_ascii=False)
    assert [
        s for s in secrets if len(s) >= 4 and s.strip("*") and json.dumps(s, ensure_ascii=False)[1:-1] in rest
    ] == []
    assert mask_values(once, secrets) == once
    assert same_shape(value, once)


def test_known_secrets_are_found_in_every_form():
    secret = 'pa"ss wörd\n1'
    encoded = base64.b64encode(secret.encode()).decode()
    value = {secret: [f"a {secret} b", json.dumps({"x": secret}), encoded, 4711, "4711", "pin", "a pin"], "other": True}
    assert mask_values(value, [secret, "4711", "pin", ""]) == {
        MASK: [f"a {MASK} b", f'{{"x": "{MASK}"}}', MASK + "=" * encoded.count("="),
               MASK, MASK, MASK, "a pin"],
        "other": True,
    }  # fmt: skip


def test_a_secret_of_asterisks_does_not_grow():
    assert mask_values(["*", MASK], ["*", "**", MASK]) == ["*", MASK]
