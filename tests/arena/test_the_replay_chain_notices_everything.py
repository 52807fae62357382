"""The replay hash: the order of facts is irrelevant, any changed figure changes the head."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.domain.replay import FillFact, RoundRecord, chain_exits, chain_round, fill_fact
from kernel.canonical import GENESIS
from kernel.units import SCALE
from trading.domain.positions import Execution, compute_effect

ENTRY = Execution("acc", "BTC", 1, SCALE, 50_000 * SCALE, 25 * SCALE, 5, None, None, 1_000, "decision")
FACT = fill_fact("ann", ENTRY, compute_effect(None, ENTRY, 1), ambiguous=False)
OTHER = FACT._replace(contestant="bob", side=-1, pnl=-7, covered=3, ambiguous=True)
VERDICTS = (("BTC", "approved", "", ()), ("ETH", "denied", "leverage", ("leverage", "spread")))
RECORD = RoundRecord(
    slot=7,
    snapshot_sha256="a" * 64,
    book_sha256="b" * 64,
    answers={"ann": ("decided", "", "c" * 64), "bob": ("forced_hold", "late", "")},
    verdicts={"ann": VERDICTS},
    fills=(FACT, OTHER),
    equity={"ann": 10_000, "bob": 9_000},
    ranks={"ann": 1, "bob": 2},
)
HEAD = chain_round(GENESIS, RECORD)


def reversed_keys(mapping: Any) -> Any:
    """Return the same mapping, filled in the other direction."""
    return {key: mapping[key] for key in reversed(list(mapping))}


def test_the_order_in_which_facts_were_read_is_irrelevant() -> None:
    shuffled = RECORD._replace(
        answers=reversed_keys(RECORD.answers),
        verdicts={"ann": VERDICTS[::-1]},
        fills=RECORD.fills[::-1],
        equity=reversed_keys(RECORD.equity),
        ranks=reversed_keys(RECORD.ranks),
    )
    assert chain_round(GENESIS, shuffled) == HEAD
    assert chain_exits(GENESIS, 9, (FACT, OTHER)) == chain_exits(GENESIS, 9, (OTHER, FACT))


@pytest.mark.parametrize(
    "changed",
    [
        {"slot": 8},
        {"snapshot_sha256": "a" * 63 + "b"},
        {"book_sha256": ""},
        {"answers": {**RECORD.answers, "ann": ("held", "", "c" * 64)}},
        {"answers": {**RECORD.answers, "ann": ("decided", "", "d" * 64)}},
        {"answers": {**RECORD.answers, "bob": ("forced_hold", "raised", "")}},
        {"answers": {"ann": RECORD.answers["ann"]}},
        {"verdicts": {"bob": VERDICTS}},
        {"verdicts": {"ann": VERDICTS[:1]}},
        {"verdicts": {"ann": (VERDICTS[0], ("ETH", "denied", "leverage", ("leverage",)))}},
        {"fills": (FACT,)},
        {"fills": (FACT, OTHER, OTHER)},
        {"equity": {"ann": 10_001, "bob": 9_000}},
        {"ranks": {"ann": 2, "bob": 1}},
    ],
)
def test_any_changed_figure_of_a_round_changes_the_head(changed: dict[str, Any]) -> None:
    assert chain_round(GENESIS, RECORD._replace(**changed)) != HEAD


def test_every_part_of_a_round_is_among_the_changes_above() -> None:
    assert set(RoundRecord._fields) == {
        "slot",
        "snapshot_sha256",
        "book_sha256",
        "answers",
        "verdicts",
        "fills",
        "equity",
        "ranks",
    }


def _another(value: str | int) -> str | int:
    if isinstance(value, str):
        return f"{value}x"
    return not value if isinstance(value, bool) else value + 1


@pytest.mark.parametrize("name", FillFact._fields)
def test_any_changed_figure_of_a_fill_changes_the_head(name: str) -> None:
    figures = FACT._asdict()
    changed = FillFact(**{**figures, name: _another(figures[name])})
    assert chain_exits(GENESIS, 9, [changed]) != chain_exits(GENESIS, 9, [FACT])
    assert chain_round(GENESIS, RECORD._replace(fills=(changed, OTHER))) != HEAD


def test_the_head_before_and_the_tick_are_part_of_the_link() -> None:
    assert chain_round("1" * 64, RECORD) != HEAD
    assert chain_exits(GENESIS, 10, [FACT]) != chain_exits(GENESIS, 9, [FACT])
    assert chain_exits("1" * 64, 9, [FACT]) != chain_exits(GENESIS, 9, [FACT])


amounts = st.integers(-(10**12), 10**12)


@given(amounts, st.integers(0, 10**12), st.integers(0, 10**12), amounts)
def test_the_postings_of_a_fill_sum_to_zero_and_move_something(
    pnl: int, fee: int, covered: int, margin_change: int
) -> None:
    fact = FACT._replace(pnl=pnl, fee=fee, covered=covered, margin_change=margin_change)
    moved = [int(line[2]) for line in fact.postings]
    assert sum(moved) == 0
    assert 0 not in moved


def test_a_fact_holds_what_was_executed_and_what_it_moved() -> None:
    margin = 10_000 * SCALE
    assert FACT.margin_change == margin
    assert FACT.postings == [
        ["ann", "available", -margin - 25 * SCALE],
        ["ann", "reserved", margin],
        ["house", "fees", 25 * SCALE],
    ]
    shared = {field.name for field in fields(Execution)} & set(FillFact._fields)
    assert all(getattr(FACT, name) == getattr(ENTRY, name) for name in shared)
