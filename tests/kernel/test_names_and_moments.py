"""Ids come from natural keys; moments are integers in UTC and slots cut them evenly."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import ID_LENGTH, derive_id, derive_seed
from kernel.time import DAY_MS, iso_utc, parse_utc_ms, slot_of, slot_start

parts = st.lists(st.text(max_size=6) | st.integers(), min_size=1, max_size=4)
moments = st.integers(0, 4_102_444_800_000)


@given(st.text(max_size=6), parts)
def test_an_id_is_128_bits_and_fixed_by_its_key(kind: str, key: list[str | int]) -> None:
    found = derive_id(kind, *key)
    assert len(found) == ID_LENGTH
    assert int(found, 16) >= 0
    assert found == derive_id(kind, *key)


def test_an_id_is_known_for_ever() -> None:
    assert derive_id("turn", "a", 1) == "53cb3a6898158414b77367bc9e700ca2"


@given(
    st.lists(st.text(max_size=4), min_size=1, max_size=3),
    st.lists(st.text(max_size=4), min_size=1, max_size=3),
)
def test_keys_that_differ_only_in_where_they_are_cut_have_different_ids(
    one: list[str], two: list[str]
) -> None:
    assert (derive_id("k", *one) == derive_id("k", *two)) == (one == two)


def test_a_kind_is_part_of_the_name() -> None:
    assert derive_id("order", "a") != derive_id("fill", "a")
    assert derive_id("k", "ab", "c") != derive_id("k", "a", "bc")


@given(parts)
def test_a_seed_has_64_bits_and_is_fixed_by_its_key(key: list[str | int]) -> None:
    assert 0 <= derive_seed(*key) < 2**64
    assert derive_seed(*key) == derive_seed(*key)


@given(moments, st.integers(1, DAY_MS))
def test_a_moment_lies_in_its_slot_and_in_no_other(market_ms: int, interval_ms: int) -> None:
    slot = slot_of(market_ms, interval_ms)
    assert slot_start(slot, interval_ms) <= market_ms < slot_start(slot + 1, interval_ms)


@given(moments)
def test_a_moment_written_and_read_again_is_the_same_moment(market_ms: int) -> None:
    text = iso_utc(market_ms)
    assert parse_utc_ms(text) == market_ms
    assert datetime.fromisoformat(text) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        milliseconds=market_ms
    )


@pytest.mark.parametrize(
    ("market_ms", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_767_225_600_000, "2026-01-01T00:00:00Z"),
        (1_005, "1970-01-01T00:00:01.005Z"),
    ],
)
def test_a_moment_is_written_in_one_way(market_ms: int, text: str) -> None:
    assert iso_utc(market_ms) == text


def test_text_without_a_zone_is_utc_and_other_zones_are_moved_there() -> None:
    assert parse_utc_ms("1970-01-01T01:00:00") == 3_600_000
    assert parse_utc_ms("1970-01-01T01:00:00+01:00") == 0
    there = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))
    assert parse_utc_ms(there.isoformat()) == 1_774_747_800_000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-01-01T25:00"])
def test_text_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|must be in"):
        parse_utc_ms(text)
