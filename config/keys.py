"""Which key a contestant's model is asked with: its own, else its provider's, else the environment's.

A stored key goes to the host it was stored for; one from the environment to its provider's own address only.
Whoever changes an address therefore has no key until one is set for it.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from django.conf import settings

from accounts.domain.secrets import Keyring, SecretError, SecretText, checked_secret, fingerprint_under
from accounts.selectors import OpenedSecrets, open_secrets
from agents.domain.llm.entry import key_owners, model_of, origin_of
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.selectors.catalogue import catalogue
from arena.services.entering import PURPOSE
from config.env import SettingError, read_text

_log = logging.getLogger("arena.keys")


class FoundKey(NamedTuple):
    """A key, and the id that names it without telling it (breakers go by it); None and '' without a key."""

    text: SecretText | None = None
    key_id: str = ""


NO_KEY: Final = FoundKey()


def key_for(config: SpecConfig, host: str = "") -> FoundKey:
    """Return the key a contestant's model at ``host`` (its own by default) is asked with; one query."""
    return _find(config, _target(config, host), _opened([config]), os.environ)


def keys_for(configs: Sequence[SpecConfig]) -> dict[str, FoundKey]:
    """Return spec id -> key for each, at its own host; one query for thousands."""
    opened = _opened(configs)
    return {config.id: _find(config, host_of(config), opened, os.environ) for config in configs}


def is_key_there(config: SpecConfig) -> bool:
    """Return whether nothing is missing to ask this model: its key is there, or it needs none."""
    return not KINDS[config.kind].needs_key or key_for(config).text is not None


def host_of(config: SpecConfig) -> str:
    """Return the host a contestant's model is asked at; '' for settings that name none or a refused one."""
    try:
        return origin_of(model_of(catalogue(), config.kind, config.config).base_url)
    except ValueError:
        return ""


def own_host(config: SpecConfig) -> str:
    """Return the host of the provider's own address, whatever the contestant's settings say.

    A provider without one has the address that an operator names beside its key in the environment.
    """
    standard = {name: value for name, value in config.config.items() if name != "base_url"}
    named = settings.OPENAI_COMPATIBLE_BASE_URL
    provider = catalogue().providers.get(config.kind)
    if provider is not None and not provider.base_url and named:
        standard["base_url"] = named
    return host_of(SpecConfig(config.kind, config.name, config=standard))


def provider_host(kind: str) -> str:
    """Return the host a provider is asked at by default; '' where it has none."""
    provider = catalogue().providers.get(kind)
    if provider is None:
        return ""
    # Any name will do for what is missing: it changes the path, never the host.
    fields = {name: value or "any" for name, value in provider.fields.items()}
    return own_host(SpecConfig(kind, kind, config={"model": provider.default_model or "any", **fields}))


def _target(config: SpecConfig, host: str) -> str:
    own = host_of(config)
    # A host without its port is the contestant's own where the names agree: no other address is asked.
    return own if host in {"", own.partition(":")[0]} else host


def _opened(configs: Sequence[SpecConfig]) -> OpenedSecrets:
    owners = {owner for config in configs for owner in key_owners(config)}
    return open_secrets(PURPOSE, owners, settings.ARENA_KEYRING)


def _find(config: SpecConfig, host: str, opened: OpenedSecrets, environ: Mapping[str, str]) -> FoundKey:
    for owner in key_owners(config) if host else ():
        if opened.hosts.get(owner) != host:
            continue
        if owner in opened.problems:
            # The next key in line would be a quiet stand-in for the one that was meant.
            _log.warning("contestant %s waits: %s", config.name, opened.problems[owner])
            return NO_KEY
        found = opened.found[owner]
        return FoundKey(found, found.fingerprint)
    return _from_environment(config, environ) if host and host == own_host(config) else NO_KEY


def _from_environment(config: SpecConfig, environ: Mapping[str, str]) -> FoundKey:
    """Return the key in the variables of a kind; where there are two, both with a colon between."""
    names = KINDS[config.kind].needs_key
    try:
        texts = [read_text(environ, name) for name in names]
        if not texts or not all(texts):
            return NO_KEY
        text = checked_secret(":".join(texts))
    except (SettingError, SecretError) as problem:
        _log.warning("contestant %s waits: %s: %s", config.name, ", ".join(names), problem)
        return NO_KEY
    fingerprint = _fingerprint(text, settings.ARENA_KEYRING)
    return FoundKey(SecretText(text, fingerprint), fingerprint)


def _fingerprint(text: str, keyring: Keyring) -> str:
    return keyring.fingerprint(text) if keyring.ids else fingerprint_under(text, settings.SECRET_KEY)
