"""Writing a season's tape: lines chained by hash, compressed, in the caller's transaction."""

import zlib
from collections.abc import Mapping, Sequence

from agents.domain.llm.billing import Bill
from agents.domain.llm.tape import (
    CallNote,
    Line,
    attempt_line,
    call_line,
    level_line,
    reply_line,
    seal_lines,
    silent_line,
)
from agents.models import TapeLine
from agents.ports import DerivedAgent, ModelAgent
from agents.services.questions import Ask, CallRecord, Reply, Table
from kernel.canonical import GENESIS
from store.bulk import insert_rows

_LEVEL = 1
"""Request bodies repeat themselves: the fastest level already takes four fifths."""


def record_lines(season_id: str, slot: int, lines: Sequence[Line]) -> None:
    """Append lines to a season's tape; two writers at once collide on the line's number."""
    if not lines:
        return
    last = TapeLine.objects.filter(season_id=season_id).order_by("-seq").values_list("seq", "sha256").first()
    first, previous = (0, GENESIS) if last is None else (last[0] + 1, last[1])
    rows = []
    for seq, (body, sha256) in enumerate(seal_lines(lines, previous), first):
        rows.append((season_id, seq, slot, zlib.compress(body, _LEVEL), previous, sha256))
        previous = sha256
    insert_rows(TapeLine, ("season_id", "seq", "slot", "body", "prev_sha256", "sha256"), rows)


def record_level(
    season_id: str, slot: int, step: str, level: str, accounts: Mapping[str, str] | None = None
) -> None:
    """Append how the kill switch stood at a step of a round: a replay must not go by its own switch.

    ``accounts`` are the slugs for which another level counted, with it.
    """
    if level != "active" or accounts:
        record_lines(season_id, slot, [level_line(slot, step, level, accounts or {})])


def round_lines(
    table: Table, asks: Sequence[Ask], replies: Mapping[str, Reply], silent: Mapping[str, str]
) -> list[Line]:
    """Return what a round adds to the tape: everything that did not follow from the market alone."""
    lines: list[Line] = []
    for ask in asks:
        reply = replies[ask.contestant_id]
        if reply.call is not None:
            lines += _call_lines(ask, table.slot, reply.call)
        elif _is_from_outside(ask):
            lines.append(reply_line(ask.seat_id, table.slot, reply.raw, reply.reason))
    return [*lines, silent_line(table.slot, silent)] if silent else lines


def _call_lines(ask: Ask, slot: int, call: CallRecord) -> list[Line]:
    sent = [attempt_line(ask.seat_id, slot, call.model, note) for note in call.notes]
    prompt_sha256 = call.prompt.sha256 if call.prompt else ""
    bill = Bill(call.cost, call.cost_source, call.is_unpriced)
    note = CallNote(call.outcome, call.started_wall_ms, call.latency_us, prompt_sha256, bill)
    closing = call_line(ask.seat_id, slot, note, call.notes)
    return [*(line for line in sent if line is not None), closing]


def _is_from_outside(ask: Ask) -> bool:
    if isinstance(ask.agent, ModelAgent | DerivedAgent):
        return False
    # An inbox has no such words: always from outside. A package may answer otherwise the next time.
    return bool(getattr(ask.agent, "blocking", True) or getattr(ask.agent, "is_foreign", False))
