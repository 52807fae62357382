"""The catalogue of language models: its own lines, and what the reader refuses."""

import re
from datetime import date
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot

from agents.domain.llm.catalogue import ModelFacts, resolve_model
from agents.domain.llm.catalogue_file import read_catalogue
from agents.domain.llm.exchange import ModelRef
from agents.domain.registry import KINDS
from agents.domain.roster import DEFAULT_ROSTER
from agents.selectors import catalogue
from agents.selectors.catalogue import CATALOGUE_FILE

TEXT = CATALOGUE_FILE.read_text(encoding="utf-8")
MODELS = [model for provider in catalogue().providers.values() for model in provider.models.values()]


def test_every_kind_of_language_model_has_its_provider() -> None:
    kinds = {kind for kind, info in KINDS.items() if info.how == "model"}
    assert set(catalogue().providers) == kinds


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.provider}/{model.id}")
def test_its_price_is_known_unless_it_runs_on_this_machine(model: ModelFacts) -> None:
    if catalogue().providers[model.provider].on_this_machine:
        assert model.price == ""
        return
    provider, _, name = model.price.partition("/")
    _, found = get_snapshot().find_provider_model(name, None, provider, None)
    assert found.prices


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.provider}/{model.id}")
def test_its_dates_and_limits_fit_together(model: ModelFacts) -> None:
    days = [date.fromisoformat(day) for day in (model.knowledge_cutoff, model.retires) if day]
    assert days == sorted(days)
    assert model.max_output_tokens < model.context_tokens
    assert (model.tier == "retired") == bool(model.retires or model.replaced_by)


def test_what_is_retired_is_replaced_by_what_is_not() -> None:
    for model in MODELS:
        if model.replaced_by:
            successor = catalogue().providers[model.provider].models[model.replaced_by]
            assert successor.tier != "retired", model.id


def test_each_default_model_is_listed_and_alive() -> None:
    for provider in catalogue().providers.values():
        if provider.default_model and provider.models:
            assert provider.models[provider.default_model].tier != "retired"


def test_whoever_stands_in_the_default_season_is_listed_and_alive() -> None:
    for entry in DEFAULT_ROSTER:
        if KINDS[entry.kind].how == "model":
            facts = catalogue().facts(resolve_model(catalogue(), entry.kind, entry.config))
            assert facts is not None, entry.name
            assert facts.tier != "retired"


def test_no_other_file_of_the_code_names_a_model_of_a_vendor() -> None:
    root = Path(__file__).parents[2]
    roster = root / "agents/domain/roster.py"  # says which of them stand in the default season
    ids = re.compile(r"(gpt-\d|claude-(haiku|sonnet|opus)|grok-\d|deepseek-v|gemini-\d|qwen\d)")
    rooms = ("accounts", "agents", "arena", "config", "interfaces", "kernel", "oracle", "store", "trading")
    sources = [path for room in rooms for path in (root / room).rglob("*.py") if path != roster]
    assert [str(path) for path in sources if ids.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[providers.openai]", "[providers.openia]", "no kind of language model is called so"),
        ('keys = ["OPENAI_API_KEY"]', 'keys = ["OTHER"]', "keys differ from those of its kind"),
        ('tier = "cheap"', 'tier = "best"', "tier 'best' is not one of"),
        ("retires = 2026-12-11", 'retires = "soon"', "retires is no date like 2026-11-30"),
        ("retires = 2026-12-11", "retires = 2026-12-11T00:00:00", "retires is no date like 2026-11-30"),
        ('replaced_by = "gpt-6-luna"', 'replaced_by = "gpt-7"', "replaced_by 'gpt-7' is not listed"),
        ('effort = "low"', 'effort = "lots"', "effort 'lots' is not one of"),
        ('effort = "low"', 'efort = "low"', "'efort' is unknown"),
        ('structured = "json_schema"', 'structured = "xml"', "structured 'xml' is not one of"),
        ('modes = ["json_schema", ', 'modes = ["yaml", ', "modes 'yaml' is not one of"),
        ('dialect = "responses"', 'dialect = "messages"', "dialect 'messages' is not one of"),
        ("context_tokens = 1_050_000", 'context_tokens = "1M"', "context_tokens is no whole number"),
        ("context_tokens = 1_050_000", "", "context_tokens is no whole number"),
        ("max_output_tokens = 8192", "max_output_tokens = true", "max_output_tokens is no whole number"),
        ("max_output_tokens = 8192", "max_output_tokens = 64000", "from 1 to 21000"),
        ('"https://api.openai.com/v1"', '"http://api.openai.com/v1"', "does not start with https://"),
        ('"https://api.openai.com/v1"', '"https://{host}/v1"', "fields are not exactly the names"),
        ('"http://127.0.0.1:11434/v1"', '"http://10.0.0.5:11434/v1"', "does not start with http://127.0.0.1"),
        ("extra_body = { enable_thinking = false }", "extra_body = 1", "extra_body is no table"),
        ('headers = { cf-aig-skip-cache = "true" }', "headers = { a = 1 }", "headers is no table of texts"),
        ("[providers.openai]", "[providers.openai", "the catalogue is no TOML"),
        ("[providers.", "[vendors.", "providers is no table"),
    ],
)
def test_a_spoilt_line_is_refused_in_one_sentence(old: str, new: str, sentence: str) -> None:
    spoilt = TEXT.replace(old, new)
    assert spoilt != TEXT
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        read_catalogue(spoilt)
    assert "\n" not in str(caught.value)


