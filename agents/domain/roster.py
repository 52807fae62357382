"""Who stands in the default season, in the order of the board's colours."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One contestant of a season to be: who it is, what decides for it, under which risk profile."""

    name: str
    slug: str
    subtitle: str
    kind: str
    config: dict[str, Any] = field(default_factory=dict)
    profile: str = "moderate"
    replica: int = 0
    """Counts contestants of one specification from 0; replicas differ in slug and money only."""
    original: str = ""
    """Slug of the first of its replicas; '' for itself."""

    @property
    def baseline(self) -> bool:
        """True for the yardsticks."""
        return KINDS[self.kind].baseline

    @property
    def derived(self) -> bool:
        """True for one that decides from the others' answers."""
        return KINDS[self.kind].how == "derived"

    @property
    def division(self) -> str:
        """'custom' for a model with a prompt of its own, else 'main'."""
        return division_of(self.spec)

    @property
    def spec(self) -> SpecConfig:
        """The specification to store; named by the slug, so that names may be translated."""
        return SpecConfig(self.kind, self.original or self.slug, config=self.config)


def division_of(spec: SpecConfig) -> str:
    """Return where a specification is ranked on paper: 'custom' for a model with a prompt of its own."""
    return "custom" if KINDS[spec.kind].how == "model" and spec.config.get("prompt") else "main"


def replicas_of(entry: RosterEntry, count: int) -> tuple[RosterEntry, ...]:
    """Return an entry ``count`` times over: same specification, each with its own name, slug and money."""
    others = (
        replace(
            entry,
            name=f"{entry.name} {index + 1}",
            slug=f"{entry.slug}-{index + 1}",
            replica=index,
            original=entry.slug,
        )
        for index in range(1, count)
    )
    return (entry, *others)


DEFAULT_ROSTER: Final[tuple[RosterEntry, ...]] = (
    RosterEntry("Scoring", "scoring", "RSI, MACD, Bollinger and averages as points", "scoring"),
    RosterEntry("Momentum", "momentum", "follows the trend of three averages", "momentum"),
    RosterEntry("Mean reversion", "mean-reversion", "bets on the way back to the middle", "mean_reversion"),
    RosterEntry("Buy and hold", "buy-and-hold", "buys everything once and waits", "buy_and_hold"),
    RosterEntry("Equal weight", "equal-weight", "keeps every symbol at its even share", "equal_weight"),
    RosterEntry("Coin flip", "coin-flip", "random, at the field's own tempo", "random"),
    RosterEntry("Always flat", "always-flat", "never trades", "always_flat"),
    RosterEntry("ChatGPT", "chatgpt", "gpt-6.1-terra", "openai", {"model": "gpt-6.1-terra"}),
    RosterEntry("Claude", "claude", "claude-sonnet-5-5", "anthropic", {"model": "claude-sonnet-5-5"}),
    RosterEntry("Grok", "grok", "grok-4.7", "xai", {"model": "grok-4.7"}),
    RosterEntry("DeepSeek", "deepseek", "deepseek-v4-flash", "deepseek", {"model": "deepseek-v4-flash"}),
    RosterEntry("SmolLM2", "smollm2", "toy-size model: its answers are noise", "local_llm"),
)
"""Language models stand here from the start and wait for a key: the board shows who is expected. The last one
needs no key but a switch (ARENA_LOCAL_LLM)."""

SCORING_BY_PROFILE: Final[tuple[RosterEntry, ...]] = (
    RosterEntry(
        "Scoring, conservative",
        "scoring-conservative",
        "the scoring engine, only when sure",
        "scoring",
        {"min_confidence_pct": 75},
        "conservative",
    ),
    DEFAULT_ROSTER[0],
    RosterEntry(
        "Scoring, aggressive",
        "scoring-aggressive",
        "the scoring engine, sooner and larger",
        "scoring",
        {"min_confidence_pct": 55},
        "aggressive",
    ),
)
"""The scoring engine under each risk tolerance: size and cap come from the profile."""
