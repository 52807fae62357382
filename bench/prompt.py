"""The prompt of a round: market part once, account block per contestant, against Decimal and a template.

.venv/bin/python -m bench.prompt
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings
from django.template import Context, Engine, Template

from agents.domain.answers import Answer
from agents.domain.llm.citations import count_citations
from agents.domain.llm.prompt import Prompt, render_account, render_market, render_system
from agents.domain.llm.prompt_market import SERIES_BARS
from bench.measure import median_cpu_s
from kernel.units import SCALE
from tests.factories.prompts import SYMBOLS, prompt_observation, prompt_view
from trading.domain.decisions import Action, Decision
from trading.domain.feature_units import FEATURE_UNITS
from trading.domain.observation import MarketView

REPEATS: Final = 200
BATCH: Final = 10

_PLAIN: Final = """# MARKET
{% for part in parts %}## {{ part.symbol }}
mark={{ part.mark }} bid={{ part.bid }} ask={{ part.ask }}
{% for name, value in part.features %}{{ name }}={{ value }} {% endfor %}
closes: {% for close in part.closes %}{{ close }} {% endfor %}
{% endfor %}"""


def _decimal(units: int, tick: int) -> Decimal:
    step = (Decimal(tick) / SCALE).normalize()
    return (Decimal(units) / SCALE).quantize(step, ROUND_HALF_UP)


class PlainPrompt:
    """The market part as most would write it: Decimal figures in a Django template, without longer bars."""

    def __init__(self) -> None:
        self._template: Template = Engine().from_string(_PLAIN)

    def render(self, view: MarketView) -> str:
        """Return marks, features and closes of every symbol."""
        parts = []
        for part in view.snapshot.symbols:
            tick = view.instruments[part.symbol].tick
            features = view.features[part.symbol]
            parts.append(
                {
                    "symbol": part.symbol,
                    "mark": _decimal(part.mark, tick),
                    "bid": _decimal(part.book.bids[0].price, tick),
                    "ask": _decimal(part.book.asks[0].price, tick),
                    "features": [(name, _decimal(features[name], tick)) for name in FEATURE_UNITS],
                    "closes": [_decimal(bar.close, tick) for bar in part.candles[-SERIES_BARS:]],
                }
            )
        return str(self._template.render(Context({"parts": parts}, use_l10n=False)))


def _answer(view: MarketView) -> Answer:
    mark = view.marks["BTC"]
    words = f"BTC at {mark // SCALE} with RSI 43.77 and a stop at {mark * 97 // 100 // SCALE}, 2.95% away."
    decision = Decision(
        Action.BUY,
        "BTC",
        SCALE // 10,
        5,
        mark * 97 // 100,
        mark * 106 // 100,
        SCALE * 7 // 10,
        reasoning=words,
        evidence=("BTC.rsi_14", "BTC.ema_20"),
    )
    return Answer(words, (decision,))


def _row(name: str, seconds: float, target_us: int) -> None:
    print(f"  {name:<58} {seconds * 1e6:8.1f} us   target <= {target_us} us")


def main() -> None:
    """Print the medians, the targets and the ratio."""
    settings.configure(USE_I18N=False, USE_THOUSAND_SEPARATOR=False)
    view, observation = prompt_view(), prompt_observation()
    plain = PlainPrompt()
    prompt = Prompt(render_system(view, ""), render_market(view), render_account(observation))
    answer = _answer(view)
    assert f"closes_1m: {plain.render(view).split('closes: ')[1].split(' ')[0]} " in prompt.market
    assert count_citations(answer, prompt).cited
    ours = median_cpu_s(lambda: render_market(view), REPEATS)
    theirs = median_cpu_s(lambda: plain.render(view), REPEATS // 4)
    print(f"prompt of {len(SYMBOLS)} symbols, {len(prompt.market)} signs, median CPU of {REPEATS} runs")
    _row("market part, once a round", ours, 2_000)
    print(f"  {'Decimal and a Django template, without longer bars':<58} {theirs * 1e6:8.1f} us   ", end="")
    print(f"{theirs / ours:.1f}x")
    account = median_cpu_s(lambda: render_account(observation), REPEATS, BATCH)
    shown = f"{len(observation.portfolio.positions)} positions, 8 trades"
    _row(f"account block with {shown}, per contestant", account, 50)
    system = median_cpu_s(lambda: render_system(view, ""), REPEATS, BATCH)
    _row("system part, from the cache", system, 50)
    cited = median_cpu_s(lambda: count_citations(answer, prompt), REPEATS, BATCH)
    _row("citations of one answer, market read once", cited, 200)


if __name__ == "__main__":
    main()
