"""Strategies as JSON: what comes in is read by the one strict reader, what goes out is explained."""

from collections.abc import Mapping
from typing import Any, Final

from agents.domain.strategy.drafting import MAX_SENTENCE
from agents.domain.strategy.explaining import explain
from agents.domain.strategy.form import FORM
from agents.domain.strategy.trial import COUNTED, Trial
from agents.selectors.strategies import StrategyView
from arena.selectors.strategies import seats_of
from interfaces.api.errors import ApiProblem
from interfaces.api.shape import COUNT, FLAG, TEXT, Schema, object_schema
from kernel.units import format_units
from trading.domain.rules import PROFILES

_TEXTS: Final[Schema] = {"type": "array", "items": TEXT.schema}
_MOMENT: Final[Schema] = {"type": ["integer", "null"], "description": "Milliseconds since 1970 UTC."}

DOCUMENT_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": f"A strategy in the form {FORM}: docs/algorithms/strategies.md says every field.",
    "properties": {
        "form": {"type": "string", "enum": [FORM]},
        "name": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 40},
    },
    "required": ["form", "name", "symbols", "entry", "sizing"],
}

STRATEGY_SCHEMA: Final = object_schema(
    {
        "name": TEXT.schema,
        "version": COUNT.schema,
        "status": {"type": "string", "enum": ["draft", "active", "retired"]},
        "sha256": TEXT.note("Hash of the document's canonical bytes.").schema,
        "sentence": TEXT.note("What it was drafted from, if it was.").schema,
        "author": TEXT.schema,
        "created_ms": COUNT.schema,
        "explanation": {**_TEXTS, "description": "What it does, in sentences."},
        "document": DOCUMENT_SCHEMA,
        "contestants": {
            "type": "array",
            "items": object_schema(
                {"season": TEXT.schema, "slug": TEXT.schema, "status": TEXT.schema}, "Who plays it."
            ),
        },
    },
    "One version of a strategy in the library.",
)

DRAFT_SCHEMA: Final = object_schema(
    {
        **dict.fromkeys(("provider", "model", "name", "sha256"), TEXT.schema),
        "version": COUNT.note("Of the stored draft; 0 where there is none.").schema,
        "explanation": _TEXTS,
        "detail": TEXT.note("Why there is no draft, in one sentence; empty where there is one.").schema,
        "raw": TEXT.note("The model's reply: hostile text.").schema,
        "usd": {"type": ["string", "null"], "format": "decimal", "description": "What asking cost."},
        "latency_ms": COUNT.schema,
    },
    "What a model made of a sentence.",
)

TRIAL_SCHEMA: Final = object_schema(
    {
        "season": TEXT.schema,
        "rounds": COUNT.note("Recorded rounds that were looked at.").schema,
        "first_ms": _MOMENT,
        "last_ms": _MOMENT,
        "calls": {
            "type": "object",
            "additionalProperties": object_schema(dict.fromkeys(COUNTED, COUNT.schema), "Counts."),
        },
        "unplayable": _TEXTS,
        "looks_at_position": FLAG.note("Exits that look at an open position are not counted.").schema,
    },
    "How often a strategy would have called, by symbol; no statement about profit.",
)

ASK_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "sentence": {"type": "string", "minLength": 1, "maxLength": MAX_SENTENCE},
        "model": {"type": "string", "description": "A contestant's slug, or a provider."},
    },
    "required": ["sentence", "model"],
    "additionalProperties": False,
}

APPLY_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "season": {"type": "string", "description": "Slug of a season that is open; left out: the newest."},
        "name": {"type": "string", "description": "Name of the contestant; left out: the strategy's."},
        "profile": {"type": "string", "enum": list(PROFILES), "default": "moderate"},
        "version": {"type": "integer", "minimum": 1, "description": "Left out: the newest."},
    },
    "additionalProperties": False,
}

APPLIED_SCHEMA: Final = object_schema(
    {"season": TEXT.schema, "contestant": TEXT.schema}, "Who plays it from the next round on."
)
RETIRED_SCHEMA: Final = object_schema({"contestants": _TEXTS}, "Contestants that were retired with it.")


def strategy_form(view: StrategyView) -> dict[str, Any]:
    """Return one version as JSON."""
    strategy = view.strategy
    seats = seats_of(view.document)
    return {
        **{name: getattr(view, name) for name in ("name", "version", "status", "sha256")},
        "sentence": view.sentence,
        "author": view.author,
        "created_ms": view.created_wall_ms,
        "explanation": list(explain(strategy)),
        "document": strategy.canonical(),
        "contestants": [{"season": s.season, "slug": s.slug, "status": s.status} for s in seats],
    }


def draft_form(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return an errand's draft as JSON; an errand that ended early holds its sentence alone."""
    usd = result.get("usd")
    return {
        **{name: result.get(name, "") for name in ("provider", "model", "name", "sha256")},
        "version": result.get("version", 0),
        "explanation": result.get("explanation", []),
        "detail": result.get("detail", ""),
        "raw": result.get("raw", ""),
        "usd": None if usd is None else format_units(usd),
        "latency_ms": result.get("latency_ms", 0),
    }


def trial_form(trial: Trial, season: str) -> dict[str, Any]:
    """Return a trial as JSON."""
    return {
        "season": season,
        "rounds": trial.rounds,
        "first_ms": trial.first_ms,
        "last_ms": trial.last_ms,
        "calls": {symbol: {name: counts[name] for name in COUNTED} for symbol, counts in trial.calls.items()},
        "unplayable": list(trial.unplayable),
        "looks_at_position": trial.looks_at_position,
    }


def read_body(body: Any, schema: Schema) -> dict[str, Any]:
    """Return a body's fields, each of its schema's type; raises ApiProblem naming the field."""
    if not isinstance(body, dict):
        raise ApiProblem("invalid", "The body must be one JSON object.")
    known = schema["properties"]
    for name, value in body.items():
        if name not in known:
            raise ApiProblem("invalid", f"{str(name)[:40]} is not a field; use {', '.join(known)}.", "body")
        wants_text = known[name]["type"] == "string"
        if type(value) is not (str if wants_text else int):
            kind = "text" if wants_text else "a whole number"
            raise ApiProblem("invalid", f"{name} must be {kind}.", name)
    for name in schema.get("required", ()):
        if name not in body:
            raise ApiProblem("invalid", f"{name} is missing.", name)
    return body
