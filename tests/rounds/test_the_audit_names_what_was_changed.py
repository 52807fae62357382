"""An intruder who owns the database changes one row: the audit names it, and exits with 1."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import models

from accounts.models import LedgerAccount, Posting
from arena.models import EquityPoint, Round, Season, Standing, Turn
from arena.selectors.audit import audit
from kernel.units import SCALE
from tests.factories.contests import (
    Bar,
    buy,
    close,
    house,
    open_contest,
    play,
    says,
    scripted,
    write_tape,
)
from trading.domain.decisions import Decision as Intent
from trading.models import Blob, ClosedTrade, Decision, ExecutionBook, Fill, Order, Position, Snapshot

pytestmark = pytest.mark.django_db
CRASH: Bar = (100, 100, 80, 100)
ROUNDS = 12


def small(**changes: Any) -> Intent:
    """Return a purchase that is small enough for every rule."""
    return buy(**{"size": SCALE // 50, **changes})


@pytest.fixture
def season(tmp_path: Path) -> str:
    """Play a season with opens, closes, stops, denials and an open position at its end."""
    market = f"tape:{write_tape(tmp_path, bent={6: CRASH})}"
    steady = [says(small()), says(close())] * 5
    stopped = [says(small(stop=95)), says(small(leverage=50)), *[says()] * 8, says(small())]
    season = open_contest(
        [scripted("ann", *steady), scripted("bob", *stopped), *house("always_flat")], market
    )
    play(season, ROUNDS)
    return season


def breaks() -> list[tuple[str, str]]:
    """Return each broken invariant with its sentence."""
    return [(finding.invariant, finding.problem) for finding in audit() if finding.problem]


def change(model: type[models.Model], column: str, value: Any, **which: Any) -> str:
    """Change one column of the first row that is asked for, by SQL; return the row's key."""
    row = model._default_manager.filter(**which).order_by("pk").first()
    assert row is not None
    old = getattr(row, column)
    new = value(old) if callable(value) else value
    assert new != old
    model._default_manager.filter(pk=row.pk).update(**{column: new})
    return str(row.pk)


def more(old: int) -> int:
    """Return a unit more."""
    return old + 1


def flipped(old: bytes) -> bytes:
    """Return the bytes with the last one changed."""
    return bytes(old)[:-1] + bytes([bytes(old)[-1] ^ 1])


