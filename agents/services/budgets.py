"""Money for calls: set aside before, settled after. Each function runs inside the caller's short transaction.

Rows are locked in the order of their ids, so two rounds that share budgets wait for each other and never
cross. SQLite has no row locks; its transactions take the write lock when they begin.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agents.domain.llm.budget import Allotment, Balance, BudgetKey, Claim, allot
from agents.models import Budget, Reservation
from store.bulk import add_to_rows, insert_rows, update_rows


def asked_before(turn_ids: Iterable[str]) -> dict[str, int]:
    """Return what was set aside for those turns that were asked before: whoever did died since.

    What was still open is settled in full: the provider may bill it.
    """
    found = dict(Reservation.objects.filter(pk__in=list(turn_ids)).values_list("turn_id", "amount"))
    settle_reservations(found)
    return found


def reserve(claims: Sequence[Claim], wall_ms: int) -> Allotment:
    """Set money aside for every claim that fits under its caps; whoever is over one may not ask."""
    keys = {key.id: key for claim in claims for key in (claim.day, claim.season)}
    _ensure_budgets(keys)
    locked = Budget.objects.select_for_update().filter(pk__in=list(keys)).order_by("id")
    balances = {row.id: Balance(row.reserved, row.spent) for row in locked}
    result = allot(claims, balances)
    added: dict[str, int] = defaultdict(int)
    for claim in result.granted:
        added[claim.day.id] += claim.amount
        added[claim.season.id] += claim.amount
    add_to_rows(
        Budget, "id", ("reserved",), [(amount, key) for key, amount in sorted(added.items()) if amount]
    )
    rows = [(c.turn_id, c.day.id, c.season.id, c.amount, False, wall_ms) for c in result.granted]
    insert_rows(Reservation, _RESERVATION_FIELDS, rows)
    return result


_RESERVATION_FIELDS = ("turn_id", "day_budget", "season_budget", "amount", "settled", "created_wall_ms")


def _ensure_budgets(keys: Mapping[str, BudgetKey]) -> None:
    known = set(Budget.objects.filter(pk__in=list(keys)).values_list("id", flat=True))
    rows = [(id_, *key, 0, 0) for id_, key in sorted(keys.items()) if id_ not in known]
    insert_rows(Budget, ("id", "kind", "holder", "period", "reserved", "spent"), rows, ignore_existing=True)


def settle_reservations(costs: Mapping[str, int]) -> None:
    """Turn what was set aside into what was spent, by turn; a turn that is settled already stays as it is."""
    open_ones = Reservation.objects.select_for_update().filter(pk__in=list(costs), settled=False)
    freed: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    settled: list[tuple[bool, str]] = []
    for row in open_ones.order_by("turn_id"):
        for budget in (row.day_budget_id, row.season_budget_id):
            freed[budget][0] -= row.amount
            freed[budget][1] += costs[row.turn_id]
        settled.append((True, row.turn_id))
    changes = [(*change, budget) for budget, change in sorted(freed.items()) if any(change)]
    add_to_rows(Budget, "id", ("reserved", "spent"), changes)
    update_rows(Reservation, "turn_id", ("settled",), settled)
