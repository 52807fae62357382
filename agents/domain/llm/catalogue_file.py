"""Reading the catalogue of language models from the text of its file. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from agents.domain.llm.catalogue import MAX_OUTPUT_TOKENS, Catalogue, ModelFacts, ProviderFacts
from agents.domain.llm.exchange import DIALECTS, STRUCTURED_MODES
from agents.domain.llm.typed_tables import (
    choice_of,
    count_of,
    day_of,
    refuse_unknown,
    refused,
    table_of,
    text_of,
    texts_of,
    words_of,
)
from agents.domain.registry import KINDS

TIERS: Final = ("cheap", "contender", "flagship", "toy", "retired")
MAX_TOKENS_FIELDS: Final = ("max_completion_tokens", "max_tokens")
MAX_CONTEXT_TOKENS: Final = 10_000_000

_PROVIDER_KEYS: Final = frozenset(ProviderFacts.__slots__) - {"kind"}
_TABLE_KEYS: Final = frozenset(ModelFacts.__slots__) - {"id", "provider"}
_FIELD: Final = re.compile(r"\{([a-z_]+)\}")


def read_catalogue(text: str) -> Catalogue:
    """Return the catalogue of a TOML text; raises ValueError, one sentence that names the table."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the catalogue is no TOML: {error}") from None
    providers = table_of(document, "providers", "the catalogue")
    return Catalogue({kind: _provider_of(kind, providers[kind]) for kind in providers})


def _provider_of(kind: str, table: Mapping[str, Any]) -> ProviderFacts:
    where = f"catalogue: providers.{kind}"
    if kind not in KINDS or KINDS[kind].how != "model":
        raise refused(where, "no kind of language model is called so; see agents/domain/registry.py")
    refuse_unknown(where, table, _PROVIDER_KEYS)
    provider = _bare_provider(kind, table, where)
    _check_addresses(provider, where)
    named = table_of(table, "models", where) if "models" in table else {}
    models = {name: _model_of(provider, name, named[name]) for name in named}
    for model in models.values():
        if model.replaced_by and model.replaced_by not in models:
            raise refused(f"{where}.models.{model.id}", f"replaced_by {model.replaced_by!r} is not listed")
    return replace(provider, models=models)


def _bare_provider(kind: str, table: Mapping[str, Any], where: str) -> ProviderFacts:
    dialects = words_of(table, "dialects", where, DIALECTS)
    modes = words_of(table, "modes", where, STRUCTURED_MODES)
    return ProviderFacts(
        kind=kind,
        base_url=text_of(table, "base_url", where),
        keys=words_of(table, "keys", where, None),
        dialect=choice_of(table, "dialect", where, dialects),
        dialects=dialects,
        structured=choice_of(table, "structured", where, modes),
        modes=modes,
        max_output_tokens=count_of(table, "max_output_tokens", where, most=MAX_OUTPUT_TOKENS),
        max_tokens_field=choice_of(table, "max_tokens_field", where, MAX_TOKENS_FIELDS, MAX_TOKENS_FIELDS[0]),
        on_this_machine=table.get("on_this_machine") is True,
        prices=text_of(table, "prices", where, ""),
        default_model=text_of(table, "default_model", where, ""),
        headers=texts_of(table, "headers", where),
        fields=texts_of(table, "fields", where),
        models={},
    )


def _check_addresses(provider: ProviderFacts, where: str) -> None:
    if provider.keys != KINDS[provider.kind].needs_key:
        wanted = list(KINDS[provider.kind].needs_key)
        raise refused(where, f"keys differ from those of its kind in the registry: {wanted}")
    scheme = "http://127.0.0.1:" if provider.on_this_machine else "https://"
    if provider.base_url and not provider.base_url.startswith(scheme):
        raise refused(where, f"base_url {provider.base_url!r} does not start with {scheme}")
    if set(_FIELD.findall(provider.base_url)) != set(provider.fields):
        raise refused(where, "fields are not exactly the names in braces in its base_url")


def _model_of(provider: ProviderFacts, name: str, table: Mapping[str, Any]) -> ModelFacts:
    where = f"catalogue: providers.{provider.kind}.models.{name}"
    refuse_unknown(where, table, _TABLE_KEYS)
    efforts = words_of(table, "efforts", where, None)
    usual_price = f"{provider.prices}/{name}" if provider.prices else ""
    return ModelFacts(
        id=name,
        provider=provider.kind,
        tier=choice_of(table, "tier", where, TIERS),
        dialect=choice_of(table, "dialect", where, provider.dialects, provider.dialect),
        structured=choice_of(table, "structured", where, provider.modes, provider.structured),
        efforts=efforts,
        effort=choice_of(table, "effort", where, efforts, None if efforts else ""),
        max_output_tokens=count_of(
            table, "max_output_tokens", where, provider.max_output_tokens, most=MAX_OUTPUT_TOKENS
        ),
        context_tokens=count_of(table, "context_tokens", where, most=MAX_CONTEXT_TOKENS),
        max_tokens_field=choice_of(
            table, "max_tokens_field", where, MAX_TOKENS_FIELDS, provider.max_tokens_field
        ),
        price=text_of(table, "price", where, usual_price),
        knowledge_cutoff=day_of(table, "knowledge_cutoff", where),
        retires=day_of(table, "retires", where),
        replaced_by=text_of(table, "replaced_by", where, ""),
        extra_body=table_of(table, "extra_body", where) if "extra_body" in table else {},
    )
