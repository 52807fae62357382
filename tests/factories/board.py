"""Hand-made leaderboards, of the kind selectors return: values for pages to show."""

from dataclasses import replace

from arena.domain.board import BoardView, CurveView, PriceView, SeasonView, StandingView
from kernel.canonical import sha256_hex
from kernel.units import BASIS_POINT, SCALE
from tests.factories.decisions_seen import feed
from tests.factories.roster import CAPITAL, INTERVAL_MS, ROSTER, START_MS


def season(rounds: int = 128, **changes: object) -> SeasonView:
    """Return a running season on a simulated market, twelve times faster than the clock."""
    market_ms = START_MS + rounds * INTERVAL_MS
    view = SeasonView(
        id="5" * 32,
        slug="season-1",
        name="Season 1",
        status="running",
        ranked=True,
        market_kind="simulated",
        market_label="simulated market",
        clock="scaled",
        speed=12,
        proof="none",
        interval_ms=INTERVAL_MS,
        starting_capital=CAPITAL,
        rulebook_sha256=sha256_hex(b"rules"),
        rulebook_version=1,
        rounds_closed=rounds,
        version=rounds * 3,
        market_ms=market_ms,
        next_round_ms=market_ms + INTERVAL_MS,
        trading_level="active",
        books_balance=True,
        books_problem="",
        replay_head=sha256_hex(b"head"),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def walk(seed: int, steps: int) -> tuple[int, ...]:
    """Return an equity curve that wanders, the same for the same seed."""
    state, equity, out = seed * 7919 + 17, CAPITAL, [CAPITAL]
    for _ in range(steps):
        total = 0
        for _ in range(4):
            state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
            total += state % 2001 - 1000
        equity += total * SCALE // 70 + (seed % 5 - 1) * SCALE // 2
        out.append(equity)
    return tuple(out)


def standing(position: int, rounds: int = 128, **changes: object) -> StandingView:
    """Return one contestant's line; its place is set by ``board``."""
    slug, name, subtitle, kind, baseline = ROSTER[position % len(ROSTER)]
    if position >= len(ROSTER):
        slug, name = f"{slug}-{position}", f"{name} {position}"
    curve = walk(position, rounds)
    net = curve[-1] * SCALE // CAPITAL - SCALE
    view = StandingView(
        rank=position + 1,
        contestant_id=f"{position:032d}",
        slug=slug,
        name=name,
        subtitle=subtitle,
        kind=kind,
        status="playing",
        baseline=baseline,
        position=position,
        equity=curve[-1],
        net=net,
        gross=net + 91 * BASIS_POINT,
        costs=91 * BASIS_POINT,
        max_drawdown=843 * BASIS_POINT,
        sharpe=1.234 if rounds >= 30 else None,
        trades=25,
        wins=14,
        orders=31,
        denials=3,
        forced_holds=2,
        format_failures=1,
        turns=rounds,
        open_positions=1,
        exposure=80 * SCALE // 100,
        sparkline=curve[:: max(1, len(curve) // 40)],
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def curve_of(row: StandingView, rounds: int) -> CurveView:
    """Return the curve that ends in a standing's equity."""
    points = tuple(
        (START_MS + index * INTERVAL_MS, equity) for index, equity in enumerate(walk(row.position, rounds))
    )
    return CurveView(row.contestant_id, row.slug, row.name, row.position, row.baseline, points)


def board(contestants: int = 12, rounds: int = 128, **changes: object) -> BoardView:
    """Return a leaderboard; without rounds nobody stands anywhere."""
    playing = [standing(position, rounds) for position in range(contestants)]
    playing.sort(key=lambda row: -row.equity)
    rows = tuple(replace(row, rank=place + 1) for place, row in enumerate(playing))
    names = ("BTC", 97_214_50000000, 42), ("ETH", 3_476_12000000, 108), ("SOL", 211_84000000, -63)
    more = ("BNB", 912_30000000, 11), ("ASTER", 1_18300000, -202)
    view = BoardView(
        season=season(rounds),
        finding="leader" if rounds else "no_rounds",
        standings=rows,
        waiting=(standing(1, 0, status="waiting_for_key", slug="claude-2", name="Claude"),),
        curves=tuple(curve_of(row, rounds) for row in rows) if rounds else (),
        prices=tuple(
            PriceView(s, mark, change * BASIS_POINT, START_MS) for s, mark, change in (*names, *more)
        ),
        feed=feed(rounds) if rounds else (),
    )
    return replace(view, **changes)  # type: ignore[arg-type]
