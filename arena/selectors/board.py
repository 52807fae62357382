"""The leaderboard and the contestant page, each in one value."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agents.domain.registry import KINDS
from agents.selectors import spec_config
from agents.selectors.calls import Tally, tallies
from arena.domain.board import (
    BoardView,
    ContestantView,
    CurveView,
    PositionView,
    PriceView,
    SeasonView,
    StandingView,
)
from arena.domain.standings import cost_ratio, net_ratio
from arena.models import Contestant, EquityPoint, Standing
from arena.selectors.activity import decisions, newest_activity, trade_views
from arena.selectors.minds import mind_view
from arena.selectors.seasons import season_view
from arena.selectors.turns import newest_turns
from arena.selectors.waiting import waiting_orders
from kernel.time import DAY_MS
from kernel.units import SCALE, Rounding, mul_div
from trading import selectors as trading
from trading.domain.account import Account, PaperRules
from trading.domain.engine_cross import liquidation_prices
from trading.domain.performance import sharpe
from trading.domain.positions import Position, notional_of, unrealised
from trading.selectors.venues import venue_profiles

SPARK_POINTS = 48
"""Points of a sparkline: as many as can be told apart at its width."""

CURVES = 24
"""Curves on one chart; beyond that lines cannot be told apart. The leading contestants are drawn."""

STANDINGS = 200
"""Rows of one board; the API pages through the rest."""

MIN_SHARPE_MS = 7 * DAY_MS
"""Annualising less than a week of rounds says nothing but noise."""

Curves = dict[str, tuple[tuple[int, int], ...]]


def board(slug: str, wall_ms: int, *, curve_points: int = 300, feed: int = 30) -> BoardView | None:
    """Return the leaderboard of a season; None if there is no such season."""
    season = season_view(slug, wall_ms)
    if season is None:
        return None
    rows = _standing_rows(season.id)
    playing = [row for row in rows if row.contestant.status != "waiting_for_key"]
    drawn = playing[:CURVES]
    curves = _curves(season, drawn, curve_points)
    marks = _marks(season.id)
    held = trading.open_positions(season.id)
    scene = _Scene(season, held, marks, curves, tallies(season.id), venue_profiles(season.id))
    views = [_standing_view(scene, row) for row in rows]
    return BoardView(
        season=season,
        finding=_finding(season, views),
        standings=tuple(view for view in views if view.status != "waiting_for_key"),
        waiting=tuple(view for view in views if view.status == "waiting_for_key"),
        curves=tuple(_curve_view(row.contestant, curves) for row in drawn),
        prices=_prices(season),
        feed=newest_activity(season.id, feed),
    )


def _standing_rows(season_id: str) -> list[Standing]:
    rows = Standing.objects.filter(season_id=season_id).select_related("contestant", "contestant__spec")
    first = list(rows.order_by("rank", "contestant__position")[:STANDINGS])
    # Each division has ranks from 1 on; the main one stands first.
    return sorted(first, key=lambda row: row.contestant.division != "main")


def _finding(season: SeasonView, views: Sequence[StandingView]) -> str:
    placed = [view for view in views if view.status != "waiting_for_key"]
    if not season.rounds_closed or not placed:
        return "no_rounds"
    ranked = [view for view in placed if view.division == placed[0].division]
    first, *others = ranked
    if others and first.equity * others[0].capital == others[0].equity * first.capital:
        return "tie"
    return "baseline_leads" if first.baseline else "leader"


class _Scene(NamedTuple):
    """What all rows of a board are drawn from."""

    season: SeasonView
    held: Mapping[str, tuple[Position, ...]]
    marks: Mapping[str, int]
    curves: Curves
    sums: Mapping[str, Tally]
    profiles: Mapping[str, str]


def _standing_view(scene: _Scene, row: Standing) -> StandingView:
    capital = row.contestant.capital or scene.season.starting_capital
    equity = row.marked_equity if row.marked_ms else row.equity
    positions = scene.held.get(row.contestant.account_id, ())
    net, costs = net_ratio(equity, capital), cost_ratio(row.fees - row.funding, capital)
    return StandingView(
        rank=row.rank,
        contestant_id=row.contestant_id,
        slug=row.contestant.slug,
        name=row.contestant.name,
        subtitle=row.contestant.subtitle,
        kind=row.contestant.spec.kind,
        status=row.contestant.status,
        baseline=row.contestant.baseline,
        position=row.contestant.position,
        equity=equity,
        net=net,
        gross=net + costs,
        costs=costs,
        max_drawdown=row.max_drawdown,
        sharpe=_sharpe(scene.season, row),
        trades=row.trades,
        wins=row.wins,
        orders=row.orders,
        denials=row.denials,
        forced_holds=row.forced_holds,
        format_failures=row.format_failures,
        turns=row.turns,
        open_positions=len(positions),
        exposure=_exposure(positions, scene.marks, equity),
        sparkline=_spark(scene.curves.get(row.contestant_id, ())),
        division=row.contestant.division,
        venue_profile=scene.profiles.get(row.contestant.account_id, "paper"),
        capital=capital,
        derived=row.contestant.derived,
        mind=mind_view(tally, net, capital) if (tally := scene.sums.get(row.contestant_id)) else None,
    )


def _exposure(positions: Sequence[Position], marks: Mapping[str, int], equity: int) -> int:
    notional = sum(notional_of(p.qty, marks[p.symbol]) for p in positions if p.symbol in marks)
    return mul_div(notional, SCALE, equity, Rounding.UP) if equity > 0 else 0


def _sharpe(season: SeasonView, row: Standing) -> float | None:
    if row.points * season.interval_ms < MIN_SHARPE_MS:
        return None
    return sharpe(row.points, row.sum_return, row.sum_return_squared, season.interval_ms)


def _spark(points: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    if len(points) <= SPARK_POINTS:
        return tuple(equity for _moment, equity in points)
    last = len(points) - 1
    return tuple(points[index * last // (SPARK_POINTS - 1)][1] for index in range(SPARK_POINTS))


def _curves(season: SeasonView, drawn: Sequence[Standing], points: int) -> Curves:
    """Return curves at evenly spaced rounds, the first and the last among them: one indexed read.

    The curve of one that went to a real venue begins after it did.
    """
    after = {row.contestant_id: row.contestant.bound_round for row in drawn}
    last = season.rounds_closed
    wanted = sorted({1 + index * (last - 1) // max(points - 1, 1) for index in range(points)}) if last else []
    rows = EquityPoint.objects.filter(contestant_id__in=list(after), number__in=wanted)
    names = ("contestant_id", "number", "market_ms", "equity")
    found: dict[str, list[tuple[int, int]]] = {}
    for contestant, number, moment, equity in rows.order_by("contestant_id", "number").values_list(*names):
        if number > after[contestant]:
            found.setdefault(contestant, []).append((moment, equity))
    return {contestant: tuple(curve) for contestant, curve in found.items()}


def _curve_view(contestant: Contestant, curves: Curves) -> CurveView:
    return CurveView(
        contestant_id=contestant.id,
        slug=contestant.slug,
        name=contestant.name,
        position=contestant.position,
        baseline=contestant.baseline,
        points=curves.get(contestant.id, ()),
    )


def _marks(season_id: str) -> dict[str, int]:
    tick = trading.latest_tick(season_id)
    if tick is not None:
        return {part.symbol: part.close for part in tick.symbols}
    return {}


def _prices(season: SeasonView) -> tuple[PriceView, ...]:
    newest = trading.latest_tick(season.id)
    if newest is None:
        return ()
    oldest = trading.first_tick_since(season.id, newest.market_ms - DAY_MS)
    before = {part.symbol: part.open for part in oldest.symbols} if oldest else {}
    since = oldest.market_ms if oldest else newest.market_ms
    return tuple(
        PriceView(
            symbol=part.symbol,
            mark=part.close,
            change=mul_div(part.close - base, SCALE, base, Rounding.DOWN),
            change_since_ms=since,
        )
        for part in newest.symbols
        if (base := before.get(part.symbol, part.open))
    )


def contestant(season_slug: str, slug: str, wall_ms: int) -> ContestantView | None:
    """Return one contestant with curve, positions, trades and the newest 50 decisions."""
    season = season_view(season_slug, wall_ms)
    if season is None:
        return None
    rows = Standing.objects.filter(season_id=season.id, contestant__slug=slug)
    row = rows.select_related("contestant", "contestant__spec").first()
    if row is None:
        return None
    account = row.contestant.account_id
    curves = _curves(season, [row], 600)
    marks = _marks(season.id)
    portfolio = trading.portfolio(account)
    spec = spec_config([row.contestant.spec_id])[row.contestant.spec_id]
    held = {account: portfolio.positions}
    scene = _Scene(season, held, marks, curves, tallies(season.id), venue_profiles(season.id))
    return ContestantView(
        season=season,
        standing=_standing_view(scene, row),
        spec_kind=KINDS[spec.kind].label,
        spec_version=spec.version,
        spec_config=spec.to_bytes().decode(),
        profile=row.contestant.profile,
        available=portfolio.available,
        reserved=portfolio.reserved,
        curve=_curve_view(row.contestant, curves),
        positions=_position_views(season, slug, Account(portfolio, mode=_margin_mode(season)), marks),
        trades=trade_views(account),
        decisions=decisions(season_slug, contestant_slug=slug),
        turns=newest_turns(row.contestant_id) if KINDS[spec.kind].how == "model" else (),
        orders=waiting_orders(season.id, account),
    )


def _margin_mode(season: SeasonView) -> str:
    return trading.rule_book(season.rulebook_sha256).margin_mode


def _position_views(
    season: SeasonView, slug: str, account: Account, marks: Mapping[str, int]
) -> tuple[PositionView, ...]:
    liquidations = liquidation_prices(account, marks, PaperRules(trading.instruments(season.id)))
    return tuple(
        PositionView(
            contestant_slug=slug,
            symbol=position.symbol,
            side=position.side,
            qty=position.qty,
            entry_price=mul_div(position.entry_cost, SCALE, position.qty, Rounding.DOWN),
            mark=marks[position.symbol],
            notional=notional_of(position.qty, marks[position.symbol]),
            margin=position.margin,
            leverage=position.leverage,
            unrealised=unrealised(position, marks[position.symbol]),
            liquidation_price=liquidations[position.symbol],
            stop_loss=position.stop_loss,
            take_profit=position.take_profit,
            opened_ms=position.opened_ms,
            funding=position.funding,
            trail=position.trail,
        )
        for position in account.portfolio.positions
        if position.symbol in marks
    )
