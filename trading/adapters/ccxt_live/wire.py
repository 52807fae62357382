"""Asking a venue: one listed request, paid for from the shared budget, its failure told in our words."""

import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol

from trading.adapters.ccxt_live.codes import Words
from trading.adapters.ccxt_live.endpoints import Table
from trading.adapters.ccxt_live.errors import TroubleError, trouble_of
from trading.adapters.ccxt_live.gate import Gate

_FINE: Final = 2
"""Hundreds of an HTTP status that carries an answer."""


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

    @property
    def client(self) -> Any:
        """The client of ccxt."""
        return self._client

    def knows(self, name: str) -> bool:
        """Tell whether the venue's table has a request of this name."""
        return name in self._table

    def ask(self, name: str, params: Mapping[str, Any] | None = None, *, urgent: bool = False) -> Any:
        """Return what the venue answers to one request; raises TroubleError, or what the budget raises."""
        endpoint = self._table[name]
        self._budget.spend(endpoint.weight, urgent=urgent)
        with self._turn:
            answer, trouble = self._sent(endpoint.api, endpoint.method, endpoint.path, dict(params or {}))
        if trouble is None:
            return answer
        if trouble.wait_ms:
            self._budget.block(trouble.wait_ms)
        raise trouble

    def act(self, name: str, action: Mapping[str, Any], *, urgent: bool = False) -> Any:
        """Sign an action of Hyperliquid and send it."""
        nonce = self._client.milliseconds()
        signature = self._client.sign_l1_action(dict(action), nonce)
        return self.ask(name, {"action": action, "nonce": nonce, "signature": signature}, urgent=urgent)

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
