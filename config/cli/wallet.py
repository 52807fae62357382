"""Open and look into paper wallets, move paper money and trade spot in them. No real money anywhere.

Prices are those of a running season, or of a market named by --market; stale ones trade nothing.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Final

from accounts.selectors.wallets import WalletHead, wallets
from arena import selectors
from arena.selectors.spot_prices import season_prices
from config.cli.report import money, print_json, print_line, print_table
from config.database import prepare_database
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.spot_market import market_prices
from config.wiring import wall_ms
from interfaces.api.shapes_wallet import MOVED, TRADED, TRANSACTION, WALLET
from interfaces.wallet_words import refusal_sentence
from kernel.time import iso_utc
from kernel.units import UnitsError, to_units
from trading.domain.spot import BUY, CONVERT, SELL, Refusal, SpotPrices, SpotRequest
from trading.selectors.spot import WalletView, find_wallet, transactions, wallet
from trading.services.spot import Moved, Traded, deposit_money, open_wallet, trade_spot, withdraw_money

PAPER: Final = "paper money"
MAX_NAME: Final = 60
MAX_LINES: Final = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", choices=sorted(ACTIONS), help="what to do")
    parser.add_argument("assets", nargs="*", help="buy BTC, sell BTC, convert BTC ETH, deposit [USDT]")
    parser.add_argument("--account", default="", help="name or id of the wallet")
    parser.add_argument("--amount", default="", help="how much is given")
    parser.add_argument("--quantity", default="", help="how much is to be received, instead of --amount")
    parser.add_argument("--key", default="", help="idempotency key: the same request under it is done once")
    parser.add_argument("--season", default="", help="whose prices (default: the current season's)")
    parser.add_argument("--market", default="", help="a market for prices: simulated, ccxt:VENUE")
    parser.add_argument("--limit", type=int, default=20, help="lines of history (default 20)")


def run(options: dict[str, Any]) -> int:
    """Do one thing."""
    prepare_database()
    return ACTIONS[options["action"]](options)


def _list(options: dict[str, Any]) -> int:
    found = wallets()
    if options["json"]:
        print_json({"data": [{"id": head.id, "name": head.name} for head in found]})
    else:
        print_table(["wallet", "id"], [[head.name, head.id] for head in found])
    return OK


def _open(options: dict[str, Any]) -> int:
    name = options["account"].strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise CommandRefusedError(f"name the wallet with --account, in 1 to {MAX_NAME} letters")
    head = open_wallet(name, market_ms=wall_ms())
    return _show_view(options, wallet(head, _prices(options)))


def _show(options: dict[str, Any]) -> int:
    return _show_view(options, wallet(_wallet(options), _prices(options)))


def _show_view(options: dict[str, Any], view: WalletView) -> int:
    if options["json"]:
        print_json({"data": WALLET.write(view)})
        return OK
    rows = [
        [row.asset, *map(_said, (row.available, row.locked, row.price, row.value))] for row in view.assets
    ]
    print_line(f"{view.name} ({PAPER}), worth {_said(view.total_value)} USDT")
    print_table(["asset", "available", "locked", "price", "value, USDT"], rows)
    print_line(f"deposited {_said(view.total_deposited)}, withdrawn {_said(view.total_withdrawn)} USDT")
    print_line(f"prices: {view.price_source or 'none'}")
    return OK


def _history(options: dict[str, Any]) -> int:
    if not 1 <= options["limit"] <= MAX_LINES:
        raise CommandRefusedError(f"--limit must be from 1 to {MAX_LINES}")
    rows = transactions(_wallet(options).id, limit=options["limit"])
    if options["json"]:
        print_json({"data": [TRANSACTION.write(row) for row in rows]})
        return OK
    head = ["when", "type", "from", "amount", "to", "quantity", "fee"]
    print_table(
        head,
        [
            [
                iso_utc(r.market_ms),
                r.type,
                r.from_asset,
                money(r.amount),
                r.to_asset,
                money(r.quantity),
                money(r.fee),
            ]
            for r in rows
        ],
    )
    return OK


def _deposit(options: dict[str, Any]) -> int:
    return _move(options, deposit_money)


def _withdraw(options: dict[str, Any]) -> int:
    return _move(options, withdraw_money)


def _move(options: dict[str, Any], write: Callable[..., Moved | Refusal]) -> int:
    asset = _assets(options, 1, "USDT")[0]
    amount = _units(options, "amount")
    if amount is None:
        raise CommandRefusedError("say how much with --amount")
    key = options["key"] or token_hex(16)
    done = write(_wallet(options).id, asset, amount, key=key, market_ms=wall_ms())
    if isinstance(done, Refusal):
        return _refused(done)
    if options["json"]:
        print_json({"data": MOVED.write(done)})
    else:
        print_line(f"{done.kind} of {money(done.amount)} {done.asset}, {PAPER}{_repeat(done)}")
    return OK


def _buy(options: dict[str, Any]) -> int:
    return _trade(options, BUY, "USDT", _assets(options, 1)[0])


def _sell(options: dict[str, Any]) -> int:
    return _trade(options, SELL, _assets(options, 1)[0], "USDT")


def _convert(options: dict[str, Any]) -> int:
    given, taken = _assets(options, 2)
    return _trade(options, CONVERT, given, taken)


def _trade(options: dict[str, Any], kind: str, given: str, taken: str) -> int:
    request = SpotRequest(kind, given, taken, _units(options, "amount"), _units(options, "quantity"))
    key = options["key"] or token_hex(16)
    done = trade_spot(_wallet(options).id, request, _prices(options), key=key)
    if isinstance(done, Refusal):
        return _refused(done)
    if options["json"]:
        print_json({"data": TRADED.write(done)})
        return OK
    quote = done.quote
    gave, got = f"{money(quote.amount)} {quote.from_asset}", f"{money(quote.quantity)} {quote.to_asset}"
    print_line(f"{kind}: {gave} for {got}, fee {money(quote.fee)} {quote.to_asset}, {PAPER}{_repeat(done)}")
    print_line(f"prices: {quote.source}")
    return OK


def _refused(refusal: Refusal) -> int:
    raise CommandRefusedError(refusal_sentence(refusal), FAILED_CHECK)


def _repeat(done: Moved | Traded) -> str:
    return " (booked before)" if done.is_repeat else ""


def _wallet(options: dict[str, Any]) -> WalletHead:
    found = find_wallet(options["account"]) if options["account"] else None
    if found is None:
        named = options["account"][:40] or "without a name"
        raise CommandRefusedError(
            f"there is no wallet {named}; open one: manage.py arena wallet open --account NAME"
        )
    return found


def _assets(options: dict[str, Any], count: int, default: str = "") -> list[str]:
    given = [asset.upper() for asset in options["assets"]] or ([default] if default else [])
    if len(given) != count:
        raise CommandRefusedError(f"{options['action']} takes {count} asset{'s' * (count > 1)}, such as BTC")
    return given


def _units(options: dict[str, Any], name: str) -> int | None:
    try:
        return to_units(options[name]) if options[name] else None
    except UnitsError as problem:
        raise CommandRefusedError(f"--{name}: {problem}") from None


def _prices(options: dict[str, Any]) -> SpotPrices | None:
    if options["market"]:
        return market_prices(options["market"], wall_ms())
    slug = options["season"] or selectors.current_season_slug() or ""
    return season_prices(slug, wall_ms())


def _said(value: int | None) -> str:
    return "-" if value is None else money(value)


ACTIONS: Final[dict[str, Callable[[dict[str, Any]], int]]] = {
    "list": _list,
    "open": _open,
    "show": _show,
    "history": _history,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "buy": _buy,
    "sell": _sell,
    "convert": _convert,
}