def test_settings_are_laid_over_the_catalogue() -> None:
    model = resolve_model(catalogue(), "openai", {"model": "gpt-6-luna", "effort": "none", "dialect": "chat"})
    assert (model.effort, model.dialect, model.structured) == ("none", "chat", "json_schema")
    assert model.base_url == "https://api.openai.com/v1"
    plain = resolve_model(catalogue(), "openai", {"model": "gpt-6-luna"})
    assert (plain.effort, plain.dialect, plain.max_tokens_field) == (
        "low",
        "responses",
        "max_completion_tokens",
    )


def test_a_provider_without_a_named_model_takes_its_default() -> None:
    assert resolve_model(catalogue(), "deepseek", {}).model == "deepseek-v4-flash"


def test_a_new_model_gets_its_providers_defaults_and_is_told_apart() -> None:
    model = resolve_model(catalogue(), "openai", {"model": "gpt-9"})
    assert (model.dialect, model.structured, model.effort) == ("responses", "json_schema", "")
    assert catalogue().facts(model) is None
    assert catalogue().price_id(model) == "openai/gpt-9"


def test_own_fields_of_a_body_are_laid_over_those_of_the_model() -> None:
    model = resolve_model(catalogue(), "qwen", {"extra_body": {"enable_thinking": True, "seed": 7}})
    assert model.extra_body == {"enable_thinking": True, "seed": 7}
    assert resolve_model(catalogue(), "qwen", {}).extra_body == {"enable_thinking": False}


def test_names_in_an_address_are_filled_from_the_settings() -> None:
    model = resolve_model(catalogue(), "cloudflare", {"account": "ab12", "gateway": "arena"})
    assert model.base_url == "https://gateway.ai.cloudflare.com/v1/ab12/arena/compat"
    assert model.extra_headers == {"cf-aig-skip-cache": "true"}


@pytest.mark.parametrize("kind", ["ollama", "vllm", "llamacpp", "local_llm"])
def test_only_an_address_on_this_machine_makes_a_model_local(kind: str) -> None:
    assert resolve_model(catalogue(), kind, {"model": "any"}).on_this_machine
    elsewhere: ModelRef = resolve_model(
        catalogue(), kind, {"model": "any", "base_url": "https://a.example/v1"}
    )
    assert not elsewhere.on_this_machine


@pytest.mark.parametrize(
    ("kind", "config", "sentence"),
    [
        ("momentum", {}, "kind 'momentum' is no provider of language models"),
        ("openai", {"modle": "gpt-6-luna"}, "'modle' is unknown"),
        ("openai", {"api_key": "sk-1"}, "'api_key' is unknown"),
        ("openai", {"model": ""}, "is no model id"),
        ("openai", {"model": "a b"}, "is no model id"),
        ("openai", {"model": 5}, "model is missing or no text"),
        ("openai_compatible", {"model": "m"}, "base_url is missing"),
        ("ollama", {}, "model is missing or no text"),
        ("openai", {"model": "gpt-6-luna", "effort": "huge"}, "effort 'huge' is not one of"),
        ("openai", {"model": "gpt-9", "effort": "a b"}, "effort 'a b' is no word"),
        ("openai", {"dialect": "messages"}, "dialect 'messages' is not one of responses, chat"),
        (
            "deepseek",
            {"structured": "json_schema"},
            "structured 'json_schema' is not one of json_object, text",
        ),
        ("openai", {"max_output_tokens": 0}, "max_output_tokens is no whole number"),
        ("openai", {"max_output_tokens": "many"}, "max_output_tokens is no whole number"),
        ("openai", {"extra_body": {"messages": []}}, "extra_body may not hold 'messages'"),
        ("openai", {"extra_body": {"tools": []}}, "extra_body may not hold 'tools'"),
        ("openai", {"extra_body": "seed"}, "extra_body is no table"),
        ("cloudflare", {}, "account '' is missing"),
        ("cloudflare", {"account": "../x"}, "account '../x' is missing or not letters"),
        ("cloudflare", {"account": ".."}, "account '..' is missing or not letters"),
        ("cloudflare", {"account": "a", "gateway": "."}, "gateway '.' is missing or not letters"),
        ("bedrock", {"region": "x.evil.com"}, "region 'x.evil.com' is missing or not letters"),
        ("bedrock", {"region": "a_b"}, "the base URL 'https://bedrock-runtime.a_b.amazonaws.com' is refused"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(
    kind: str, config: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        resolve_model(catalogue(), kind, config)
    assert "\n" not in str(caught.value)
