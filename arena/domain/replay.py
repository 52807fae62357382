"""The replay hash: one chain over everything a season did, by natural key.

Links: the rule book; each moment between rounds at which something filled or was funded; each closed round. A
link holds no primary key, no wall time, no latency and no transaction hash, so that any machine and database
ends at the same head.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kernel.canonical import canonical_bytes, chain_hash
from trading.domain.positions import Execution, FillEffect


class FillFact(NamedTuple):
    """A fill by natural key: who, what, how much, at what cost, and what moved in the books."""

    contestant: str
    symbol: str
    lifecycle: int
    kind: str
    side: int
    qty: int
    notional: int
    fee: int
    pnl: int
    covered: int
    margin_change: int
    market_ms: int
    ambiguous: bool
    penalty: int = 0
    """The part of the fee that goes to the insurance."""

    @property
    def postings(self) -> list[list[str | int]]:
        """The journal lines of the fill: [owner, column, amount], without lines that move nothing."""
        free = self.pnl - self.fee + self.covered - self.margin_change
        lines: list[list[str | int]] = [
            [self.contestant, "available", free],
            [self.contestant, "reserved", self.margin_change],
            ["house", "trading", -self.pnl],
            ["house", "fees", self.fee - self.penalty],
            ["house", "insurance", self.penalty - self.covered],
        ]
        return [line for line in lines if line[2]]


def fill_fact(contestant: str, execution: Execution, effect: FillEffect, *, ambiguous: bool) -> FillFact:
    """Return the fact of a fill as computed."""
    return FillFact(
        contestant=contestant,
        symbol=execution.symbol,
        lifecycle=effect.lifecycle,
        kind=execution.kind,
        side=execution.side,
        qty=execution.qty,
        notional=execution.notional,
        fee=effect.fee,
        pnl=effect.pnl,
        covered=effect.covered,
        margin_change=effect.reserved_change,
        market_ms=execution.market_ms,
        ambiguous=ambiguous,
        penalty=execution.penalty,
    )


class FundingFact(NamedTuple):
    """A settlement of funding by natural key: who, on what, what was received and who paid what was short."""

    contestant: str
    symbol: str
    lifecycle: int
    amount: int
    covered: int
    margin_change: int
    market_ms: int


def _fill_form(fact: FillFact) -> list[Any]:
    """Return the form that is hashed; what came later is in it only where it happened."""
    return [*fact[:-1], fact.postings, *([fact.penalty] if fact.penalty else [])]


def chain_exits(
    head: str, market_ms: int, facts: Sequence[FillFact], funding: Sequence[FundingFact] = ()
) -> str:
    """Return the head after what happened at one moment between rounds: fills and funding."""
    form: dict[str, Any] = {"tick": market_ms, "fills": sorted(_fill_form(fact) for fact in facts)}
    if funding:
        form["funding"] = sorted(funding)
    return chain_hash(head, canonical_bytes(form))


class RoundRecord(NamedTuple):
    """What a closed round adds, by contestant slug."""

    slot: int
    snapshot_sha256: str
    book_sha256: str
    answers: Mapping[str, tuple[str, str, str]]
    """slug -> (outcome, reason, answer hash)."""
    verdicts: Mapping[str, Sequence[tuple[str, str, str, Sequence[str]]]]
    """slug -> (symbol, outcome, reason, failed rules) of each decision."""
    fills: Sequence[FillFact]
    equity: Mapping[str, int]
    ranks: Mapping[str, int]


def chain_round(head: str, record: RoundRecord) -> str:
    """Return the head after one closed round."""
    form = {
        "slot": record.slot,
        "snapshot": record.snapshot_sha256,
        "book": record.book_sha256,
        "answers": {slug: list(answer) for slug, answer in record.answers.items()},
        "verdicts": {
            slug: sorted([symbol, outcome, reason, list(failed)] for symbol, outcome, reason, failed in rows)
            for slug, rows in record.verdicts.items()
        },
        "fills": sorted(_fill_form(fact) for fact in record.fills),
        "equity": dict(record.equity),
        "ranks": dict(record.ranks),
    }
    return chain_hash(head, canonical_bytes(form))
