"""A model contestant as an operator describes it: checked once, for command line, admin and API."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from agents.domain.llm.addresses import AddressRefusedError, check_base_url, read_origin
from agents.domain.llm.catalogue import Catalogue, ProviderFacts, resolve_model
from agents.domain.llm.exchange import ModelRef
from agents.domain.llm.prompt_system import CUSTOM_TOO_LONG, fits_custom
from agents.domain.roster import RosterEntry, replicas_of
from agents.domain.specs import SpecConfig
from kernel.units import UnitsError, to_units
from trading.domain.rules import PROFILES

MAX_NAME: Final = 50
"""Signs of a name: a replica's number still fits into the column's 60."""

MAX_REPLICAS: Final = 20
OWN_KIND: Final = "local_llm"
"""The model that this installation starts itself; its own switch is ARENA_LOCAL_LLM."""

_SWITCHED_OFF: Final = (
    "is asked on this machine, which is switched off here: set ARENA_LOOPBACK_MODELS=1 and start again"
)

CAP_NAMES: Final = ("max_usd_call", "max_usd_day", "max_usd_season")
"""Caps on what thinking may cost: USD as decimal text; the defaults stand in agents/adapters/llm/build.py."""


class EntryError(ValueError):
    """A description that cannot play; ``field`` names what to mend, the text is one sentence."""

    def __init__(self, field_name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestantForm:
    """What an operator fills in. Its key is no part of it: it goes straight into the store.

    ``model`` '' takes the provider's default; ``base_url`` is for the kinds that have none of their own or
    run on this machine; ``settings`` fill the names in a provider's own address (account, gateway, region).
    ``prompt`` puts it into the custom division. ``caps`` are decimal USD as text by ``CAP_NAMES``.
    """

    name: str
    kind: str
    model: str = ""
    base_url: str = ""
    effort: str = ""
    prompt: str = ""
    profile: str = "moderate"
    replicas: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    caps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """A description that can play: the contestants it makes, the model they ask, the host of its key."""

    entries: tuple[RosterEntry, ...]
    model: ModelRef
    key_host: str
    needs_key: bool

    @property
    def slug(self) -> str:
        """The first one's slug; the others' follow from it."""
        return self.entries[0].slug


def check_entry(form: ContestantForm, catalogue: Catalogue, *, allow_loopback: bool) -> CheckedEntry:
    """Return what a description makes, or raise EntryError for the first thing that is wrong.

    ``allow_loopback`` is whether the operator lets models of this machine be asked (ARENA_LOOPBACK_MODELS).
    """
    provider = _provider_of(form, catalogue)
    for name, sentence, is_wrong in _REFUSALS:
        if is_wrong(form):
            raise EntryError(name, sentence)
    may_be_here = allow_loopback or form.kind == OWN_KIND
    _check_address(form, provider, allow_loopback=may_be_here)
    config = _config_of(form, provider)
    try:
        model = model_of(catalogue, form.kind, config)
    except ValueError as problem:
        raise EntryError(_field_of(str(problem), form), str(problem)) from problem
    if model.on_this_machine and not may_be_here:
        raise EntryError("base_url", f"{form.kind} {_SWITCHED_OFF}")
    entry = RosterEntry(
        form.name.strip(), slug_of(form.name), model.model[:60], form.kind, config, form.profile
    )
    entries = replicas_of(entry, form.replicas)
    return CheckedEntry(entries, model, _key_host(model), bool(provider.keys))


def slug_of(name: str) -> str:
    """Return a name as small ASCII letters, digits and dashes; '' where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def origin_of(base_url: str) -> str:
    """Return the host a key is bound to: 'host', with ':port' where it is not the scheme's own.

    Raises AddressRefusedError for an address that nobody may ask.
    """
    origin = read_origin(base_url, loopback=True)
    standard = 443 if origin.scheme == "https" else 80
    return origin.host if origin.port == standard else f"{origin.host}:{origin.port}"


def _key_host(model: ModelRef) -> str:
    try:
        return origin_of(model.base_url)
    except AddressRefusedError:
        return ""  # the model that this installation starts itself has no address before, and no key


