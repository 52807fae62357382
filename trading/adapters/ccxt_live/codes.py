"""The venues' codes and sentences for no, in our words.

Typed codes: insufficient_margin, below_minimum, above_maximum, price_off_tick, price_out_of_range,
reduce_only_rejected, unknown_symbol, delisted, leverage_refused, would_take, would_trigger, no_liquidity,
permission, position_mode, too_many_orders, account_restricted, not_found, no_change, and 'rejected' for any
other no that is known. A no is only what stands here: a code or a sentence that nobody has listed says
nothing about the order, so it is looked for.

Sources: Binance's and Aster's error codes as their documentation lists them (developers.binance.com, USD-M
futures, "Error Code"; the Aster futures API shares them), of 10xx to 50xx those that refuse a request before
anything was matched; WEEX's as ccxt lists them (weex.py, exceptions, with the documentation's names), its
sentences from its documentation; Hyperliquid's sentences from "Error responses" of its documentation.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

DOUBTFUL: Final = (
    "status unknown",
    "timed out",
    "timeout",
    "time out",
    "try again",
    "retry",
    "internal error",
    "system error",
    "server error",
    "system busy",
    "server busy",
    "unavailable",
)
"""Parts of sentences, in any venue's mouth, after which an order may be there; they outweigh the others."""


class Words(NamedTuple):
    """One venue's vocabulary. ``phrases``: parts of sentences in small letters, the first that fits decides.

    ``unclear``: codes that leave open whether the order was executed. ``duplicates``: codes for an id that is
    there already: the order is to be looked up, not sent again.
    """

    codes: Mapping[str, str]
    phrases: tuple[tuple[str, str], ...] = ()
    unclear: frozenset[str] = frozenset()
    duplicates: frozenset[str] = frozenset()

    def code_of(self, code: str, text: str) -> str | None:
        """Return our code; None where the venue's is unknown to us. Words tell more than a plain no."""
        ours = self.codes.get(code)
        return ours if ours not in {None, "rejected"} else self.meant_by(text) or ours

    def meant_by(self, text: str) -> str | None:
        """Return our code of a sentence; None where it means nothing to us, or says that nobody knows."""
        said = text.lower()
        if any(phrase in said for phrase in DOUBTFUL):
            return None
        return next((ours for phrase, ours in self.phrases if phrase in said), None)

    def is_duplicate(self, code: str, text: str) -> bool:
        """Tell whether the venue says that it has an order of this id."""
        said = text.lower()
        return code in self.duplicates or ("duplicate" in said and ("id" in said or "cloid" in said))


def _table(groups: Mapping[str, Iterable[int]]) -> dict[str, str]:
    return {str(-number): ours for ours, numbers in groups.items() for number in numbers}


_FAPI: Final = _table(
    {
        "insufficient_margin": (2018, 2019, 2024, 4050, 4051, 4118),
        "below_minimum": (4003, 4004, 4164, 5076),
        "above_maximum": (4005,),
        "price_off_tick": (1111, 4014, 4023),
        "price_out_of_range": (4001, 4002, 4006, 4007, 4013, 4016, 4024, 4131, 4183, 4184, 5060),
        "reduce_only_rejected": (2022, 2026, 4062, 4138),
        "unknown_symbol": (1110, 1121, 4104, 4144),
        "delisted": (2016, 4022, 4108, 4140, 4141),
        "leverage_refused": (2027, 2028, 4028, 4161),
        "would_take": (5022,),
        "would_trigger": (2021, 4142),
        "no_liquidity": (2020, 5021),
        "permission": (1002, 1011, 1022, 2014, 2015, 4056, 4057, 4087, 4088),
        "position_mode": (4060, 4061, 4067, 4068),
        "too_many_orders": (1015, 2025, 4045),
        "account_restricted": (2023, 4192, 4400, 4401, 4402, 4403),
        "not_found": (2011, 2013),
        "no_change": (4046, 4059),
        "rejected": (
            *(
                1013,
                1014,
                1020,
                *range(1100, 1107),
                1108,
                1109,
                *range(1112, 1121),
                1122,
                1126,
                1128,
                1130,
                1136,
            ),
            *(2007, 2010, 2017, 4008, 4009, 4010, 4015, 4047, 4048, 4055, 4063, 4109, 4120, 4135, 4137, 5000),
        ),
    }
)

