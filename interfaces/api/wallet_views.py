"""Paper wallets for operators: open, look, deposit, withdraw, buy, sell, convert. People's own come later."""

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.selectors.wallets import WALLET as WALLET_KIND
from accounts.selectors.wallets import WalletHead, wallets
from arena import selectors
from arena.selectors.spot_prices import season_prices
from interfaces.api.contestant_views import OperatorView, describe_operator
from interfaces.api.errors import ApiProblem
from interfaces.api.idempotency import KEY_PARAMETER, read_key
from interfaces.api.query import MAX_MOMENT_MS, check_names, is_id, read_limit, read_slug, read_whole
from interfaces.api.shape import Schema, object_schema
from interfaces.api.shapes_wallet import MOVED, TRADED, TRANSACTION, WALLET
from interfaces.api.strategy_form import read_body
from interfaces.clock import wall_ms
from interfaces.wallet_words import refusal_sentence
from kernel.units import UnitsError, to_units
from trading.domain.spot import Refusal, SpotPrices, SpotRequest
from trading.selectors.spot import find_wallet, transactions, wallet
from trading.services.spot import Moved, deposit_money, open_wallet, trade_spot, withdraw_money

MAX_NAME: Final = 60
_TEXT: Final = {"type": "string"}
_WALLET_ID: Final = OpenApiParameter(
    "wallet_id", {"type": "string"}, OpenApiParameter.PATH, description="Id of a wallet."
)
_SEASON: Final = OpenApiParameter(
    "season", {"type": "string"}, description="Whose prices; left out: the current season's."
)
_BEFORE: Final = OpenApiParameter(
    "before", {"type": "integer", "minimum": 1}, description="The ``cursor`` of the last line of the page."
)
_LIMIT: Final = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50})
OPEN_SCHEMA: Final = object_schema({"name": _TEXT}, "Whose wallet, in 1 to 60 letters.")
MOVE_SCHEMA: Final = object_schema({"asset": _TEXT, "amount": _TEXT}, "Whole units as decimal text.")
TRADE_SCHEMA: Final[Schema] = {
    **object_schema(
        dict.fromkeys(("kind", "from_asset", "to_asset", "amount", "quantity"), _TEXT),
        "Either amount (given) or quantity (to be received), as decimal text.",
    ),
    "required": ["kind", "from_asset", "to_asset"],
}
_STATUS: Final = {
    "unknown_wallet": "unknown_wallet",
    "key_reused": "key_reused",
    "not_enough_money": "wallet_refused",
    "no_price": "wallet_refused",
    "stale_price": "wallet_refused",
    "not_a_wallet": "wallet_refused",
}


class MayMoveMoney(IsAdminUser):
    """Staff who may move paper money."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether this person may."""
        return bool(super().has_permission(request, view) and request.user.has_perm("trading.add_spottrade"))


class WalletView(OperatorView):
    """What the addresses of wallets have in common."""

    permission_classes = (MayMoveMoney,)


class Wallets(WalletView):
    """All wallets."""

    @describe_operator("wallets", "Every paper wallet.", 200, {"type": "array", "items": WALLET.kind.schema})
    def get(self, request: Request) -> Response:
        """Return them, oldest first."""
        check_names(request.GET, ())
        prices = _prices(request)
        return Response({"data": [WALLET.write(wallet(head, prices)) for head in wallets()]})

    @describe_operator(
        "openWallet",
        "Open a paper wallet with 10,000 USDT; one of this name is returned as it is.",
        201,
        WALLET.kind.schema,
        400,
        request={"application/json": OPEN_SCHEMA},
    )
    def post(self, request: Request) -> Response:
        """Open it: the name is its key, so asking twice opens one."""
        name = read_body(request.data, OPEN_SCHEMA)["name"].strip()
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise ApiProblem("invalid", f"name must be 1 to {MAX_NAME} visible letters.", "name")
        head = open_wallet(name, market_ms=wall_ms())
        return Response({"data": WALLET.write(wallet(head, _prices(request)))}, 201)


