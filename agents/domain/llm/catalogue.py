"""What is known about providers and their models, read from one file of data. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from agents.domain.llm.addresses import read_origin
from agents.domain.llm.exchange import ModelRef
from agents.domain.llm.typed_tables import choice_of, count_of, refuse_unknown, refused, table_of, text_of

MODEL_KEYS: Final = frozenset(
    {"model", "base_url", "dialect", "structured", "effort", "max_output_tokens", "extra_body"}
)
"""The settings of a contestant that say which model is asked and how."""

OTHER_KEYS: Final = frozenset({"prompt", "max_usd_call", "max_usd_day", "max_usd_season"})
"""Settings of a model contestant that are about something else: its own prompt, its caps."""

MAX_OUTPUT_TOKENS: Final = 21_000
"""Anthropic's SDK refuses more without streaming."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model of a provider.

    Dates are ISO dates, '' where the vendor names none; ``price`` is 'provider/model' in genai-prices, ''
    where nothing is paid or nothing is known.
    """

    id: str
    provider: str
    tier: str
    dialect: str
    structured: str
    efforts: tuple[str, ...]
    effort: str
    max_output_tokens: int
    context_tokens: int
    max_tokens_field: str
    price: str
    knowledge_cutoff: str = ""
    retires: str = ""
    replaced_by: str = ""
    extra_body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """How a provider is asked.

    ``fields`` are the names in its base URL with their defaults ('' = the contestant names it); ``prices`` is
    the provider's name in genai-prices.
    """

    kind: str
    base_url: str
    keys: tuple[str, ...]
    dialect: str
    dialects: tuple[str, ...]
    structured: str
    modes: tuple[str, ...]
    max_output_tokens: int
    max_tokens_field: str
    on_this_machine: bool
    prices: str
    default_model: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]
    models: Mapping[str, ModelFacts]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All providers by kind, each with its models by id."""

    providers: Mapping[str, ProviderFacts]

    def facts(self, model: ModelRef) -> ModelFacts | None:
        """Return what is known about a model; None for an id the catalogue does not hold: it may be new."""
        provider = self.providers.get(model.provider)
        return None if provider is None else provider.models.get(model.model)

    def price_id(self, model: ModelRef) -> str:
        """Return 'provider/model' in genai-prices; '' where that list cannot hold it."""
        known = self.facts(model)
        if known is not None:
            return known.price
        provider = self.providers.get(model.provider)
        return f"{provider.prices}/{model.model}" if provider is not None and provider.prices else ""


_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_FIELD_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""No dot: '..' would climb upwards in a path, and 'x.evil.com' would be another host."""

_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")


def resolve_model(catalogue: Catalogue, kind: str, config: Mapping[str, Any]) -> ModelRef:
    """Return the model a contestant's settings name, with its provider's defaults where they say nothing.

    Settings: those of ``MODEL_KEYS``, the names in the provider's base URL, and ``OTHER_KEYS``, which are
    somebody else's. A model id that the catalogue does not hold gets the provider's defaults. Raises
    ValueError, one sentence, for anything unknown or not allowed.
    """
    provider = catalogue.providers.get(kind)
    if provider is None:
        known = ", ".join(catalogue.providers)
        raise ValueError(f"kind {kind!r} is no provider of language models; use one of {known}")
    where = f"{kind} model"
    refuse_unknown(where, config, MODEL_KEYS | OTHER_KEYS | frozenset(provider.fields))
    name = text_of(config, "model", where, provider.default_model or None)
    if _MODEL_ID.fullmatch(name) is None:
        raise refused(where, f"model {name[:40]!r} is no model id; name it as the provider writes it")
    facts = provider.models.get(name)
    start = facts or provider
    base_url = _base_url_of(provider, config, where)
    return ModelRef(
        provider=kind,
        base_url=base_url,
        model=name,
        dialect=choice_of(config, "dialect", where, provider.dialects, start.dialect),
        structured=choice_of(config, "structured", where, provider.modes, start.structured),
        effort=_effort_of(facts, config, where),
        max_output_tokens=count_of(
            config, "max_output_tokens", where, start.max_output_tokens, most=MAX_OUTPUT_TOKENS
        ),
        extra_body=_extra_body_of(facts, config, where),
        extra_headers=provider.headers,
        on_this_machine=provider.on_this_machine and urlsplit(base_url).hostname in _LOOPBACK,
        max_tokens_field=start.max_tokens_field,
    )


def _base_url_of(provider: ProviderFacts, config: Mapping[str, Any], where: str) -> str:
    own = text_of(config, "base_url", where, "")
    if own:
        return own
    if not provider.base_url:
        raise refused(where, "base_url is missing; name the address of the endpoint")
    values = {name: text_of(config, name, where, provider.fields[name]) for name in provider.fields}
    for name, value in values.items():
        if _FIELD_VALUE.fullmatch(value) is None:
            raise refused(where, f"{name} {value[:40]!r} is missing or not letters, digits, _ -")
    base_url = provider.base_url.format(**values)
    if values:
        read_origin(base_url, loopback=False)  # raises for what a part makes of the whole
    return base_url


def _effort_of(facts: ModelFacts | None, config: Mapping[str, Any], where: str) -> str:
    if facts is not None:
        return choice_of(config, "effort", where, facts.efforts, facts.effort)
    own = text_of(config, "effort", where, "")
    if own and re.fullmatch(r"[a-z]{1,16}", own) is None:
        raise refused(where, f"effort {own[:20]!r} is no word")
    return own


def _extra_body_of(facts: ModelFacts | None, config: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    standard = {} if facts is None else facts.extra_body
    if "extra_body" not in config:
        return standard
    own = table_of(config, "extra_body", where)
    clash = sorted(set(own) & _RESERVED_BODY)
    if clash:
        raise refused(where, f"extra_body may not hold {clash[0]!r}; the arena sets it for everybody")
    return {**standard, **own}


_ASKED: Final = frozenset(
    {"model", "messages", "input", "instructions", "system", "text", "n", "stream", "store"}
)
_FORMED: Final = frozenset({"response_format", "output_config", "reasoning_effort", "metadata"})
_LIMITED: Final = frozenset({"max_tokens", "max_completion_tokens", "max_output_tokens"})
_EQUIPPED: Final = frozenset({"tools", "tool_choice", "web_search_options", "plugins", "mcp_servers"})
_RESERVED_BODY: Final = _ASKED | _FORMED | _LIMITED | _EQUIPPED | {"previous_response_id"}
"""Fields of a request that would change what is asked, or add tools, for one contestant only."""
