"""What an exchange's key may do, and whether it may be used: a key that moves money out may not."""

from typing import Final

from trading.domain.venue import Permissions

_NAMES: Final = ("trade", "withdraw", "transfer", "ip")
_SIGNS: Final = {None: "?", False: "0", True: "1"}
_VALUES: Final = {sign: value for value, sign in _SIGNS.items()}


def write_permissions(found: Permissions) -> str:
    """Return them as stored: 'trade:1 withdraw:0 transfer:0 ip:?' ('?' where the venue cannot tell)."""
    return " ".join(f"{name}:{_SIGNS[value]}" for name, value in zip(_NAMES, found, strict=True))


def read_permissions(text: str) -> Permissions | None:
    """Return what was stored, None where nothing was."""
    pairs = dict(part.split(":", 1) for part in text.split() if ":" in part)
    if set(pairs) != set(_NAMES) or not set(pairs.values()) <= set(_VALUES):
        return None
    return Permissions(*(_VALUES[pairs[name]] for name in _NAMES))


def objection_to(found: Permissions | None, *, has_waiver: bool) -> str:
    """Return the sentence why a key with these permissions must not trade, '' where it may.

    A waiver stands in for what the venue cannot tell, never for what it told.
    """
    if found is None:
        return "what its key may do was never looked at; probe it first"
    if found.withdraw or found.transfer:
        able = " and ".join(
            word for word, can in (("withdraw", found.withdraw), ("transfer", found.transfer)) if can
        )
        return f"its key may {able} money; make a key at the venue that may only trade, and set that one"
    if found.trade is False:
        return "its key may not trade; allow futures trading for it at the venue"
    unknown = [name for name in ("withdraw", "transfer") if getattr(found, name) is None]
    if unknown and not has_waiver:
        return (
            f"the venue does not tell whether its key may {' or '.join(unknown)}; look at its page and "
            "say who answers for it: arena venue waive"
        )
    return ""
