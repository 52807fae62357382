"""The leaderboard as values a template can show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.domain.registry import KINDS
from arena.domain.activity import FeedItem
from arena.domain.board import BoardView, CurveView, SeasonView, StandingView
from interfaces.format import NONE, count, fine_percent, fixed, money, percent, share, statistic
from interfaces.sentences import status_word
from interfaces.site.bar import Now, season_bar, strip
from interfaces.site.calls import thought_of
from interfaces.site.chart import draw_chart, spark_path, up_to_now
from interfaces.site.lines import Line, feed_line
from interfaces.site.marks import Mark, mark_of
from interfaces.site.text import inert

MAIN: Final = "main"
"""The division of those who are all sent the same prompt."""
CUSTOM: Final = "custom"
LIVE: Final = "live"
"""The division of those who trade at a real venue, a testnet too: never placed among paper accounts."""

SWITCHES: Final = {
    "local_llm": "ARENA_LOCAL_LLM",
    "ollama": "ARENA_LOOPBACK_MODELS",
    "vllm": "ARENA_LOOPBACK_MODELS",
    "llamacpp": "ARENA_LOOPBACK_MODELS",
}
"""What has to be set to 1 for a model of this machine, by kind of agent (.env.example)."""

MOST_ROWS: Final = 100
"""Rows of the standings on one page; the rest is in the API."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant's line of the standings, written."""

    rank: str
    slug: str
    name: str
    subtitle: str
    mark: Mark
    note: str
    spark: str
    net: str
    gross: str
    costs: str
    thinking: str
    after: str
    bounded: bool
    drawdown: str
    sharpe: str
    trades: str
    win_rate: str
    denied: str
    failed: str
    equity: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contestant that does not play yet, and what it waits for.

    ``keys`` are environment variables, ``owner`` is who a key is stored for instead, ``switch`` a variable to
    be set to 1.
    """

    slug: str
    name: str
    subtitle: str
    mark: Mark
    keys: str
    owner: str
    switch: str


@dataclass(frozen=True, slots=True)
class Group:
    """What happened in one round; ``held`` is folded away."""

    round: int | None
    label: str
    lines: tuple[Line, ...]
    held: tuple[Line, ...]
    held_label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The headline and the sentence under it."""

    headline: str
    detail: str


def board_context(board: BoardView, seasons: Iterable[SeasonView], now: Now) -> dict[str, Any]:
    """Return everything the leaderboard's template shows."""
    rows = board.standings
    main = [row for row in rows if row.division == MAIN]
    custom = [row for row in rows if row.division == CUSTOM]
    live = [row for row in rows if row.division == LIVE]
    places = {row.slug: index for index, row in enumerate(rows)}
    equity = {row.slug: row.equity for row in rows}
    curves = [
        up_to_now(curve, board.season.market_ms, equity.get(curve.slug))
        for curve in sorted(comparable_curves(board), key=lambda curve: places.get(curve.slug, len(places)))
    ]
    baselines = {row.slug: row.baseline for row in rows}
    return {
        "here": "board",
        "bar": season_bar(board.season, now),
        "strip": strip(board.prices),
        "finding": finding_of(board),
        "chart": draw_chart(curves, board.season.starting_capital, _("Equity of all contestants")),
        "rows": [standing_row(row) for row in main[:MOST_ROWS]],
        "more": count(len(main) - MOST_ROWS) if len(main) > MOST_ROWS else "",
        "custom": [standing_row(row) for row in custom[:MOST_ROWS]],
        "live": [standing_row(row) for row in live[:MOST_ROWS]],
        "thoughts": [thought_of(row, row.mind) for row in rows if row.mind][:MOST_ROWS],
        "waiting": [waiting_of(row) for row in board.waiting],
        "groups": feed_groups(board.feed, baselines),
        "capital": money(board.season.starting_capital),
        "seasons": [season for season in seasons if season.slug != board.season.slug],
    }


def comparable_curves(board: BoardView) -> Sequence[CurveView]:
    """Return the curves that start from the season's capital; all where none does."""
    own = {row.slug for row in board.standings if row.capital not in (0, board.season.starting_capital)}
    return [curve for curve in board.curves if curve.slug not in own] or board.curves


def finding_of(board: BoardView) -> Finding:
    """Return what the figures say, in a sentence, and how far it can be trusted."""
    if board.finding == "no_rounds" or not board.standings:
        return Finding(_("No round is closed yet"), _("The first standings appear as soon as one is."))
    first = board.standings[0]
    rest = [row for row in board.standings[1:] if row.division == first.division]
    chance = _("No test of luck has been made yet: a lead like this may be chance.")
    where = _rounds_said(board.season.rounds_closed)
    name, net = inert(first.name), percent(first.net, signed=True)
    if board.finding == "tie":
        names = [inert(row.name) for row in (first, *rest) if row.net == first.net]
        together = _("They stand at {net} {where}.").format(net=net, where=where)
        return Finding(_tie(names), f"{together} {chance}")
    lead = points(first.net - rest[0].net) if rest else ""
    detail = _("{name} stands at {net} {where}, all trading costs paid.").format(
        name=name, net=net, where=where
    )
    return Finding(_headline(board.finding, name, lead), f"{detail} {chance}")


