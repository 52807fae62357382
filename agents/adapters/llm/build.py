"""From a contestant's settings to a model that can be asked. Loads an SDK when the first model is built."""

import hashlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from agents.adapters.llm.wire import WireSource
from agents.domain.llm.addresses import AddressRefusedError, read_origin
from agents.domain.llm.catalogue import Catalogue, resolve_model
from agents.domain.llm.exchange import ModelRef
from agents.domain.llm.prompt_system import CUSTOM_TOO_LONG, fits_custom
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError, AgentNotAvailableError, Caps, ModelAgent
from kernel.units import UnitsError, to_units

if TYPE_CHECKING:
    from agents.adapters.llm.provider import ModelProvider

CAPS: Final = {
    "max_usd_call": "0.25",  # about three long answers of the dearest model of the catalogue
    "max_usd_day": "10",  # 480 decisions of the dearest model cost 15: a cap is felt there and nowhere below
    "max_usd_season": "100",
}
"""What thinking may cost where a contestant's settings name nothing else, in USD."""

_live: dict[tuple[Any, ...], "ModelProvider"] = {}
_replayed: WeakValueDictionary[tuple[Any, ...], "ModelProvider"] = WeakValueDictionary()
"""Providers by address and key, so that a thousand contestants share one client and its connections.

Those that answer from a tape go with the last agent that uses them.
"""


def build_model_agent(
    config: SpecConfig,
    catalogue: Catalogue,
    key: str,
    key_id: str,
    wire: WireSource | None = None,
    allow_loopback: bool = False,  # noqa: FBT001, FBT002 - the operator's switch, passed on by name
    wall_ms: Callable[[], int] | None = None,
) -> ModelAgent:
    """Return the model agent of a specification.

    ``key`` is the provider's ('' where none is needed or a tape answers; for Bedrock 'ID:SECRET[:TOKEN]' of
    AWS or an API key). With ``wire`` every answer comes from there and the network is never touched.
    ``wall_ms`` lets ``check`` see how far the clocks are apart. Raises AgentConfigError, or
    AgentNotAvailableError for what is missing on this machine.
    """
    try:
        model = resolve_model(
            catalogue, config.kind, {k: v for k, v in config.config.items() if k not in CAPS}
        )
        caps, prompt = read_caps(config.config), read_prompt(config.config)
        loopback = model.on_this_machine and (allow_loopback or wire is not None)
        read_origin(model.base_url, loopback=loopback)
    except AddressRefusedError as refused:
        raise AgentConfigError(f"agent {config.name!r}: {refused}") from None
    except ValueError as problem:
        raise AgentConfigError(f"agent {config.name!r}: {problem}") from problem
    if wire is None:
        _check_parts(config, model, key)
    provider = _provider(model, "" if wire is not None else key, wire, loopback=loopback, wall_ms=wall_ms)
    return ModelAgent(model, provider, key_id, caps, prompt, is_free=model.on_this_machine)


def read_caps(config: dict[str, Any]) -> Caps:
    """Return the caps that settings name as decimal text, else the defaults. Raises ValueError."""
    call, day, season = (_cap(config, name) for name in CAPS)
    return Caps(call, day, season)


def _cap(config: dict[str, Any], name: str) -> int:
    value = config.get(name, CAPS[name])
    try:
        units = to_units(value) if isinstance(value, str) else -1
    except UnitsError:
        units = -1
    if units < 0:
        raise ValueError(f'{name} {value!r} is no amount of USD; write it as text, such as "{CAPS[name]}"')
    return units


def read_prompt(config: dict[str, Any]) -> str:
    """Return a contestant's own prompt, '' where it has none. Raises ValueError."""
    prompt = config.get("prompt", "")
    if not isinstance(prompt, str):
        raise ValueError("prompt must be text")  # noqa: TRY004 - one kind of error for a bad setting
    if not fits_custom(prompt):
        raise ValueError(CUSTOM_TOO_LONG)
    return prompt


def _check_parts(config: SpecConfig, model: ModelRef, key: str) -> None:
    """Raise AgentNotAvailableError where something is missing that the first question would miss."""
    if not key and not model.on_this_machine:
        wanted = " and ".join(KINDS[config.kind].needs_key)
        raise AgentNotAvailableError(f"agent {config.name!r} waits for a key: set {wanted} or store one")
    if model.dialect == "bedrock" and ":" in key and importlib.util.find_spec("botocore") is None:
        raise AgentNotAvailableError(
            f"agent {config.name!r} waits: AWS keys need botocore; run bin/setup --with bedrock"
        )


def _provider(
    model: ModelRef,
    key: str,
    wire: WireSource | None,
    *,
    loopback: bool,
    wall_ms: Callable[[], int] | None,
) -> "ModelProvider":
    fingerprint = hashlib.sha256(key.encode()).digest()
    identity = (model.provider, model.dialect, model.base_url, fingerprint, loopback)
    if wire is None:
        found = _live.get(identity)
        if found is None:
            found = _live[identity] = _make(model, key, None, loopback=loopback, wall_ms=wall_ms)
        return found
    # The provider holds the tape, so no other tape has its id as long as this entry lives.
    taped = (*identity, id(wire))
    found = _replayed.get(taped)
    if found is None:
        found = _replayed[taped] = _make(model, key, wire, loopback=loopback, wall_ms=wall_ms)
    return found


def _make(
    model: ModelRef,
    key: str,
    wire: WireSource | None,
    *,
    loopback: bool,
    wall_ms: Callable[[], int] | None,
) -> "ModelProvider":
    from agents.adapters.llm.provider import make_provider  # noqa: PLC0415 - loads httpx2, aiohttp and an SDK

    return make_provider(model, key, wire, loopback=loopback, wall_ms=wall_ms)
