"""Every kind of decider, in one literal table. To add one, add a line here and its module."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One kind of decider.

    ``needs_key`` names the environment variables that must be set before it plays. ``playable`` is False
    while this version has no adapter for the kind: such a contestant is shown as waiting, key or not.
    ``baseline`` marks the yardsticks that every claim is held against.
    """

    label: str
    baseline: bool = False
    needs_key: tuple[str, ...] = ()
    playable: bool = True


KINDS: Final[dict[str, KindInfo]] = {
    "scoring": KindInfo("Scoring engine"),
    "momentum": KindInfo("Trend follower"),
    "mean_reversion": KindInfo("Mean reversion"),
    "buy_and_hold": KindInfo("Buy and hold", baseline=True),
    "equal_weight": KindInfo("Equal weight", baseline=True),
    "random": KindInfo("Matched random", baseline=True),
    "always_flat": KindInfo("Always flat", baseline=True),
    "scripted": KindInfo("Scripted answers"),
    "openai": KindInfo("OpenAI", needs_key=("OPENAI_API_KEY",), playable=False),
    "anthropic": KindInfo("Anthropic", needs_key=("ANTHROPIC_API_KEY",), playable=False),
    "xai": KindInfo("xAI", needs_key=("XAI_API_KEY",), playable=False),
    "deepseek": KindInfo("DeepSeek", needs_key=("DEEPSEEK_API_KEY",), playable=False),
    "openai_compatible": KindInfo(
        "OpenAI-compatible endpoint", needs_key=("OPENAI_COMPATIBLE_API_KEY",), playable=False
    ),
}