def _headline(finding: str, name: str, lead: str) -> str:
    if not lead:
        return _("{name} plays alone").format(name=name)
    if finding == "baseline_leads":
        return _("A baseline leads: {name}, by {lead}").format(name=name, lead=lead)
    return _("{name} leads by {lead}").format(name=name, lead=lead)


def _tie(names: list[str]) -> str:
    if len(names) == 2:  # noqa: PLR2004 - two names are joined by "and"
        return _("{one} and {other} share the lead").format(one=names[0], other=names[1])
    return _("{number} contestants share the lead").format(number=count(len(names)))


def _rounds_said(rounds: int) -> str:
    text = ngettext("after {number} round", "after {number} rounds", rounds)
    return text.format(number=count(rounds))


def points(difference: int) -> str:
    """Return a difference of two ratios in percentage points, with as many decimals as it needs to show."""
    for places in (1, 2, 4):
        text = fixed(difference * 100, places)
        if text.strip("0."):
            break
    return _("{figure} points").format(figure=text)


def standing_row(row: StandingView) -> Row:
    """Return one line of the standings."""
    mind = row.mind
    return Row(
        rank=count(row.rank),
        slug=row.slug,
        name=inert(row.name),
        subtitle=subtitle_of(row),
        mark=mark_of(row.position, baseline=row.baseline),
        note="" if row.status == "playing" else status_word(row.status),
        spark=spark_path(row.sparkline),
        net=percent(row.net, signed=True),
        gross=fixed(row.gross * 100, 2, signed=True),
        costs=fixed(-row.costs * 100, 2),
        thinking=fine_percent(-mind.thinking) if mind else NONE,
        after=fixed(mind.after_thinking * 100, 2, signed=True) if mind else NONE,
        bounded=mind is not None and mind.is_lower_bound,
        drawdown=fixed(-row.max_drawdown * 100, 2),
        sharpe=statistic(row.sharpe),
        trades=count(row.trades),
        win_rate=share(row.wins, row.trades),
        denied=count(row.denials),
        failed=share(row.forced_holds, row.turns),
        equity=money(row.equity),
    )


def subtitle_of(row: StandingView) -> str:
    """Return what decides for a contestant, in a few words."""
    kind = KINDS[row.kind].label if row.kind in KINDS else row.kind
    is_toy = row.kind == "local_llm"
    flags = (
        (row.baseline, _("baseline")),
        (row.derived, _("derived")),
        (row.division == CUSTOM, _("own prompt")),
        (row.division == LIVE, venue_words(row.venue_profile)),
        (is_toy, _("toy-size model")),
    )
    parts = [word for is_set, word in flags if is_set]
    # The roster's own words on the small model begin with the same flag.
    own = inert(row.subtitle).removeprefix("toy-size model: ") if is_toy else inert(row.subtitle)
    return " \u00b7 ".join([*parts, own or kind])


def venue_words(profile: str) -> str:
    """Return whose money one at a real venue trades; what is not known to be a testnet counts as real."""
    return _("testnet, test money") if profile == "testnet" else _("live, real money")


def waiting_of(row: StandingView) -> Waiting:
    """Return what a contestant waits for."""
    kind = KINDS.get(row.kind)
    return Waiting(
        slug=row.slug,
        name=inert(row.name),
        subtitle=subtitle_of(row),
        mark=mark_of(row.position, baseline=row.baseline),
        keys=", ".join(kind.needs_key) if kind else "",
        owner=f"provider:{row.kind}" if kind and kind.needs_key else "",
        switch=SWITCHES.get(row.kind, ""),
    )


def feed_groups(feed: Iterable[FeedItem], baselines: Mapping[str, bool]) -> list[Group]:
    """Return the feed by round, newest first; what fired between rounds stands with the round before it."""
    grouped: list[tuple[int | None, list[Line]]] = []
    for item in feed:
        line = feed_line(item, baseline=baselines.get(item.contestant_slug, False))
        if not grouped or line.round not in {None, grouped[-1][0]}:
            grouped.append((line.round, []))
        grouped[-1][1].append(line)
    return [_group(number, lines) for number, lines in grouped]


def _group(number: int | None, lines: list[Line]) -> Group:
    held = tuple(line for line in lines if line.held)
    label = _("Since the last round") if number is None else _("Round {number}").format(number=count(number))
    folded = ngettext("{number} chose to hold", "{number} chose to hold", len(held))
    return Group(
        round=number,
        label=label,
        lines=tuple(line for line in lines if not line.held),
        held=held,
        held_label=folded.format(number=count(len(held))),
    )
