# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import (
    LARGEST,
    NANO,
    amounts,
    base_units,
    parse,
)

FACTORS = {
    "": Fraction(1), "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": Fraction(10**3),
    "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12), "P": Fraction(10**15), "E": Fraction(10**18),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50),
    "Ei": Fraction(2**60), "e3": Fraction(1000), "E-2": Fraction(1, 100), "e+1": Fraction(10),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0), ("1", NANO), ("250m", NANO // 4), ("1.5", 3 * NANO // 2), ("0.5Gi", 2**29 * NANO),
        ("2Gi", 2**31 * NANO),
        ("1k", 1000 * NANO), ("1Ki", 1024 * NANO), ("2e3", 2000 * NANO), ("1E", 10**18 * NANO), ("1E2", 100 * NANO),
        ("1e-1", NANO // 10), ("+3", 3 * NANO), ("-3", -3 * NANO), (".5", NANO // 2), ("5.", 5 * NANO), ("100n", 100),
        ("0.1n", 1), ("-0.1n", -1), ("1e-30", 1), ("0e9", 0), ("9000E", LARGEST), ("1e99", LARGEST),
        ("1e999999999", LARGEST),
    ],
)  # fmt: skip
def test_a_quantity_is_exact_within_what_the_api_keeps(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(("value", "expected"), [(2, 2 * NANO), (0.5, NANO // 2), (0, 0)])
def test_a_number_is_a_quantity_too(value, expected):
    assert parse(value) == expected


@pytest.mark.parametrize(
    "value",
    ["", ".", "m", "1 Gi", "1gi", "1K", "0x10", "1e", "1mm", "1Gim", "--1", "NaN", "1\n", "1" * 65, None, True, []],
)
def test_what_is_no_quantity_is_refused(value):
    with pytest.raises(ValueError, match="quantity"):
        parse(value)


def test_base_units_are_whole_numbers_where_they_can_be():
    assert [base_units(parse(text)) for text in ("2Gi", "250m", "110")] == [2**31, 0.25, 110]


def test_a_resource_list_becomes_amounts_by_name():
    assert amounts({"cpu": "1", "memory": "1Ki"}) == {"cpu": NANO, "memory": 1024 * NANO}
    assert amounts(None) == {}


DIGITS = st.integers(min_value=0, max_value=10**6)
SUFFIXES = st.sampled_from(sorted(FACTORS))


@given(whole=DIGITS, fraction=st.text("0123456789", max_size=12), suffix=SUFFIXES)
def test_any_quantity_equals_its_value_rounded_up(whole, fraction, suffix):
    value = Fraction(int(f"{whole}{fraction}"), 10 ** len(fraction)) * FACTORS[suffix] * NANO
    assert parse(f"{whole}.{fraction}{suffix}") == min(-(-value.numerator // value.denominator), LARGEST)


@given(left=DIGITS, right=DIGITS, suffix=SUFFIXES)
def test_quantities_keep_the_order_of_their_numbers(left, right, suffix):
    low, high = sorted((left, right))
    assert parse(f"{low}{suffix}") <= parse(f"{high}{suffix}")


@given(whole=DIGITS, suffix=SUFFIXES)
def test_the_sign_only_mirrors(whole, suffix):
    assert parse(f"-{whole}{suffix}") == -parse(f"{whole}{suffix}")
