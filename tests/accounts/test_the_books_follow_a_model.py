"""Random histories against a dictionary: same balances, same refusals, books that always balance."""

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.domain.entries import deposit_entry, release_entry, reserve_entry, withdraw_entry
from accounts.domain.ledger import DuplicateEntryError, EntryDraft, InsufficientFundsError
from accounts.selectors import Balance, balances, books_balance, check_ledger, trial_balance
from accounts.services import record_entries
from tests.factories.accounts import open_account

MOVES = {
    "deposit": (deposit_entry, 1, 0),
    "withdraw": (withdraw_entry, -1, 0),
    "reserve": (reserve_entry, -1, 1),
    "release": (release_entry, 1, -1),
}
moves = st.tuples(
    st.integers(0, 12),
    st.sampled_from(sorted(MOVES)),
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from(["USDT", "BTC"]),
    st.integers(1, 50),
)
Move = tuple[int, str, str, str, int]
Book = dict[tuple[str, str], tuple[int, int]]


class Books(RuleBasedStateMachine):
    """Books beside a dictionary of (name, asset) -> (available, reserved)."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.ids = {name: open_account(name) for name in ("ann", "bob", "eve")}
        self.model: Book = {}
        self.references: set[int] = set()

    def teardown(self) -> None:
        """Roll the history back."""
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(batch=st.lists(moves, min_size=1, max_size=4))
    def book(self, batch: list[Move]) -> None:
        """Book a few entries at once, in the books and in the dictionary."""
        expected, model = self._play(batch)
        refused: type[Exception] | None = None
        try:
            record_entries([self._draft(move) for move in batch])
        except (DuplicateEntryError, InsufficientFundsError) as error:
            refused = type(error)
        assert refused is expected
        if expected is None:
            self.model = model
            self.references |= {move[0] for move in batch}

    def _draft(self, move: Move) -> EntryDraft:
        number, verb, name, asset, amount = move
        return MOVES[verb][0](self.ids[name], amount, reference=f"m:{number}", market_ms=1, asset=asset)

    def _play(self, batch: list[Move]) -> tuple[type[Exception] | None, Book]:
        numbers = [move[0] for move in batch]
        if len(set(numbers)) < len(numbers) or self.references & set(numbers):
            return DuplicateEntryError, {}
        model = dict(self.model)
        for _, verb, name, asset, amount in batch:
            _, free, held = MOVES[verb]
            available, reserved = model.get((name, asset), (0, 0))
            model[name, asset] = available + free * amount, reserved + held * amount
            if min(model[name, asset]) < 0:
                return InsufficientFundsError, {}
        return None, model

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        """Compare every balance."""
        for asset in ("USDT", "BTC"):
            booked = balances(list(self.ids.values()), asset)
            for name, key in self.ids.items():
                assert booked.get(key, Balance(0, 0)) == Balance(*self.model.get((name, asset), (0, 0)))

    @invariant()
    def books_balance_at_every_moment(self) -> None:
        """Derive the books again."""
        assert check_ledger() is None
        assert books_balance()
        assert sum(line.balance for line in trial_balance()) == 0


@pytest.mark.django_db
def test_random_histories_leave_the_balances_and_refusals_of_a_dictionary() -> None:
    run_state_machine_as_test(
        Books, settings=settings(max_examples=25, stateful_step_count=12, deadline=None)
    )
