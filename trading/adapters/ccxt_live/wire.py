"""Asking a venue: one listed request, paid for from the shared budget, its failure told in our words."""

import threading
from collections.abc import Mapping
from itertools import count
from typing import Any, Final, Protocol

from trading.adapters.ccxt_live.codes import Words
from trading.adapters.ccxt_live.endpoints import Table
from trading.adapters.ccxt_live.errors import TroubleError, trouble_of
from trading.adapters.ccxt_live.gate import Gate

_FINE: Final = 2
"""Hundreds of an HTTP status that carries an answer."""


PROMPT_MS: Final = 5_000
"""An order that is not on its way this long after the moment it is signed as of is not sent any more."""

_MICROS: Final = 1_000


class Budget(Protocol):
    """What may still be asked of a venue by all processes together. Called outside of any transaction."""

    def spend(self, weight: int, *, urgent: bool) -> None:
        """Take so much, or raise VenueUnavailableError: nothing has been sent then.

        ``urgent`` (a cancel, a closing order) may also take the share that is kept for it.
        """

    def block(self, wait_ms: int) -> None:
        """Spend nothing for so long: the venue said that it was too much."""


class Unlimited:
    """A budget without a bottom, for tests and for a first look by hand."""

    def spend(self, weight: int, *, urgent: bool) -> None:
        """Take nothing."""

    def block(self, wait_ms: int) -> None:
        """Wait for nothing."""


class Wire:
    """One client of one account; requests go one after the other."""

    def __init__(self, client: Any, gate: Gate, table: Table, words: Words, budget: Budget) -> None:
        self._client, self._gate, self._table, self._words = client, gate, table, words
        self._budget = budget
        self._turn = threading.RLock()
        self._count = count()

    @property
    def client(self) -> Any:
        """The client of ccxt."""
        return self._client

    def knows(self, name: str) -> bool:
        """Tell whether the venue's table has a request of this name."""
        return name in self._table

    def ask(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
        signed_ms: int | None = None,
    ) -> Any:
        """Return what the venue answers to one request; raises TroubleError, or what the budget raises.

        With ``signed_ms`` it is signed as of that moment, and sent only while that is a short while ago.
        """
        endpoint = self._table[name]
        self._budget.spend(endpoint.weight, urgent=urgent)
        with self._turn, self._client.signing_as_of(signed_ms):
            self._check_prompt(signed_ms)
            answer, trouble = self._sent(endpoint.api, endpoint.method, endpoint.path, dict(params or {}))
        if trouble is None:
            return answer
        if trouble.wait_ms:
            self._budget.block(trouble.wait_ms)
        raise trouble

    def _check_prompt(self, signed_ms: int | None) -> None:
        """Refuse to send late: somebody else may have taken us for dead, and the order for lost."""
        if signed_ms is not None and abs(self._client.clock() - signed_ms) > PROMPT_MS:
            raise TroubleError("too late", "it was not sent", definite=False, sent=False)

    def nonce_us(self, signed_ms: int) -> int:
        """Return a nonce in microseconds within this millisecond, another one each time."""
        return signed_ms * _MICROS + next(self._count) % _MICROS

    def act(
        self,
        name: str,
        action: Mapping[str, Any],
        *,
        urgent: bool = False,
        signed_ms: int | None = None,
        window_ms: int = 0,
    ) -> Any:
        """Sign an action of Hyperliquid and send it; it expires ``window_ms`` after ``signed_ms``."""
        nonce = self._client.milliseconds()
        expires_ms = None if signed_ms is None else signed_ms + window_ms
        signature = self._client.sign_l1_action(dict(action), nonce, None, expires_ms)
        params = {"action": action, "nonce": nonce, "signature": signature}
        if expires_ms is not None:
            params["expiresAfter"] = expires_ms
        return self.ask(name, params, urgent=urgent, signed_ms=signed_ms)

    def _sent(
        self, api: str, method: str, path: str, params: dict[str, Any]
    ) -> tuple[Any, TroubleError | None]:
        """Send; the exception of ccxt, which holds addresses and headers, ends here."""
        self._gate.forget()
        answer, error = self._tried(api, method, path, params)
        heard = self._gate.heard
        if error is None and heard is not None and heard.status // 100 == _FINE:
            return answer, None
        # A redirect is no answer and is not followed; ccxt raises nothing for it.
        return None, trouble_of(error or ValueError("no answer"), heard, self._words)

    def _tried(
        self, api: str, method: str, path: str, params: dict[str, Any]
    ) -> tuple[Any, Exception | None]:
        try:
            return self._client.fetch2(path, [api], method, params), None
        except Exception as error:  # noqa: BLE001 - whatever ccxt raises is judged by what the venue said
            return None, error
