"""How Binance's futures and Aster say no: HTTP status, code and text, as their documentation lists them."""

from tests.factories.venue_server.dialect import Reply
from tests.factories.venue_server.records import Refusal

REFUSALS: dict[str, tuple[int, int, str]] = {
    "key_format": (401, -2014, "API-key format invalid."),
    "unknown_key": (401, -2015, "Invalid API-key, IP, or permissions for action."),
    "no_permission": (401, -2015, "Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1"),
    "timestamp": (400, -1021, "Timestamp for this request is outside of the recvWindow."),
    "signature": (400, -1022, "Signature for this request is not valid."),
    "malformed": (400, -1102, "Mandatory parameter '{0}' was not sent, was empty/null, or malformed."),
    "unknown_symbol": (400, -1121, "Invalid symbol."),
    "delisted": (400, -4140, "Invalid symbol status for opening position."),
    "duplicate_client_id": (400, -4116, "ClientOrderId is duplicated."),
    "client_id": (400, -4015, "Client order id length should not be more than 36 chars"),
    "no_quantity": (400, -4003, "Quantity less than or equal to zero."),
    "precision": (400, -1111, "Precision is over the maximum defined for this asset."),
    "tick": (400, -4014, "Price not increased by tick size."),
    "min_notional": (
        400,
        -4164,
        "Order's notional must be no smaller than {0} (unless you choose reduce only).",
    ),
    "callback": (400, -2007, "Invalid callBack rate."),
    "no_trigger": (400, -1102, "Mandatory parameter 'stopPrice' was not sent, was empty/null, or malformed."),
    "would_trigger": (400, -2021, "Order would immediately trigger."),
    "reduce_only": (400, -2022, "ReduceOnly Order is rejected."),
    "post_only": (
        400,
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    "bracket": (400, -2027, "Exceeded the maximum allowable position at current leverage."),
    "margin": (400, -2019, "Margin is insufficient."),
    "leverage": (400, -4028, "Leverage 0 is not valid"),
    "margin_mode_same": (400, -4046, "No need to change margin type."),
    "margin_mode_orders": (400, -4047, "Margin type cannot be changed if there exists open orders."),
    "margin_mode_position": (400, -4048, "Margin type cannot be changed if there exists position."),
    "same_position_mode": (400, -4059, "No need to change position side."),
    "unknown_order": (400, -2013, "Order does not exist."),
    "not_open": (400, -2011, "Unknown order sent."),
    "algo_only": (
        400,
        -4120,
        "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    ),
    "no_path": (404, -5000, "Path {0} is invalid"),
    "status_unknown": (
        408,
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    ),
    "too_many": (
        429,
        -1003,
        "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute.",
    ),
    "banned": (418, -1003, "Way too many requests; IP(127.0.0.1) banned until 1767225600000."),
}


def refusal_of(refusal: Refusal) -> Reply:
    """Return the answer that says no."""
    status, code, message = REFUSALS[refusal.kind]
    return Reply(status, {"code": code, "msg": message.format(refusal.detail)})