def model_of(catalogue: Catalogue, kind: str, config: Mapping[str, Any]) -> ModelRef:
    """Return the model a contestant's stored settings name; raises ValueError."""
    return resolve_model(
        catalogue, kind, {name: value for name, value in config.items() if name not in CAP_NAMES}
    )


def key_owners(spec: SpecConfig) -> tuple[str, str]:
    """Return under which owners a contestant's key may be stored: its own first, then its provider's."""
    return f"agent:{spec.name}", f"provider:{spec.kind}"


def _provider_of(form: ContestantForm, catalogue: Catalogue) -> ProviderFacts:
    provider = catalogue.providers.get(form.kind)
    if provider is None:
        known = ", ".join(catalogue.providers)
        raise EntryError("provider", f"provider {form.kind[:40]!r} is not known; use one of {known}")
    unknown = sorted(set(form.settings) - set(provider.fields))
    if unknown:
        known = ", ".join(provider.fields) or "none"
        raise EntryError("settings", f"{form.kind} has no setting {unknown[0][:40]!r}; it has: {known}")
    return provider


def _has_bad_name(form: ContestantForm) -> bool:
    name = form.name.strip()
    return not (0 < len(name) <= MAX_NAME and name.isprintable() and slug_of(name))


def _has_bad_caps(form: ContestantForm) -> bool:
    return any(name not in CAP_NAMES or not _is_amount(cap) for name, cap in form.caps.items())


def _has_no_text(form: ContestantForm) -> bool:
    return any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in form.prompt)


def _is_amount(text: str) -> bool:
    try:
        return to_units(text) >= 0
    except UnitsError:
        return False


_REFUSALS: Final[tuple[tuple[str, str, Callable[[ContestantForm], bool]], ...]] = (
    (
        "name",
        f"the name needs 1 to {MAX_NAME} signs with a Latin letter or a digit among them",
        _has_bad_name,
    ),
    (
        "profile",
        f"the profile is not known; use one of {', '.join(PROFILES)}",
        lambda form: form.profile not in PROFILES,
    ),
    (
        "replicas",
        f"replicas must lie between 1 and {MAX_REPLICAS}",
        lambda form: not 1 <= form.replicas <= MAX_REPLICAS,
    ),
    ("prompt", "the prompt holds a sign that is no text (NUL or half a sign)", _has_no_text),
    ("prompt", CUSTOM_TOO_LONG, lambda form: not fits_custom(form.prompt)),
    ("caps", f"caps are amounts of USD such as 0.25, named {', '.join(CAP_NAMES)}", _has_bad_caps),
)


def _check_address(form: ContestantForm, provider: ProviderFacts, *, allow_loopback: bool) -> None:
    if not form.base_url:
        return
    if provider.base_url and not provider.on_this_machine:
        raise EntryError(
            "base_url",
            f"{form.kind} is asked at its own address; for another one use the provider openai_compatible",
        )
    try:
        check_base_url(form.base_url, on_this_machine=provider.on_this_machine, allow_loopback=allow_loopback)
    except AddressRefusedError as problem:
        if provider.on_this_machine and not allow_loopback and _is_loopback(form.base_url):
            raise EntryError("base_url", f"{form.kind} {_SWITCHED_OFF}") from problem
        raise EntryError("base_url", str(problem)) from problem


def _is_loopback(base_url: str) -> bool:
    try:
        check_base_url(base_url, on_this_machine=True, allow_loopback=True)
    except AddressRefusedError:
        return False
    return True


def _config_of(form: ContestantForm, provider: ProviderFacts) -> dict[str, Any]:
    """Return the settings that are given; the catalogue fills in the others whenever the model is asked."""
    named = {
        "model": form.model.strip() or provider.default_model,
        "base_url": form.base_url,
        "effort": form.effort,
        "prompt": form.prompt.strip(),
        **form.settings,
        **form.caps,
    }
    return {name: value for name, value in named.items() if value}


def _field_of(problem: str, form: ContestantForm) -> str:
    named = [name for name in ("effort", "base_url", *form.settings) if f" {name} " in f"{problem} "]
    return named[0] if named else "model"
