"""One round as the language models would be asked it: its size, its cost, real answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.llm.exchange import Cost, ModelRequest, ModelResponse, Outcome, Usage
from agents.domain.llm.prompt import Prompt, estimate_tokens, render_account, render_market, render_system
from agents.domain.llm.schema import SCHEMA_NAME, answer_schema
from agents.ports import ModelAgent
from agents.services.loop import run_on_loop
from config.cli.diagnosis import Diagnosis
from config.minds import price_book
from config.wiring import LIVE_TIMEOUT_S, market_of, wall_ms
from kernel.time import DAY_MS, SECOND_MS, slot_start
from kernel.units import format_units
from trading.domain.features import compute_features
from trading.domain.observation import FieldStats, MarketView, Observation
from trading.domain.positions import Portfolio
from trading.domain.rules import RuleBook

_SYMBOLS: Final = ("BTC", "ETH", "SOL", "BNB")
_NO_FIELD: Final = FieldStats(0, 0, 0, 0)
USUAL_OUTPUT: Final = 950
"""Tokens of an answer of a model that thinks a little (measured)."""


@dataclass(frozen=True)
class Round:
    """A round on the simulated market: the sizes are those of any market, and nothing is traded."""

    interval_ms: int
    is_asked: bool

    @cached_property
    def view(self) -> MarketView:
        """What everybody would see."""
        now_ms = wall_ms()
        slot = now_ms // self.interval_ms
        market_ms = slot_start(slot, self.interval_ms)
        market = market_of("simulated", 1, _SYMBOLS, market_ms, LIVE_TIMEOUT_S)
        snapshot = market.fetch_snapshot(market_ms)
        named = {item.symbol: item for item in market.fetch_instruments()}
        rules = RuleBook(symbols=market.info.symbols, interval_ms=self.interval_ms)
        return MarketView(snapshot, "0" * 64, compute_features(snapshot), rules, slot, _NO_FIELD, named)

    def prompt_of(self, agent: ModelAgent) -> Prompt:
        """Return the question for a contestant that has just come in."""
        view = self.view
        capital = view.rules.starting_capital
        seen = Observation(view, Portfolio("doctor", capital, 0), capital, "doctor", 0)
        system = render_system(view, agent.custom_prompt)
        return Prompt(system, render_market(view), render_account(seen))


def round_of_models(playable: Sequence[tuple[str, ModelAgent]], shown: Round) -> Iterator[Diagnosis]:
    """Tell what a round of these models costs; ask each of them once where that is wanted."""
    if not playable:
        yield Diagnosis("model round", "note", "no language model can be asked yet", "see docs/models.md")
        return
    total = 0
    for name, agent in playable:
        cost = usual_cost(agent, shown.prompt_of(agent))
        total += cost.usd if cost is not None else 0
        if shown.is_asked:
            yield _asked(name, agent, shown)
    rounds = DAY_MS // shown.interval_ms
    symbols = len(shown.view.rules.symbols)
    yield Diagnosis(
        "model round",
        "ok",
        f"{len(playable)} models on {symbols} symbols: about ${_money(total)} a round, "
        f"${_money(total * rounds)} a day at one round each {shown.interval_ms // SECOND_MS} s",
    )


def usual_cost(agent: ModelAgent, prompt: Prompt) -> Cost | None:
    """Return about what this question costs with nothing in the cache; None where no price is known."""
    tokens = estimate_tokens(prompt.system) + estimate_tokens(prompt.user)
    output = min(USUAL_OUTPUT, agent.model.max_output_tokens)
    return price_book().cost_of(agent.model, "", Usage(input=tokens, output=output), wall_ms())


def _asked(name: str, agent: ModelAgent, shown: Round) -> Diagnosis:
    prompt, rules = shown.prompt_of(agent), shown.view.rules
    deadline_s = rules.deadline_ms / SECOND_MS
    request = ModelRequest(
        seat_id="doctor",
        slot=shown.view.slot,
        attempt=1,
        model=agent.model,
        system=prompt.system,
        user=prompt.user,
        schema=answer_schema(rules.symbols, rules),
        schema_name=SCHEMA_NAME,
        deadline_s=deadline_s,
        first_byte_s=deadline_s,
    )
    return verdict(name, run_on_loop(agent.provider.complete(request), deadline_s + 10), shown.view)


def verdict(name: str, response: ModelResponse, view: MarketView) -> Diagnosis:
    """Tell what an answer of a dry run would have come to; nothing is traded."""
    what = f"{name}, dry run"
    seconds = f"{response.latency_us / 1_000_000:.1f} s"
    if response.outcome is not Outcome.ANSWERED:
        return Diagnosis(what, "problem", f"{response.outcome} after {seconds}: {response.detail}")
    used = f"{response.usage.input} tokens in, {response.usage.output} out"
    answer = parse_answer(response.text, AnswerContext(symbols=view.rules.symbols, marks=view.marks))
    if not isinstance(answer, Answer):
        return Diagnosis(what, "problem", f"answered in {seconds} ({used}), unreadable: {answer.code}")
    codes = ", ".join(item.code for item in answer.rejected)
    detail = (
        f"answered in {seconds} ({used}): {len(answer.decisions)} accepted, {len(answer.rejected)} rejected"
    )
    return Diagnosis(what, "ok", detail + (f" ({codes})" if codes else ""))


def _money(units: int) -> str:
    return format_units(-(-units // 10_000) * 10_000)
