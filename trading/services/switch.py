"""The global switch."""

from trading import models


def set_trading_level(level: str, reason: str, changed_by: str, now_ms: int) -> None:
    """Turn the global switch: 'active', 'reducing' (no new entries) or 'halted' (no new rounds)."""
    if level not in {"active", "reducing", "halted"}:
        raise ValueError(f"trading level {level!r} is not known; use active, reducing or halted")
    if level != "active" and not reason.strip():
        raise ValueError("turning trading off needs a reason")
    values = {"level": level, "reason": reason, "changed_by": changed_by, "changed_ms": now_ms}
    models.TradingState.objects.update_or_create(id="global", defaults=values)
