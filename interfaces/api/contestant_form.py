"""The body that enters a model contestant, read field by field; its key goes in and never comes out."""

from collections.abc import Mapping
from typing import Any, Final

from agents.domain.llm.entry import CAP_NAMES, MAX_NAME, MAX_REPLICAS, ContestantForm
from agents.domain.llm.prompt_system import CUSTOM_LENGTH
from agents.domain.registry import KINDS
from agents.selectors.errands import ErrandView
from arena.services.strategies import DRAFT_KIND
from interfaces.api.errors import ApiProblem
from interfaces.api.shape import COUNT, FLAG, TEXT, Schema, object_schema, optional
from interfaces.api.strategy_form import DRAFT_SCHEMA, draft_form
from kernel.units import format_units
from trading.domain.rules import PROFILES

_MODELS: Final = [kind for kind, info in KINDS.items() if info.how == "model"]
_AMOUNT: Final[Schema] = {"type": "string", "format": "decimal", "examples": ["2.5"]}

FIELDS: Final[dict[str, Schema]] = {
    "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
    "provider": {"type": "string", "enum": _MODELS},
    "model": {
        "type": "string",
        "description": "As the provider writes it; left out: the catalogue's default.",
    },
    "key": {
        "type": "string",
        "format": "password",
        "writeOnly": True,
        "description": "The provider's key, for this contestant and the host of its address only. No answer "
        "ever holds it. Left out: the provider's stored key, or the one of the environment.",
    },
    "season": {"type": "string", "description": "Slug of a season that is open; left out: the newest."},
    "base_url": {"type": "string", "description": "For providers without an address of their own."},
    "effort": {"type": "string"},
    "prompt": {
        "type": "string",
        "maxLength": CUSTOM_LENGTH,
        "description": "A prompt of its own: it is ranked in the custom division then.",
    },
    "profile": {"type": "string", "enum": list(PROFILES), "default": "moderate"},
    "replicas": {"type": "integer", "minimum": 1, "maximum": MAX_REPLICAS, "default": 1},
    "settings": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Parts of the provider's address: account, gateway, region.",
    },
    **{name: {**_AMOUNT, "description": "USD that its thinking may cost at most."} for name in CAP_NAMES},
}

BODY_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "A language model that is to play.",
    "properties": FIELDS,
    "required": ["name", "provider"],
    "additionalProperties": False,
}

ENTERED_SCHEMA: Final = object_schema(
    {
        "season": TEXT.schema,
        "contestants": {"type": "array", "items": TEXT.note("Slug; replicas follow the first.").schema},
        "key": {"type": "string", "enum": ["stored", "not_given"]},
    },
    "Who was entered. A contestant plays from the next round on, as soon as a key is found for it.",
)

RESULT_SCHEMA: Final = object_schema(
    {
        **{name: optional(TEXT).schema for name in ("provider", "model", "structured_mode", "price")},
        **{name: optional(FLAG).schema for name in ("key_accepted", "model_alive", "structured_honoured")},
        "latency_ms": optional(COUNT).schema,
        "questions_a_day": optional(COUNT).schema,
        "usd_a_day": {**_AMOUNT, "type": ["string", "null"], "description": "Estimated; null if not known."},
        "detail": TEXT.note("A sentence where something is wrong.").schema,
    },
    "What a look at a model found; null for what was not looked at.",
)

ERRAND_SCHEMA: Final = object_schema(
    {
        "id": TEXT.schema,
        "kind": TEXT.schema,
        "state": {"type": "string", "enum": ["waiting", "running", "done", "failed"]},
        "result": {"anyOf": [RESULT_SCHEMA, DRAFT_SCHEMA, {"type": "null"}]},
    },
    "Something the runner does; ask again until its state is done or failed.",
)

_RESULT_FIELDS: Final = tuple(RESULT_SCHEMA["properties"])


def read_form(body: Any) -> tuple[ContestantForm, str, str]:
    """Return description, season ('' for the newest) and key of a body; raises ApiProblem. Shows no value."""
    if not isinstance(body, dict):
        raise ApiProblem("invalid", "The body must be one JSON object.")
    for name in body:
        if name not in FIELDS:
            raise ApiProblem("invalid", f"{str(name)[:40]} is not a field; use {', '.join(FIELDS)}.", "body")
    key = _text(body, "key")
    form = ContestantForm(
        name=_text(body, "name"),
        kind=_text(body, "provider"),
        model=_text(body, "model"),
        base_url=_text(body, "base_url"),
        effort=_text(body, "effort"),
        prompt=_text(body, "prompt"),
        profile=_text(body, "profile") or "moderate",
        replicas=_whole(body, "replicas"),
        settings=_settings(body),
        caps={name: _text(body, name) for name in CAP_NAMES if body.get(name)},
    )
    return form, _text(body, "season"), key


def errand_form(errand: ErrandView) -> dict[str, Any]:
    """Return an errand as JSON."""
    if errand.kind == DRAFT_KIND:
        drafted = draft_form(errand.result) if errand.is_over else None
        return {"id": errand.id, "kind": errand.kind, "state": errand.state, "result": drafted}
    found = errand.result
    result = {name: found.get(name) for name in _RESULT_FIELDS} if errand.is_over else None
    if result is not None:
        usd = result["usd_a_day"]
        result |= {"usd_a_day": None if usd is None else format_units(usd), "detail": result["detail"] or ""}
    return {"id": errand.id, "kind": errand.kind, "state": errand.state, "result": result}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise ApiProblem("invalid", f"{name} must be text.", name)
    return value


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 1)
    if type(value) is not int:
        raise ApiProblem("invalid", f"{name} must be a whole number.", name)
    return value


def _settings(body: Mapping[str, Any]) -> dict[str, str]:
    value = body.get("settings", {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ApiProblem("invalid", "settings must be an object of texts.", "settings")
    return value
