"""How large a house decider opens: by the method its settings name, inside the rules' limits."""

from typing import Final

from agents.domain.house.brackets import PERCENT, Bracket
from agents.domain.house.knobs import SIZINGS, Knobs
from kernel.units import BASIS_POINT, SCALE
from trading.domain.market import SymbolSnapshot
from trading.domain.observation import MarketView
from trading.domain.rules import RiskLimits
from trading.domain.sizing_methods import Idea, SizingPlan, Unsizable, margin_share

ROOM: Final = 98 * PERCENT
"""Share of a limit that is used: what is added to a position has drifted, and prices are cut."""

STEP: Final = BASIS_POINT
"""More digits of a size would pretend; cut towards less."""


def idea_of(
    view: MarketView, part: SymbolSnapshot, side: int, bracket: Bracket, chance: int, leverage: int
) -> Idea:
    """Return what sizing may look at, for an opening at the mark; ``chance`` is a ratio."""
    instrument = view.instruments.get(part.symbol)
    return Idea(
        side=side,
        entry=part.mark,
        stop=bracket.stop,
        target=bracket.target,
        chance=chance,
        deviation=view.features.get(part.symbol, {}).get("realised_vol_30"),
        bar_ms=view.snapshot.bar_ms,
        leverage=leverage,
        equity=0,
        fee=view.rules.taker_fee if instrument is None else instrument.taker_fee,
    )


def plan_of(knobs: Knobs) -> SizingPlan:
    """Return the plan that a trader's settings name."""
    method = SIZINGS[knobs["sizing"]]
    amounts = {
        "fraction": knobs["size_pct"] * PERCENT,
        "risk": knobs["risk_bp"] * BASIS_POINT,
        "kelly": knobs["kelly_pct"] * PERCENT,
        "volatility": knobs["volatility_pct"] * PERCENT,
    }
    return SizingPlan(method, amounts[method], knobs["risk_bp"] * BASIS_POINT)


def bounded_share(plan: SizingPlan, idea: Idea, limits: RiskLimits) -> int:
    """Return a decision's size by a plan inside the rule book's position and risk; 0 where there is none."""
    share = margin_share(plan, idea)
    if isinstance(share, Unsizable):
        return 0
    share = min(share, limits.max_position)
    if limits.max_risk and idea.stop is not None:
        most = margin_share(SizingPlan("risk", limits.max_risk * ROOM // SCALE), idea)
        share = min(share, 0 if isinstance(most, Unsizable) else most)
    return share // STEP * STEP or share
