"""A synchronous ccxt client that can send nothing but what the gate lets through.

ccxt is heavy and is imported when a client is made, not before.
"""

import importlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import requests

from accounts.domain.scrubbing import KNOWN
from trading.adapters.ccxt_live.bounded import BoundedSession
from trading.adapters.ccxt_live.dialects import Dialect
from trading.adapters.ccxt_live.gate import TOO_MUCH, ForbiddenRequestError, Gate, Heard

_SILENT: Final = logging.getLogger("trading.adapters.ccxt_live.silent")
_SILENT.disabled = True
"""ccxt writes headers and bodies of each request to its log, keys and signatures with them: to this one."""

_RETRY_AFTER_MS: Final = 30_000
"""How long we wait where a venue says that it was too much and not for how long."""

FORBIDDEN: Final = (
    "withdraw",
    "transfer",
    "transfer_in",
    "transfer_out",
    "futures_transfer",
    "create_deposit_address",
    "fetch_deposit_address",
    "approve_builder_fee",
    "handle_builder_fee_approval",
    "set_ref",
    "create_sub_account",
    "create_vault",
    "create_orders",
    "edit_order",
    "sign_user_signed_action",
    "sign_withdraw_payload",
)
"""Methods of ccxt that move money, give fees or rights away, or send more than one order: they raise."""


class GuardedSession(BoundedSession):
    """The transport: judges each finished request, never follows a redirect, remembers the answer."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send what the gate lets through; a redirect would carry a signed order elsewhere."""
        self._gate.check_request(str(request.method), str(request.url), request.headers, request.body)
        response = super().send(request, **kwargs)
        self._gate.heard = Heard(response.status_code, response.text, _wait_ms(response))
        return response


def _wait_ms(response: requests.Response) -> int:
    if response.status_code not in TOO_MUCH:
        return 0
    seconds = response.headers.get("Retry-After", "")
    return int(seconds) * 1_000 if seconds.isdigit() else _RETRY_AFTER_MS


class _Guard:
    """Put before a class of ccxt: what it signs and sends has passed the gate."""

    gate: Gate
    clock: Callable[[], int]
    verbose = property(lambda _self: False, lambda _self, _value: None)

    def __init__(self, gate: Gate, clock: Callable[[], int], config: dict[str, Any]) -> None:
        self.gate, self.clock, self._last_ms, self._turn = gate, clock, 0, threading.Lock()
        self._signed_ms: int | None = None
        behind: Any = super()  # the class of ccxt
        behind.__init__(config)

    def milliseconds(self) -> int:
        """Return our clock, one higher each time: two requests of one millisecond would share a nonce."""
        with self._turn:
            self._last_ms = max(self._last_ms + 1, self.clock())
            return self._last_ms

    def nonce(self) -> int:
        """Return the moment a request is signed as of: the one that was set, or now."""
        return self.milliseconds() if self._signed_ms is None else self._signed_ms

    @contextmanager
    def signing_as_of(self, signed_ms: int | None) -> Iterator[None]:
        """Sign what is sent inside the block as of this moment, so that its venue refuses it when late."""
        self._signed_ms = signed_ms
        try:
            yield
        finally:
            self._signed_ms = None

    def fetch2(
        self, path: str, api: Any = "public", method: str = "GET", params: Any = None, config: Any = None
    ) -> Any:
        """Send one request, once: a retry of ccxt's would double an order."""
        group = api if isinstance(api, str) else api[0]
        self.gate.check_call(group, method, path, params or {})
        once = {name: value for name, value in (params or {}).items() if "axRetries" not in name}
        behind: Any = super()
        return behind.fetch2(path, [group], method, once, config or {})

    def sign(self, path: str, api: Any = "public", method: str = "GET", params: Any = None) -> Any:
        """Sign what is listed, with leave."""
        group = api if isinstance(api, str) else api[0]
        self.gate.check_call(group, method, path, params or {})
        behind: Any = super()
        return behind.sign(path, [group], method, params or {})

    def set_last_request(self, _request: Any) -> None:
        """Keep no copy of a signed request."""

    def initialize_client(self, _params: Any = None) -> bool:
        """Do nothing: ccxt approves its own builder's fee and names its referrer here."""
        return False

    def sign_l1_action(self, *args: Any, **kwargs: Any) -> Any:
        """Sign an action, with leave."""
        self.gate.check_signing()
        behind: Any = super()
        return behind.sign_l1_action(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<client of {type(self).__name__}>"


def _forbidden(name: str) -> Callable[..., Any]:
    def method(_self: Any, *_args: Any, **_kwargs: Any) -> Any:
        raise ForbiddenRequestError(f"{name} is not a request this adapter makes; nothing was sent")

    return method


@lru_cache(maxsize=8)
def _guarded_class(venue: str) -> type:
    """Return ccxt's class of a venue behind the gate."""
    behind = getattr(importlib.import_module("ccxt"), venue)
    closed = {name: _forbidden(name) for name in FORBIDDEN if hasattr(behind, name)}
    return type(venue, (_Guard, behind), closed)


def make_client(
    venue: str,
    dialect: Dialect,
    credentials: Mapping[str, str],
    gate: Gate,
    *,
    testnet: bool,
    timeout_ms: int,
    clock: Callable[[], int],
) -> Any:
    """Return a client that knows these credentials, each of which is struck out of every text from now on."""
    for value in credentials.values():
        KNOWN.add(value)
        KNOWN.add(value.removeprefix("0x"))
    config = {
        "enableRateLimit": False,  # our own limit is shared by all processes
        "timeout": timeout_ms,
        "has": {"fetchCurrencies": False},
        "session": GuardedSession(gate),
        "logger": _SILENT,
        "options": {**dialect.options, "maxRetriesOnFailure": 0},
        **dict.fromkeys(
            ("enableLastHttpResponse", "enableLastJsonResponse", "enableLastResponseHeaders"), False
        ),
        **credentials,
    }
    client = _guarded_class(venue)(gate, clock, config)
    if testnet:
        switch = client.enable_demo_trading if dialect.testnet == "demo" else client.set_sandbox_mode
        switch(True)
    gate.open_to({group: client.implode_hostname(url) for group, url in client.urls["api"].items()})
    return client
