"""The same value has the same bytes, and what has no exact form is refused."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import GENESIS, CanonicalError, canonical_bytes, chain_hash, sha256_hex

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def _reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(list(value))}
    return [_reversed_keys(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_the_order_in_which_keys_were_set_is_irrelevant(value: Any) -> None:
    assert canonical_bytes(_reversed_keys(value)) == canonical_bytes(value)


@given(values)
def test_the_bytes_say_exactly_the_value(value: Any) -> None:
    assert json.loads(canonical_bytes(value)) == value


def test_the_form_is_compact_sorted_and_utf_8() -> None:
    assert canonical_bytes({"b": [1, True, None], "a": "é"}) == '{"a":"é","b":[1,true,null]}'.encode()


def test_a_tuple_and_a_list_have_the_same_bytes() -> None:
    assert canonical_bytes((1, (2, 3))) == canonical_bytes([1, [2, 3]]) == b"[1,[2,3]]"


@pytest.mark.parametrize(
    "value",
    [1.0, [1, 0.5], {"a": {"b": [float("nan")]}}, ({"x": 1e300},)],
    ids=["bare", "list", "deep", "tuple"],
)
def test_floats_are_refused_at_any_depth(value: Any) -> None:
    with pytest.raises(CanonicalError, match=r"^float has no canonical form; use objects"):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {None: 1}}, [{True: 1}]])
def test_keys_that_are_no_text_are_refused(value: Any) -> None:
    with pytest.raises(CanonicalError, match=r"^object keys must be strings$"):
        canonical_bytes(value)


@pytest.mark.parametrize("value", [b"raw", {1, 2}, object(), {"a": b"raw"}])
def test_other_types_are_refused_by_name(value: Any) -> None:
    with pytest.raises(CanonicalError, match="has no canonical form"):
        canonical_bytes(value)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(CanonicalError, match="lone surrogate"):
        canonical_bytes({"a": "\ud800"})


def test_a_chain_starts_at_nothing_and_hashes_head_and_body() -> None:
    body = b"first"
    expected = hashlib.sha256(bytes(32) + hashlib.sha256(body).digest()).hexdigest()
    assert chain_hash(GENESIS, body) == expected
    assert sha256_hex(body) == hashlib.sha256(body).hexdigest()


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=5, unique=True))
def test_a_chain_knows_the_order_of_its_links(bodies: list[bytes]) -> None:
    def head_of(links: list[bytes]) -> str:
        head = GENESIS
        for link in links:
            head = chain_hash(head, link)
        return head

    assert head_of(bodies) != head_of(bodies[::-1])
    assert head_of(bodies) != head_of(bodies[:-1])
