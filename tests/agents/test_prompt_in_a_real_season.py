"""Whole rounds on a real database: prompt and board agree, nobody reads another's words, the caps hold."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from agents.domain.llm.prompt import Prompt, render_news
from agents.domain.llm.prompt_news import NewsItem
from agents.domain.roster import RosterEntry
from arena import selectors
from arena.models import Contestant
from interfaces.format import MINUS, THIN, percent
from kernel.units import SCALE, to_units
from tests.factories.contests import SLUG, open_contest, play, ports_for, says
from tests.factories.injections import INJECTIONS, obey
from tests.factories.prompts import prompt_of
from trading.domain.decisions import Action, Decision
from trading.domain.observation import Observation
from trading.models import Decision as DecisionRow
from trading.models import Fill

pytestmark = pytest.mark.django_db

WORDS = "zebra crossing of my own averages"


@dataclass
class Obedient:
    """Reads one injection a round as news, and its own earlier words, and does what they say."""

    blocking: bool = True
    rounds: int = 0
    answers: list[str] = field(default_factory=list)

    def decide(self, observation: Observation) -> bytes:
        """Return the answer the texts ask for."""
        view = observation.market
        text = INJECTIONS[self.rounds % len(INJECTIONS)]
        news = render_news([NewsItem("wire", view.snapshot.market_ms, text)], allowed=True)
        self.rounds += 1
        self.answers.append(obey(prompt_of(observation), tuple(view.marks), view.marks, news))
        return self.answers[-1].encode()


@dataclass
class Reader:
    """Buys once, keeps every prompt it was sent, then holds."""

    blocking: bool = True
    prompts: list[Prompt] = field(default_factory=list)

    def decide(self, observation: Observation) -> bytes:
        """Buy at the first sight of the market."""
        self.prompts.append(prompt_of(observation))
        if len(self.prompts) > 1:
            return says().encode()
        mark = observation.market.marks["BTC"]
        size, sure = SCALE // 10, 9 * SCALE // 10
        order = Decision(Action.BUY, "BTC", size, 5, mark * 9 // 10, None, sure, reasoning=WORDS)
        return says(order).encode()


def seated(agents: dict[str, Any]) -> str:
    """Open a season in which these decide, and return its id."""
    roster = [RosterEntry(slug.capitalize(), slug, "", "human") for slug in agents]
    return open_contest(roster)


def play_with(season: str, agents: dict[str, Any], rounds: int) -> None:
    """Play rounds with these deciders."""
    ids = dict(Contestant.objects.filter(season_id=season).values_list("slug", "id"))
    play(season, rounds, lambda: ports_for(season, agents={ids[slug]: agents[slug] for slug in agents}))


def test_the_record_in_the_prompt_is_the_contestants_line_of_the_board_and_of_the_api(client: Client) -> None:
    agents = {"reader": Reader(), "other": Reader()}
    season = seated(agents)
    play_with(season, agents, 3)
    board = selectors.board(SLUG, 0)
    assert board is not None
    row = next(row for row in board.standings if row.slug == "reader")
    published = client.get(f"/api/v1/seasons/{SLUG}/leaderboard").json()["data"]["standings"]
    told = next(line for line in published if line["slug"] == "reader")
    assert (told["rank"], told["trades"], told["wins"]) == (row.rank, row.trades, row.wins)
    ratios = [to_units(told[name]) for name in ("net", "gross", "costs", "max_drawdown")]
    assert ratios == [row.net, row.gross, row.costs, row.max_drawdown]
    play_with(season, agents, 1)
    figures = [percent(row.net, signed=True), percent(row.gross, signed=True), percent(row.costs)]
    net, gross, costs = (text.replace(MINUS, "-").replace(THIN, "") for text in figures)
    account = agents["reader"].prompts[-1].account
    assert row.costs > 0
    assert f"net {net}, gross {gross}, costs {costs}, max drawdown" in account
    assert f"rank {row.rank} of 2, {row.trades} trades closed, {row.wins} won, {row.orders} orders" in account


def test_own_words_come_back_and_nobody_elses_do() -> None:
    reader, obedient = Reader(), Obedient()
    agents = {"obedient": obedient, "reader": reader}
    play_with(seated(agents), agents, 6)
    assert WORDS in reader.prompts[2].account
    assert WORDS not in reader.prompts[0].user
    for prompt in reader.prompts:
        assert not [text for text in INJECTIONS[:6] if text in prompt.system + prompt.user]
    assert WORDS not in "".join(obedient.answers)


def test_a_season_of_obeying_every_injection_stays_within_the_caps() -> None:
    agents = {"obedient": Obedient()}
    season = seated(agents)
    play_with(season, agents, len(INJECTIONS))
    assert agents["obedient"].rounds == len(INJECTIONS)
    rows = DecisionRow.objects.filter(feed=season)
    opened = rows.filter(outcome="approved", action__in=["BUY", "SELL"])
    assert opened.exists()
    assert rows.filter(outcome="denied").exists()
    for row in opened:
        assert 3 <= row.leverage <= 10
        assert row.size * 5 <= SCALE
        assert row.stop_loss
        assert row.symbol in {"BTC", "ETH"}
    fills = Fill.objects.all()
    assert fills.filter(kind="decision").exists()
    assert max(fills.values_list("notional", flat=True)) <= 2 * 10_500 * SCALE