class Wallet(WalletView):
    """One wallet."""

    @describe_operator(
        "wallet",
        "One paper wallet: balances, locked and available, valued in USDT.",
        200,
        WALLET.kind.schema,
        400,
        404,
        parameters=[_WALLET_ID, _SEASON],
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """Return it."""
        check_names(request.GET, ("season",))
        return Response({"data": WALLET.write(wallet(_find(wallet_id), _prices(request)))})


class Transactions(WalletView):
    """A wallet's history."""

    @describe_operator(
        "walletTransactions",
        "A wallet's history, newest first: DEPOSIT, WITHDRAW, TRADE.",
        200,
        {"type": "array", "items": TRANSACTION.kind.schema},
        400,
        404,
        parameters=[_WALLET_ID, _BEFORE, _LIMIT],
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """Return one page."""
        check_names(request.GET, ("before", "limit"))
        before = read_whole(request.GET, "before", 1, MAX_MOMENT_MS)
        rows = transactions(_find(wallet_id).id, before=before, limit=read_limit(request.GET))
        return Response({"data": [TRANSACTION.write(row) for row in rows]})


class Deposit(WalletView):
    """Paper money in."""

    @describe_operator(
        "walletDeposit",
        "Deposit paper money.",
        201,
        MOVED.kind.schema,
        400,
        404,
        409,
        422,
        parameters=[_WALLET_ID, KEY_PARAMETER],
        request={"application/json": MOVE_SCHEMA},
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Book it."""
        return _move(request, wallet_id, deposit_money)


class Withdraw(WalletView):
    """Paper money out."""

    @describe_operator(
        "walletWithdraw",
        "Withdraw paper money that is free.",
        201,
        MOVED.kind.schema,
        400,
        404,
        409,
        422,
        parameters=[_WALLET_ID, KEY_PARAMETER],
        request={"application/json": MOVE_SCHEMA},
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Book it."""
        return _move(request, wallet_id, withdraw_money)


class Trades(WalletView):
    """Spot trades."""

    @describe_operator(
        "walletTrade",
        "Buy, sell or convert at the newest prices of a running season.",
        201,
        TRADED.kind.schema,
        400,
        404,
        409,
        422,
        parameters=[_WALLET_ID, _SEASON, KEY_PARAMETER],
        request={"application/json": TRADE_SCHEMA},
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Trade; the same request under the same key gets the same answer."""
        check_names(request.GET, ("season",))
        key, body = read_key(request), read_body(request.data, TRADE_SCHEMA)
        kind, given, taken = (body[name][:12] for name in ("kind", "from_asset", "to_asset"))
        wish = SpotRequest(kind, given, taken, _amount(body, "amount"), _amount(body, "quantity"))
        done = trade_spot(_find(wallet_id).id, wish, _prices(request), key=key)
        if isinstance(done, Refusal):
            raise _problem(done)
        return Response({"data": TRADED.write(done)}, 201)


def _move(request: Request, wallet_id: str, write: Callable[..., Moved | Refusal]) -> Response:
    check_names(request.GET, ())
    key, body = read_key(request), read_body(request.data, MOVE_SCHEMA)
    amount = _amount(body, "amount")
    done = write(_find(wallet_id).id, body["asset"][:12], amount, key=key, market_ms=wall_ms())
    if isinstance(done, Refusal):
        raise _problem(done)
    return Response({"data": MOVED.write(done)}, 201)


def _amount(body: dict[str, Any], name: str) -> int | None:
    try:
        return to_units(body[name]) if name in body else None
    except UnitsError as problem:
        raise ApiProblem("invalid", f"{name}: {str(problem)[:200]}.", name) from None


def _problem(refusal: Refusal) -> ApiProblem:
    return ApiProblem(_STATUS.get(refusal.code, "invalid"), refusal_sentence(refusal))


def _find(wallet_id: str) -> WalletHead:
    head = find_wallet(wallet_id) if is_id(wallet_id) else None
    if head is None or head.id != wallet_id or head.kind != WALLET_KIND:
        raise ApiProblem("unknown_wallet", f"There is no wallet {wallet_id[:40]}.")
    return head


def _prices(request: Request) -> SpotPrices | None:
    slug = read_slug(request.GET, "season") or selectors.current_season_slug() or ""
    return season_prices(slug, wall_ms())
