"""Market time: integer milliseconds since 1970-01-01 UTC. Slots cut it into equal intervals."""

from datetime import UTC, datetime
from typing import Final

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


def slot_of(market_ms: int, interval_ms: int) -> int:
    """Return the number of the slot that holds this moment."""
    return market_ms // interval_ms


def slot_start(slot: int, interval_ms: int) -> int:
    """Return the first moment of a slot."""
    return slot * interval_ms


def iso_utc(market_ms: int) -> str:
    """Return a moment as ISO 8601 in UTC: '2026-11-21T07:30:00Z' (milliseconds only where there are any)."""
    seconds, rest = divmod(market_ms, SECOND_MS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def parse_utc_ms(text: str) -> int:
    """Return a moment written as ISO 8601 as milliseconds; text without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND_MS)
