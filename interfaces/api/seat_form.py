"""What a seat's addresses answer, and the schemas of it."""

from typing import Any, Final

from agents.domain.answers import AnswerContext
from agents.domain.seat_answers import read_for_sender
from agents.domain.seats import is_present
from agents.selectors.seats import OpenTurn, SeatView, SubmissionView
from arena.selectors.seats import SeatedContestant
from interfaces.api.shape import COUNT, FLAG, ISO, MOMENT, RATIO, TEXT, Schema, object_schema, optional
from interfaces.sentences import reason_sentence
from kernel.time import iso_utc
from kernel.units import format_units
from trading.domain.decisions import Decision

PERCENT: Final = 100

OPEN_SCHEMA: Final = object_schema(
    {
        "turn": TEXT.note("Name it when you answer.").schema,
        "round": COUNT.schema,
        "deadline_ms": MOMENT.schema,
        "deadline_at": ISO.schema,
    },
    "A question that may be answered now.",
)

SEAT_SCHEMA: Final = object_schema(
    {
        "season": TEXT.note("Slug of the season.").schema,
        "season_status": TEXT.schema,
        "contestant": TEXT.note("Slug of the contestant this token decides for.").schema,
        "name": TEXT.schema,
        "status": TEXT.schema,
        "token_hint": TEXT.note("Start of the token.").schema,
        "present": FLAG.note("Rounds wait for this program: it was seen in the last ten minutes.").schema,
        "next_round_ms": optional(MOMENT.note("Wall time, milliseconds since 1970 UTC.")).schema,
        "next_round_at": optional(ISO).schema,
        "open": {"anyOf": [OPEN_SCHEMA, {"type": "null"}]},
    },
    "Who this token decides for.",
)

_DECIMAL_OR_NONE: Final = optional(RATIO).schema

ACCEPTED_SCHEMA: Final = object_schema(
    {
        "action": TEXT.schema,
        "symbol": TEXT.schema,
        **dict.fromkeys(("size_pct", "confidence", "stop_loss", "take_profit"), _DECIMAL_OR_NONE),
        "leverage": optional(COUNT).schema,
        "limit_price": _DECIMAL_OR_NONE,
        "time_in_force": TEXT.note("'ioc', or 'gtc' for a limit that may rest.").schema,
        "post_only": FLAG.schema,
        "trailing_pct": _DECIMAL_OR_NONE,
        "reverse": FLAG.schema,
    },
    "One decision as it would count.",
)

REJECTED_SCHEMA: Final = object_schema(
    {
        "index": optional(COUNT.note("Place in the list, from 0; null for the whole answer.")).schema,
        "reason_code": TEXT.schema,
        "message": TEXT.schema,
    },
    "What is void, and why.",
)

READ_FIELDS: Final[dict[str, Schema]] = {
    "accepted": {"type": "array", "items": ACCEPTED_SCHEMA},
    "rejected": {"type": "array", "items": REJECTED_SCHEMA},
    "objections": {
        "type": "array",
        "items": REJECTED_SCHEMA,
        "description": "Accepted, but the rules will refuse it if nothing changes until then.",
    },
}

RECEIPT_SCHEMA: Final = object_schema(
    {"id": TEXT.schema, "turn": TEXT.schema, "round": COUNT.schema, **READ_FIELDS},
    "What was stored, and what the reader makes of it. The last answer before the deadline counts.",
)

HANDED_SCHEMA: Final = object_schema(
    {
        "id": TEXT.schema,
        "turn": TEXT.schema,
        "round": optional(COUNT).schema,
        "received_ms": MOMENT.schema,
        "received_at": ISO.schema,
        "taken": FLAG.note("True where its round used it.").schema,
        "answer": TEXT.note("As it came; what is not UTF-8 is replaced.").schema,
    },
    "One answer that was handed in.",
)


def seat_form(
    seat: SeatView, who: SeatedContestant, asked: OpenTurn | None, due_ms: int | None, wall_ms: int
) -> dict[str, Any]:
    """Return who a token decides for and what is open."""
    return {
        "season": who.season_slug,
        "season_status": who.season_status,
        "contestant": who.slug,
        "name": who.name,
        "status": who.status,
        "token_hint": seat.token_hint,
        "present": is_present(seat.last_seen_ms, wall_ms),
        "next_round_ms": due_ms,
        "next_round_at": None if due_ms is None else iso_utc(due_ms),
        "open": None if asked is None else _open_form(asked),
    }


def read_form(raw: bytes, context: AnswerContext) -> dict[str, Any]:
    """Return what would count of these bytes, what is void, and what the rules will object to."""
    read = read_for_sender(raw, context)
    whole = [_rejection(None, read.unreadable)] if read.unreadable else []
    return {
        "accepted": [_decision(item) for item in read.decisions],
        "rejected": whole or [_rejection(item.index, item.code) for item in read.rejected],
        "objections": [_rejection(item.index, item.code) for item in read.objections],
    }


def handed_form(row: SubmissionView, rounds: dict[str, int]) -> dict[str, Any]:
    """Return one submission of a seat's history."""
    turn = row.turn_id or row.taken_by
    return {
        "id": row.id,
        "turn": turn,
        "round": rounds.get(turn),
        "received_ms": row.received_ms,
        "received_at": iso_utc(row.received_ms),
        "taken": bool(row.taken_by),
        "answer": row.raw.decode("utf-8", "replace"),
    }


def _open_form(asked: OpenTurn) -> dict[str, Any]:
    return {
        "turn": asked.turn_id,
        "round": asked.number,
        "deadline_ms": asked.deadline_ms,
        "deadline_at": iso_utc(asked.deadline_ms),
    }


def _decision(item: Decision) -> dict[str, Any]:
    prices = {
        "stop_loss": item.stop_loss,
        "take_profit": item.take_profit,
        "limit_price": item.terms.price,
        "trailing_pct": item.trail * PERCENT or None,
    }
    return {
        "action": item.action.value,
        "symbol": item.symbol,
        "size_pct": format_units(item.size * PERCENT) if item.size else None,
        "confidence": format_units(item.confidence) if item.confidence else None,
        **{name: None if price is None else format_units(price) for name, price in prices.items()},
        "leverage": item.leverage or None,
        "time_in_force": item.terms.time_in_force,
        "post_only": item.terms.post_only,
        "reverse": item.reverse,
    }


def _rejection(index: int | None, code: str) -> dict[str, Any]:
    return {"index": index, "reason_code": code, "message": reason_sentence(code)}
