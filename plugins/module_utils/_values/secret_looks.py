# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that look like secrets, whatever they stand under: tokens, private keys, URLs with a password, ``password=x``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import functools
import re

MASK = "********"

# Tokens that say what they are: JWT, clouds, forges, chats, Vault, OpenShift.
_TOKENS = (
    r"(?<![A-Za-z0-9])(?:eyJ[\w-]{6,1024}\.[\w-]{6,}(?:\.[\w-]*)*|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{10,}"
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeoprs]-[\w-]{10,}|[sr]k_(?:live|test)_\w{10,}"
    r"|sk-[\w-]{20,}|hv[sbr]\.[\w-]{20,}|npm_\w{36}|hf_\w{30,}|do[opr]_v1_\w{40,}|sha256~[\w-]{40,}"
    r"|AGE-SECRET-KEY-1\w+|SG\.[\w-]{20,}\.[\w-]{20,})"
)
_TOKEN_PARTS = (
    "eyj", "akia", "asia", "aiza", "ya29.", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_",
    "k_test_", "sk-", "hvs.", "hvb.", "hvr.", "npm_", "hf_", "_v1_", "sha256~", "age-secret", "sg.",
)  # fmt: skip
# What has to be in a text (in lower case) before a pattern is tried, the pattern, and what becomes of its matches.
# Compiling one takes longer than masking a whole record, so that is left to the first text that needs it. Each takes
# time linear in the length of the text.
_LOOKS = (
    # Private keys, also cut ones and in base64 (`-----BEGIN ` but for certificates and public keys).
    (
        ("private key",),
        r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)",
        MASK,
    ),
    (("ls0tls1crudjti",), r"LS0tLS1CRUdJTi(?!BDRVJU|BQVUJM)[A-Za-z0-9+/=]*", MASK),
    (
        _TOKEN_PARTS,
        _TOKENS,
        MASK,
    ),
    (
        ("bearer",),
        r"(?i)\b(bearer\s+)(?!(?:tokens?|auth|authentication|authorization)\b)[^\s\"',;<>]+",
        rf"\1{MASK}",
    ),
    (
        ("authorization",),
        r"(?i)(authorization\W{1,6}(?:basic|digest|negotiate|token)\s+)[^\s\"',;]+",
        rf"\1{MASK}",
    ),
    (("://",), r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@\"'<>]*:)[^\s/\"]*@", rf"\1{MASK}@"),
)
_NOUN = r"(?:pass(?:word|wd|phrase)|pwd|secret|token|(?:api|access|account|private)[_-]?key|credentials?|authorization)\d{0,3}"
_NOUN_PARTS = ("passw", "passphrase", "pwd", "secret", "token", "key", "credential", "authorization")
_BEFORE_QUOTE = rf"(?i)({_NOUN}\\?[\"']?[ \t]{{0,3}}[=:][ \t]{{0,3}})"
# Tried in texts with one of those parts: "password": "x", password='x', \"password\": \"x\"; password=x; --db-password x
_ASSIGNMENTS = (
    (('"', "'"), rf"{_BEFORE_QUOTE}(?:(\\?\")(?:\\.|[^\"\\])*|(\\?')(?:\\.|[^'\\])*)", rf"\1\2\3{MASK}"),
    (("=",), rf"(?i)({_NOUN}[ \t]?=[ \t]?)[^\s\"',;&\\]+", rf"\1{MASK}"),
    (("--",), rf"(?i)((?<![\w-])--[a-z-]{{0,24}}?{_NOUN}[ \t]+)(?!-)\S+", rf"\1{MASK}"),
    # Of several lines: `password: x`.
    (("\n",), rf"(?im)^([ \t]*(?:- +)?[\w.-]{{0,64}}?{_NOUN}:[ \t]+)[^\s\"'].*$", rf"\1{MASK}"),
)
_SECRET_MANIFEST = r"(?m)^[ \t]*(?:- +)?kind:[ \t]*[\"']?Secret[\"']?[ \t\r]*$"
_compiled = functools.cache(re.compile)


def spotted(text: str) -> str:
    """Return the text with ``MASK`` for what looks like a secret. Once may not be enough: ``mask`` repeats it."""
    low = text.lower()
    if "\n" in text and _is_manifest_of_secrets(text, low):
        return MASK
    applicable = _LOOKS + _ASSIGNMENTS if any(part in low for part in _NOUN_PARTS) else _LOOKS
    for needs, pattern, replacement in applicable:
        if any(need in low for need in needs):
            text = _compiled(pattern).sub(replacement, text)
    return text


def _is_manifest_of_secrets(text: str, low: str) -> bool:
    """A kubeconfig, or a Secret as YAML."""
    if "client-key-data:" in low or ("clusters:" in text and "users:" in text):
        return True
    return "secret" in low and "kind:" in text and _compiled(_SECRET_MANIFEST).search(text) is not None
