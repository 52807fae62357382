"""JSON forms of single turns: a line of a contestant's page, and one in full."""

import base64
from typing import Any, Final

from arena.domain.turn_views import TurnLine, TurnPage
from interfaces.api.shape import (
    COUNT,
    FLAG,
    MOMENT,
    SHA256,
    TEXT,
    Computed,
    Kind,
    Shape,
    choice,
    object_schema,
    optional,
)
from interfaces.api.shapes_minds import CALL, PROMPT
from interfaces.api.shapes_round import TURN
from interfaces.api.shapes_trading import said

OUTCOME: Final = choice("decided", "held", "forced_hold")

TURN_LINE: Final = Shape(
    "TurnLine",
    TurnLine,
    "One turn of a contestant that a language model decides for.",
    number=COUNT.note("Of the round."),
    market_ms=MOMENT,
    outcome=OUTCOME,
    reason=TEXT.note("Code of a forced hold; empty otherwise."),
    reason_sentence=Computed(TEXT, lambda line: said(line.reason)),
    call=optional(CALL.kind),
)


def write_raw(raw: bytes) -> dict[str, Any]:
    """Return bytes as text where they are UTF-8, else as base64."""
    try:
        return {"encoding": "utf-8", "text": raw.decode(), "bytes": len(raw)}
    except UnicodeDecodeError:
        return {"encoding": "base64", "text": base64.b64encode(raw).decode(), "bytes": len(raw)}


RAW: Final = Kind(
    object_schema(
        {
            "encoding": {"type": "string", "enum": ["utf-8", "base64"]},
            "text": {"type": "string"},
            "bytes": {"type": "integer", "description": "How many bytes the answer has."},
        },
        "The answer to the byte: untrusted text, or base64 where it is no UTF-8.",
    ),
    write_raw,
)

TURN_PAGE: Final = Shape(
    "TurnPage",
    TurnPage,
    "One contestant's turn in full. Prompt and answer are null until the round is closed.",
    number=COUNT.note("Of the round."),
    market_ms=MOMENT,
    is_closed=FLAG,
    snapshot_sha256=SHA256,
    kind=TEXT.note("Kind of agent."),
    division=choice("main", "custom", "live"),
    turn=TURN.kind,
    prompt=optional(PROMPT.kind),
    answer=optional(RAW),
)
