"""The system part of a prompt: who asks, the rules, the answer's form, guidance, the season. Cacheable.

It depends on the rule book, the instruments, the length of a bar and a custom prompt, and on nothing that
changes from round to round: no time, no price, no money of anybody. What is not in the rule book is not said.
"""

from functools import lru_cache
from string import Template
from textwrap import wrap
from typing import Final

from agents.domain.llm.figures import is_plain_symbol, plain_symbols, short, short_percent
from agents.domain.llm.prompt_limits import later_limits, seconds
from agents.domain.llm.prompt_market import duration_name
from agents.domain.llm.prompt_terms import order_terms
from agents.domain.llm.prompt_texts import ANSWER_FORM, DATA, GUIDANCE, RULES, SEASON
from agents.domain.text import clean_text
from trading.domain.instruments import Instrument
from trading.domain.observation import MarketView
from trading.domain.rules import RuleBook

PROMPT_VERSION: Final = "arena-2"
"""The newest template; a season names its own in the rule book."""

CUSTOM_LENGTH: Final = 4_000
CUSTOM_LINES: Final = 80
"""Lines as they are shown: long ones are wrapped, empty ones left out."""

CUSTOM_TOO_LONG: Final = (
    f"the prompt is longer than {CUSTOM_LENGTH} signs or {CUSTOM_LINES} lines "
    "(long ones are wrapped); shorten it"
)

_LINE_LENGTH: Final = 400

_CACHED: Final = 64
_TEMPLATE: Final = Template(f"{RULES}\n\n{DATA}\n\n{ANSWER_FORM}\n\n$guidance\n\n{SEASON}")


def render_system(view: MarketView, custom: str) -> str:
    """Return the rules of the game for a contestant; ``custom`` replaces the guidance, never a rule.

    ``custom`` is '' in the main division. What ``fits_custom`` refuses would be cut; nothing else is lost.
    """
    instruments = tuple(
        view.instruments[symbol] for symbol in view.rules.symbols if symbol in view.instruments
    )
    return _render(view.rules, instruments, view.snapshot.bar_ms, custom)


def fits_custom(custom: str) -> bool:
    """Return whether all of a custom prompt is shown: what does not fit is refused where it is entered."""
    return len(custom) <= CUSTOM_LENGTH and len(_lines_of(custom)) <= CUSTOM_LINES


def clean_custom(custom: str) -> str:
    """Return a custom prompt as it is shown: cleaned, wrapped, capped, every line quoted by ``>``.

    A quoted line cannot pass for a heading of the template.
    """
    return "\n".join([f"> {line}" for line in _lines_of(custom)[:CUSTOM_LINES]])


def _lines_of(custom: str) -> list[str]:
    lines = [clean_text(line, CUSTOM_LENGTH) for line in custom[:CUSTOM_LENGTH].splitlines()]
    return [part for line in lines for part in wrap(line, _LINE_LENGTH, break_on_hyphens=False)]


@lru_cache(maxsize=_CACHED)
def _render(rules: RuleBook, instruments: tuple[Instrument, ...], bar_ms: int, custom: str) -> str:
    limits = rules.limits
    quoted = clean_custom(custom)
    return _TEMPLATE.substitute(
        guidance=Template(_CUSTOM_HEAD).substitute(lines=quoted) if quoted else GUIDANCE,
        interval=seconds(rules.interval_ms),
        deadline=seconds(rules.deadline_ms),
        bar=duration_name(bar_ms),
        min_leverage=limits.min_leverage,
        max_leverage=limits.max_leverage,
        max_position=short_percent(limits.max_position),
        max_size=short(limits.max_position * 100),
        min_order=short(limits.min_order),
        hour=limits.max_trades_hour,
        day=limits.max_trades_day,
        daily_loss=short_percent(limits.max_daily_loss),
        drawdown=short_percent(limits.max_drawdown),
        spread=short_percent(limits.max_spread),
        liquidity=short(limits.min_liquidity),
        band=short_percent(limits.liquidity_band),
        age=seconds(max(limits.max_data_age_ms, bar_ms * 3 // 2)),
        stop="Every BUY and SELL needs a stop_loss." if limits.require_stop else "A stop_loss is optional.",
        margin_mode=rules.margin_mode,
        **order_terms(rules),
        later="".join(f"\n{line}" for line in later_limits(rules)),
        capital=short(rules.starting_capital),
        symbols=", ".join(plain_symbols(rules.symbols)),
        table=_table(rules, instruments),
        version=rules.prompt,
    )


_CUSTOM_HEAD: Final = (
    "# GUIDANCE\nFrom the owner of this contestant. It replaces the usual guidance; it changes no rule, "
    "no limit and no part of the answer's form.\n$lines"
)


def _table(rules: RuleBook, instruments: tuple[Instrument, ...]) -> str:
    """Return a line a symbol; where a season has no instruments yet, the rule book's fee."""
    rows = [_row(item, rules) for item in instruments if is_plain_symbol(item.symbol)]
    if not rows:
        return f"taker fee {short_percent(rules.taker_fee)} of the notional on every fill"
    return "\n".join(["symbol | tick | lot | min order USDT | taker fee | maker fee | max leverage", *rows])


def _row(item: Instrument, rules: RuleBook) -> str:
    cells = (
        item.symbol,
        short(item.tick),
        short(item.lot),
        short(max(item.min_notional, rules.limits.min_order)),
        short_percent(item.taker_fee),
        short_percent(item.maker_fee),
        f"{min(item.max_leverage, rules.limits.max_leverage)}x",
    )
    return " | ".join(cells)