_FAPI_UNCLEAR: Final = frozenset(
    {"-1000", "-1001", "-1003", "-1006", "-1007", "-1008", "-1016", "-1021", "-4083"}
)

BINANCE: Final = Words(_FAPI, (), _FAPI_UNCLEAR, frozenset({"-4116", "-4111", "-4115"}))

ASTER: Final = Words(_FAPI, (), _FAPI_UNCLEAR | {"-1004"}, frozenset({"-4116", "-4111", "-4115"}))
"""Aster maps -1004 to a duplicate id, which it is not ('duplicate IP' or a busy server): look, then judge."""

WEEX: Final = Words(
    _table(
        {
            "permission": (
                *range(1040, 1045), *(1047, 1049), *range(1050, 1054), *range(1055, 1059), *(1190, 3235, 3236)
            ),
            "unknown_symbol": (1121, 2007),
            "leverage_refused": (3313,),
            "above_maximum": (3007,),
            "price_off_tick": (1160,),
            "not_found": (2200, 3200),
            "rejected": (
                *(1045, 1115, 1116, 1117, 1128, 1135, 1140, 1141, 1142, 1150, 1170, 1171, 1180, 3006, 3613),
            ),
        }
    ),
    (
        ("position to be closed", "reduce_only_rejected"),
        ("amount not enough", "insufficient_margin"),
        ("available balance", "insufficient_margin"),
        ("insufficient", "insufficient_margin"),
        ("not enough", "insufficient_margin"),
        ("order_not_found", "not_found"),
        ("not found", "not_found"),
        ("order does not exist", "not_found"),
        ("invalid symbol", "unknown_symbol"),
        ("reduce", "reduce_only_rejected"),
        ("leverage", "leverage_refused"),
        ("minimum", "below_minimum"),
        ("stepsize", "price_off_tick"),
        ("step size", "price_off_tick"),
        ("ticksize", "price_off_tick"),
        ("tick size", "price_off_tick"),
        ("no need to change", "no_change"),
        ("not modified", "no_change"),
        ("failed_precondition", "rejected"),
    ),
    frozenset({"-1000", "-1001", "-1007", "-1046", "-1054", "50001"}),
    frozenset({"-1181"}),
)  # fmt: skip

HYPERLIQUID: Final = Words(
    {},
    (
        ("unknownoid", "not_found"),
        ("never placed, already canceled, or filled", "not_found"),
        ("insufficient margin", "insufficient_margin"),
        ("insufficient spot balance", "insufficient_margin"),
        ("must deposit", "insufficient_margin"),
        ("minimum value", "below_minimum"),
        ("invalid size", "below_minimum"),
        ("zero size", "below_minimum"),
        ("tick size", "price_off_tick"),
        ("invalid price", "price_off_tick"),
        ("reduce only order would increase", "reduce_only_rejected"),
        ("post only order would have", "would_take"),
        ("could not immediately match", "no_liquidity"),
        ("no liquidity", "no_liquidity"),
        ("invalid tp/sl price", "would_trigger"),
        ("away from the reference price", "price_out_of_range"),
        ("too far from oracle", "price_out_of_range"),
        ("more aggressive than oracle", "price_out_of_range"),
        ("open interest", "rejected"),
        ("api wallet", "permission"),
        ("vault not registered", "permission"),
        ("invalid leverage", "leverage_refused"),
        ("leverage", "leverage_refused"),
        ("delisted", "delisted"),
        ("halted", "delisted"),
        ("unknown asset", "unknown_symbol"),
        ("invalid asset", "unknown_symbol"),
        ("margin tier limit", "leverage_refused"),
        ("too many open orders", "too_many_orders"),
        ("enough volume traded", "rejected"),
        ("action expired", "rejected"),
    ),
)

WORDS: Final = {"binanceusdm": BINANCE, "aster": ASTER, "weex": WEEX, "hyperliquid": HYPERLIQUID}
