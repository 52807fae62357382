"""What an audit of a feed needs to know of its season."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A feed, up to which moment it is settled, and the rules its books are judged by.

    ``at_venues`` are its accounts at real venues: fees, funding and differences there are the venue's word,
    so the checks that derive them from rates and prices leave those accounts out. ``on_paper`` are all
    others, also those that never traded.
    """

    feed: str
    settled_ms: int
    margin_mode: str
    liquidation_fee: int
    funding: bool
    at_venues: frozenset[str] = frozenset()
    on_paper: frozenset[str] = frozenset()
