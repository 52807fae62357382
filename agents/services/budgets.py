"""Money for calls: set aside before, settled after. Each function runs inside the caller's short transaction.

Everywhere budgets are locked first, in the order of their ids, then reservations, then breakers: rounds that
share some of them wait for each other and never cross. SQLite has no row locks; its transactions take the
write lock when they begin.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from django.db.models import Q

from agents.domain.llm.budget import Allotment, Balance, BudgetKey, Claim, allot
from agents.models import Budget, Reservation
from kernel.time import MINUTE_MS
from store.bulk import add_to_rows, insert_rows, update_rows

FORGOTTEN_AFTER_MS: Final = 10 * MINUTE_MS
"""Beyond the deadline of its round, after which a season's own reservation is nobody's any more."""

FORGOTTEN_ANYWHERE_MS: Final = 24 * 60 * MINUTE_MS
"""The same for any reservation: no call is under way for a day."""

_MOST_FORGOTTEN: Final = 1_000


class Before(NamedTuple):
    """What an earlier question about a turn cost: the bill where it was ``settled``, else all set aside."""

    amount: int
    settled: bool


def lock_budgets(claims: Iterable[Claim], turn_ids: Iterable[str]) -> dict[str, Balance]:
    """Lock, all at once, the budgets of claims and of what turns still have open; return them by id."""
    keys = {key.id: key for claim in claims for key in (claim.day, claim.season)}
    _ensure_budgets(keys)
    still_open = Reservation.objects.filter(pk__in=list(turn_ids), settled=False)
    pairs = still_open.values_list("day_budget_id", "season_budget_id")
    wanted = {*keys, *chain.from_iterable(pairs)}
    locked = Budget.objects.select_for_update().filter(pk__in=wanted).order_by("id")
    return {row.id: Balance(row.reserved, row.spent) for row in locked}


def forgotten_turns(season_id: str, deadline_ms: int, wall_ms: int) -> list[str]:
    """Return turns whose money nobody will settle: the process died and the turn is never asked again."""
    own = Q(
        created_wall_ms__lt=wall_ms - deadline_ms - FORGOTTEN_AFTER_MS,
        season_budget__kind="season",
        season_budget__period=season_id,
    )
    old = Q(created_wall_ms__lt=wall_ms - FORGOTTEN_ANYWHERE_MS)
    still_open = Reservation.objects.filter(settled=False, created_wall_ms__lt=wall_ms - FORGOTTEN_AFTER_MS)
    rows = still_open.filter(own | old).order_by("created_wall_ms")
    return list(rows.values_list("turn_id", flat=True)[:_MOST_FORGOTTEN])


def asked_before(turn_ids: Iterable[str]) -> dict[str, Before]:
    """Return what was spent on those turns that were asked before: whoever did died since.

    What was still open is settled in full: the provider may bill it.
    """
    rows = Reservation.objects.filter(pk__in=list(turn_ids)).values_list("turn_id", "amount", "settled")
    found = {turn_id: Before(amount, settled) for turn_id, amount, settled in rows}
    settle_reservations({turn_id: item.amount for turn_id, item in found.items() if not item.settled})
    return found


def reserve(claims: Sequence[Claim], wall_ms: int) -> Allotment:
    """Set money aside for every claim that fits under its caps; whoever is over one may not ask."""
    result = allot(claims, lock_budgets(claims, ()))
    _add_reserved(result.granted, 1)
    rows = [(c.turn_id, c.day.id, c.season.id, c.amount, False, wall_ms) for c in result.granted]
    insert_rows(Reservation, _RESERVATION_FIELDS, rows)
    return result


_RESERVATION_FIELDS = ("turn_id", "day_budget", "season_budget", "amount", "settled", "created_wall_ms")


def release(claims: Sequence[Claim]) -> None:
    """Give back what ``reserve`` granted in this transaction: nobody is asked after all."""
    _add_reserved(claims, -1)
    Reservation.objects.filter(pk__in=[claim.turn_id for claim in claims]).delete()


def _add_reserved(claims: Iterable[Claim], sign: int) -> None:
    added: dict[str, int] = defaultdict(int)
    for claim in claims:
        added[claim.day.id] += sign * claim.amount
        added[claim.season.id] += sign * claim.amount
    add_to_rows(
        Budget, "id", ("reserved",), [(amount, key) for key, amount in sorted(added.items()) if amount]
    )


def _ensure_budgets(keys: Mapping[str, BudgetKey]) -> None:
    known = set(Budget.objects.filter(pk__in=list(keys)).values_list("id", flat=True))
    rows = [(id_, *key, 0, 0) for id_, key in sorted(keys.items()) if id_ not in known]
    insert_rows(Budget, ("id", "kind", "holder", "period", "reserved", "spent"), rows, ignore_existing=True)


def settle_reservations(costs: Mapping[str, int]) -> None:
    """Turn what was set aside into what was spent, by turn; a turn that is settled already stays as it is.

    The reservation's amount is the bill from then on.
    """
    if not costs:
        return
    lock_budgets((), costs)
    open_ones = Reservation.objects.select_for_update().filter(pk__in=list(costs), settled=False)
    freed: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    settled: list[tuple[bool, int, str]] = []
    for row in open_ones.order_by("turn_id"):
        for budget in (row.day_budget_id, row.season_budget_id):
            freed[budget][0] -= row.amount
            freed[budget][1] += costs[row.turn_id]
        settled.append((True, costs[row.turn_id], row.turn_id))
    changes = [(*change, budget) for budget, change in sorted(freed.items()) if any(change)]
    add_to_rows(Budget, "id", ("reserved", "spent"), changes)
    update_rows(Reservation, "turn_id", ("settled", "amount"), settled)


def settle_in_full(turn_ids: Iterable[str]) -> None:
    """Settle what these turns still have open at all that was set aside."""
    rows = Reservation.objects.filter(pk__in=list(turn_ids), settled=False)
    settle_reservations(dict(rows.values_list("turn_id", "amount")))
