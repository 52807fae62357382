"""Show how contestants performed: return, risk, trades, execution; what is not available says why."""

from argparse import ArgumentParser
from typing import Any

from arena import selectors
from arena.domain.measures import UNITS, Measures
from arena.selectors.measures import NEVER_MS, contestant_measures, measures_page
from config.cli.report import print_json, print_line, print_table
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from interfaces.api.shapes_measures import MEASURES_SHAPE
from interfaces.measure_words import MEASURES, QUALIFICATIONS, why_not, written
from kernel.time import DAY_MS, iso_utc, parse_utc_ms

SHOWN = ("net_return", "sharpe", "sortino", "calmar", "max_drawdown", "profit_factor", "win_rate", "trades")
"""Columns of the table of everybody."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("season", nargs="?", help="slug of the season (default: the current one)")
    parser.add_argument("contestant", nargs="?", help="slug of one contestant (default: all)")
    parser.add_argument("--at", default="", help="as it stood at this moment, or at a day's end: 2026-01-31")


def run(options: dict[str, Any]) -> int:
    """Print one contestant's measures, or everybody's."""
    prepare_database()
    season = options["season"] or selectors.current_season_slug()
    if season is None or selectors.season_version(season) is None:
        known = ", ".join(view.slug for view in selectors.seasons()) or "none"
        raise CommandRefusedError(f"there is no season {season or ''}; known are {known}")
    until_ms = _moment(options["at"])
    if options["contestant"]:
        found = contestant_measures(season, options["contestant"], until_ms)
        if found is None:
            raise CommandRefusedError(f"there is no contestant {options['contestant']} in season {season}")
        _tell(season, (found,), one=True, as_json=options["json"])
    else:
        _tell(season, everybody(season, until_ms), one=False, as_json=options["json"])
    return OK


def everybody(season: str, until_ms: int = NEVER_MS) -> tuple[Measures, ...]:
    """Return the measures of all contestants in the order of the roster."""
    found: list[Measures] = []
    after: int | None = -1
    while after is not None:
        page, after = measures_page(season, until_ms=until_ms, after=after)
        found += page
    return tuple(found)


def _moment(text: str) -> int:
    """Return the moment a text names: a date is the end of that UTC day."""
    if not text:
        return NEVER_MS
    try:
        moment = parse_utc_ms(text)
    except (ValueError, OverflowError):
        raise CommandRefusedError(
            f"--at {text[:40]} is no moment; write 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    return moment + DAY_MS - 1 if len(text) == len("2026-01-31") else moment


def _tell(season: str, found: tuple[Measures, ...], *, one: bool, as_json: bool) -> None:
    if as_json:
        rows = [MEASURES_SHAPE.write(measures) for measures in found]
        print_json({"season": season, "data": rows[0] if one else rows})
    elif one:
        _print_one(found[0])
    else:
        head = ["contestant", *(str(MEASURES[code].title) for code in SHOWN)]
        print_table(head, [[m.contestant_slug, *(written(c, m.figures[c]) for c in SHOWN)] for m in found])


def _print_one(measures: Measures) -> None:
    if measures.points:
        span = f"{iso_utc(measures.from_ms)} to {iso_utc(measures.until_ms)}"
        print_line(f"{measures.contestant_slug}: {span}, {measures.points} points, {measures.hours} hours")
    print_line(str(QUALIFICATIONS[measures.qualification]))
    for code in UNITS:
        figure = measures.figures[code]
        reason = f"n/a: {why_not(figure)}" if figure.reason else written(code, figure)
        print_line(f"  {MEASURES[code].title!s:<24} {reason}")