CHANGES: dict[str, tuple[type[models.Model], str, Any, dict[str, Any], str]] = {
    "posting": (Posting, "amount", more, {}, "L1 L2"),
    "balance": (LedgerAccount, "balance", more, {"code": "available"}, "L1 L2"),
    "fill's fee": (Fill, "fee", more, {}, "L5"),
    "fill's profit": (Fill, "pnl", more, {"kind": "stop_loss"}, "E1"),
    "fill's quantity": (Fill, "qty", lambda old: old - 1, {}, "E1"),
    "fill's margin": (Fill, "margin_change", more, {}, "E1"),
    "position's quantity": (Position, "qty", more, {"qty__gt": 0}, "E1"),
    "position's cost": (Position, "entry_cost", more, {"qty__gt": 0}, "E1"),
    "position's margin": (Position, "margin", more, {"qty__gt": 0}, "E1"),
    "position's stop": (Position, "stop_loss", more, {"qty__gt": 0}, "E1"),
    "closed trade's profit": (ClosedTrade, "pnl", more, {}, "E1"),
    "order's quantity": (Order, "qty", more, {"kind": "decision"}, "D1"),
    "order's state": (Order, "state", "rejected", {"state": "filled"}, "O1"),
    "order's stop": (Order, "stop_loss", more, {"stop_loss__gt": 0}, "D1"),
    "decision's outcome": (Decision, "outcome", "denied", {"outcome": "approved"}, "D1"),
    "decision's size": (Decision, "size", more, {"action": "BUY"}, "D5"),
    "decision's reasoning": (Decision, "reasoning", "I knew it", {}, "D5"),
    "denied decision's reason": (Decision, "reason", "spread", {"outcome": "denied"}, "R1"),
    "decision's verdicts": (Decision, "verdicts", b"[]", {"outcome": "denied"}, "R1"),
    "turn's answer": (Turn, "answer_sha256", "0" * 64, {"outcome": "decided"}, "D5"),
    "turn's outcome": (Turn, "outcome", "held", {"outcome": "decided"}, "D5"),
    "turn's summary": (Turn, "summary", "another", {"outcome": "decided"}, "D5"),
    "equity point": (EquityPoint, "equity", more, {"number": 3}, "R1"),
    "standing's equity": (Standing, "equity", more, {}, "P1"),
    "standing's peak": (Standing, "peak", more, {}, "P1"),
    "standing's rank": (Standing, "rank", more, {}, "P1"),
    "standing's fees": (Standing, "fees", more, {}, "P2"),
    "standing's wins": (Standing, "wins", more, {}, "P2"),
    "standing's turns": (Standing, "turns", more, {}, "P2"),
    "blob": (Blob, "body", flipped, {"codec": "raw"}, "blobs"),
    "compressed blob": (Blob, "body", flipped, {"codec": "zlib"}, "blobs"),
    "round's hash": (Round, "replay_hash", "0" * 64, {"number": 5}, "R1"),
    "round's snapshot": (Round, "snapshot_sha256", "0" * 64, {"number": 5}, "R1"),
    "round's number": (Round, "number", 99, {"number": 5}, "D4"),
    "snapshot's time": (Snapshot, "market_ms", lambda old: old + 60_000, {}, "D3"),
    "book's time": (ExecutionBook, "market_ms", lambda old: old - 60_000, {}, "D3"),
    "season's head": (Season, "replay_head", "0" * 64, {}, "R1"),
    "season's count": (Season, "rounds_closed", more, {}, "D4"),
    "season's capital": (Season, "starting_capital", SCALE, {}, "E2"),
}


def test_an_untouched_season_is_clean(season: str) -> None:
    assert season
    assert breaks() == []
    with pytest.raises(SystemExit) as ended:
        call_command("arena", "audit", "--json")
    assert ended.value.code == 0


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_found_under_the_invariant_it_breaks(
    season: str, drop_triggers: Callable[[], None], what: str
) -> None:
    model, column, value, which, invariant = CHANGES[what]
    drop_triggers()
    change(model, column, value, **which)
    found = [broken for broken, _sentence in breaks() if broken != "L3"]
    assert season
    assert invariant in found


@pytest.mark.parametrize("model", [Posting, Fill, Decision, Turn, EquityPoint, Position, ClosedTrade])
def test_a_deleted_row_is_missed(
    season: str, drop_triggers: Callable[[], None], model: type[models.Model]
) -> None:
    drop_triggers()
    unbound: dict[type[models.Model], dict[str, Any]] = {
        Position: {"qty__gt": 0},
        Decision: {"outcome": "denied"},
    }
    victim = model._default_manager.filter(**unbound.get(model, {})).order_by("pk").first()
    assert victim is not None
    model._default_manager.filter(pk=victim.pk)._raw_delete("default")
    assert season
    assert [broken for broken, _sentence in breaks() if broken != "L3"]


def test_a_missing_trigger_is_a_break_of_its_own(season: str, drop_triggers: Callable[[], None]) -> None:
    drop_triggers()
    assert season
    assert [broken for broken, _sentence in breaks()] == ["L3"]


def test_the_command_names_the_first_break_and_exits_with_1(
    season: str, drop_triggers: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fill = Fill.objects.order_by("pk").first()
    assert fill is not None
    drop_triggers()
    Fill.objects.filter(pk=fill.pk).update(fee=fill.fee + 1)
    with pytest.raises(SystemExit) as ended:
        call_command("arena", "audit", "--all")
    assert ended.value.code == 1
    sentence = f"fill {fill.pk} paid a fee of {fill.fee + 1} units, which is not its rate times its notional"
    assert f"cup L5: {sentence}" in capsys.readouterr().out.splitlines()
    assert season
