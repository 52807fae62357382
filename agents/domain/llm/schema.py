"""The answer's form as a JSON Schema that providers enforce, and nothing they would choke on.

Only what OpenAI's strict mode and Anthropic's structured outputs both take: objects with every property
required and nothing else allowed, arrays, ``enum``, ``anyOf`` with null for what may be absent. Bounds of
numbers and lengths of texts are enforced by neither alike, so they stand in the descriptions, and
``agents.domain.answers`` checks each one again. Descriptions sit inside the branches of ``anyOf``, because
Anthropic's client drops those beside it.
"""

from collections.abc import Sequence
from typing import Any, Final

from agents.domain.llm.figures import plain_symbols, short
from trading.domain.decisions import Action
from trading.domain.invalidation import COMPARISONS, METRICS, TIMEFRAMES
from trading.domain.rules import RuleBook

SCHEMA_NAME: Final = "arena_answer"

Schema = dict[str, Any]

_WORDS: Final = 60


def answer_schema(symbols: Sequence[str], rules: RuleBook) -> Schema:
    """Return the schema of an answer about these symbols.

    ``reasoning`` comes before ``action``: what a model writes first, the rest follows from. Raises ValueError
    where no symbol can be named, since an empty enum is no schema.
    """
    named = plain_symbols(symbols)
    if not named:
        raise ValueError("an answer's schema needs at least one symbol of letters A-Z and digits")
    return _object(
        {
            "summary": _text(f"At most {_WORDS} words for the public record."),
            "decisions": {
                "type": "array",
                "description": "At most one decision for each symbol; empty to hold everything.",
                "items": _decision(named, rules),
            },
        }
    )


def _decision(symbols: tuple[str, ...], rules: RuleBook) -> Schema:
    limits = rules.limits
    leverage = f"For BUY and SELL a whole number from {limits.min_leverage} to {limits.max_leverage}."
    size = (
        f"In per cent. BUY and SELL: margin as a share of equity, from 1 to "
        f"{short(limits.max_position * 100)}. CLOSE: share of the position, 1 to 100; null closes all."
    )
    return _object(
        {
            "reasoning": _text(f"At most {_WORDS} words; cite only figures that stand in the data."),
            "action": _choice([action.value for action in Action], "What to do on this symbol."),
            "symbol": _choice(symbols, "One of the symbols offered."),
            "size_pct": _or_null({"type": "number", "description": size}),
            "leverage": _or_null({"type": "integer", "description": leverage}),
            "stop_loss": _or_null({"type": "number", "description": "Price in USDT; BUY and SELL only."}),
            "take_profit": _or_null({"type": "number", "description": "Price in USDT; BUY and SELL only."}),
            "invalidation": _or_null(_invalidation()),
            "confidence": _or_null(
                {
                    "type": "number",
                    "description": "From 0 to 1: probability that the target is reached before the stop.",
                }
            ),
            **(_terms() if rules.limit_orders else {}),
            "evidence": {
                "type": "array",
                "description": "Up to 8 keys of the data the decision rests on, such as BTC.rsi_14.",
                "items": {"type": "string"},
            },
        }
    )


def _terms() -> dict[str, Schema]:
    """Return how an open may fill, where the rule book lets decisions say so."""
    limit = "Worst price accepted, in USDT; null for a market order, CLOSE and HOLD."
    trail = "From 0.1 to 20: a stop that follows the best price at this distance in per cent."
    reverse = "True to close what is held on the other side first; else false."
    return {
        "limit_price": _or_null({"type": "number", "description": limit}),
        "trailing_pct": _or_null({"type": "number", "description": trail}),
        "reverse": {"type": "boolean", "description": reverse},
    }


def _invalidation() -> Schema:
    return {
        **_object(
            {
                "metric": _choice(METRICS, "What is watched between rounds."),
                "timeframe": _choice(TIMEFRAMES, "'tick' for price and held_minutes; a bar for close."),
                "comparison": _choice(COMPARISONS, "'above' for held_minutes."),
                "value": {"type": "number", "description": "A price in USDT, or minutes; above 0."},
            }
        ),
        "description": "The condition under which the idea was wrong: the position is closed then.",
    }


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _choice(values: Sequence[str] | dict[str, int], description: str) -> Schema:
    return {"type": "string", "enum": list(values), "description": description}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
