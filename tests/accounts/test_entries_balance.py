"""What may be booked: the rules of one entry."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.entries import deposit_entry, release_entry, reserve_entry, withdraw_entry
from accounts.domain.ledger import (
    EntryDraft,
    LedgerError,
    Line,
    MalformedEntryError,
    UnbalancedEntryError,
    check_entry,
    entry_id,
    ledger_account_id,
    merge_entry,
    merge_lines,
)
from kernel.units import MAX_UNITS

ANN = "a" * 32
GOOD = EntryDraft("fill:1", "fill", 1, (Line(ANN, "available", "USDT", -5), Line("", "fees", "USDT", 5)))


def entry(*lines: Line) -> EntryDraft:
    return replace(GOOD, lines=lines)


def test_an_entry_whose_lines_cancel_out_is_accepted() -> None:
    check_entry(GOOD)


def test_an_entry_that_makes_money_is_refused_with_the_difference() -> None:
    draft = entry(Line(ANN, "available", "USDT", 300_000_000), Line("", "fees", "USDT", -150_000_000))
    with pytest.raises(UnbalancedEntryError) as refusal:
        check_entry(draft)
    assert str(refusal.value) == (
        "entry fill:1: its USDT lines sum to 1.5; add the line that makes them zero"
    )


def test_one_asset_cannot_pay_for_another() -> None:
    with pytest.raises(UnbalancedEntryError, match=r"its BTC lines sum to -0\.00000005"):
        check_entry(entry(Line(ANN, "available", "BTC", -5), Line("", "fees", "USDT", 5)))


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (replace(GOOD, reference=""), "a reference has 1 to 120 characters"),
        (replace(GOOD, reference="r" * 121), "a reference has 1 to 120 characters"),
        (replace(GOOD, kind=""), "kind '' must have 1 to 20 characters"),
        (replace(GOOD, kind="k" * 21), "must have 1 to 20 characters"),
        (replace(GOOD, lines=()), "it has no lines"),
        (entry(Line(ANN, "fees", "USDT", 5)), f"{ANN} has no column 'fees'; use one of available, reserved"),
        (
            entry(Line("", "available", "USDT", 5)),
            "the house has no column 'available'; use one of deposits,",
        ),
        (entry(Line(ANN, "available", "usdt", 5)), "'usdt' is no asset"),
        (entry(Line(ANN, "available", "USDT", 0)), "moves 0 units"),
        (entry(Line(ANN, "available", "USDT", MAX_UNITS + 1)), f"moves {MAX_UNITS + 1} units"),
        (entry(Line(ANN, "available", "USDT", True)), "amount True is no integer"),
        (entry(Line(ANN, "available", "USDT", 1.0)), "amount 1.0 is no integer"),  # type: ignore[arg-type]
    ],
)
def test_a_malformed_entry_is_refused_with_the_reason(draft: EntryDraft, reason: str) -> None:
    with pytest.raises(MalformedEntryError) as refusal:
        check_entry(draft)
    assert reason in str(refusal.value)


def test_lines_to_the_same_column_become_one_and_what_cancels_out_goes() -> None:
    lines = (
        Line(ANN, "available", "USDT", 3),
        Line("", "fees", "USDT", 4),
        Line(ANN, "available", "USDT", 2),
        Line("", "fees", "USDT", -4),
        Line("", "trading", "USDT", -5),
    )
    assert merge_lines(lines) == (Line(ANN, "available", "USDT", 5), Line("", "trading", "USDT", -5))


def test_an_entry_with_one_line_a_column_is_not_made_again() -> None:
    assert merge_entry(GOOD) is GOOD


lines_of_an_asset = st.lists(
    st.tuples(st.sampled_from(["deposits", "fees", "dust"]), st.integers(-(10**12), 10**12).filter(bool)),
    min_size=1,
    max_size=8,
)


@given(drawn=lines_of_an_asset)
def test_exactly_the_entries_that_sum_to_zero_are_accepted(drawn: list[tuple[str, int]]) -> None:
    draft = entry(*(Line("", code, "USDT", amount) for code, amount in drawn))
    accepted = True
    try:
        check_entry(draft)
    except LedgerError:
        accepted = False
    assert accepted == (sum(amount for _, amount in drawn) == 0)


@given(drawn=lines_of_an_asset)
def test_merging_changes_no_columns_sum(drawn: list[tuple[str, int]]) -> None:
    merged = merge_lines(Line("", code, "USDT", amount) for code, amount in drawn)
    expected = {code: sum(a for c, a in drawn if c == code) for code, _ in drawn}
    assert {line.code: line.amount for line in merged} == {c: a for c, a in expected.items() if a}


def test_everyday_entries_move_money_the_way_their_names_say() -> None:
    moved = [
        [(line.account_id, line.code, line.amount) for line in make(ANN, 7, reference="r", market_ms=1).lines]
        for make in (deposit_entry, withdraw_entry, reserve_entry, release_entry)
    ]
    assert moved == [
        [("", "deposits", -7), (ANN, "available", 7)],
        [(ANN, "available", -7), ("", "deposits", 7)],
        [(ANN, "available", -7), (ANN, "reserved", 7)],
        [(ANN, "reserved", -7), (ANN, "available", 7)],
    ]


@pytest.mark.parametrize("amount", [0, -1])
def test_an_everyday_entry_of_nothing_or_less_is_refused(amount: int) -> None:
    with pytest.raises(MalformedEntryError, match="give a positive amount"):
        deposit_entry(ANN, amount, reference="r", market_ms=1)


def test_ids_of_the_books_never_change() -> None:
    assert ledger_account_id("", "fees", "USDT") == "39718149a747112160e3d98c0a625bde"
    assert entry_id("fill:1") == "5624a8fd1dafcff73be58f7dda8cc173"
