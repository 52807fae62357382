"""A sender that was stopped and a request that was held up: neither does anything after it was given up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests

from kernel.units import SCALE
from tests.execution.test_orders_are_sent_once import assert_books_are_the_venues, run, state_of
from tests.factories.live_loopback import loopback_stage
from tests.factories.live_orders import Stage, stage
from tests.factories.venue_server import Ticket
from trading import models
from trading.adapters.ccxt_live import DIALECTS
from trading.domain.resolving import MARGIN_MS
from trading.domain.terms import Terms
from trading.domain.venue import Acknowledged, Refused, SubmitOutcome, Unclear
from trading.ports import LiveVenue
from trading.services import resolver
from trading.services.outbox import claim, record_outcome
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn
from trading.services.switch import Turn, turn_switch

pytestmark = pytest.mark.django_db(transaction=True)

VENUES = ("binanceusdm", "aster", "weex", "hyperliquid")


@dataclass
class Held:
    """A venue at which each submit is answered by what the test says, the n-th call given with its order."""

    venue: LiveVenue
    answer: Callable[[int, tuple[Any, ...]], SubmitOutcome]
    calls: int = 0

    def submit(self, *order: Any) -> SubmitOutcome:
        """Answer as told."""
        self.calls += 1
        return self.answer(self.calls, order)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the venue's."""
        return getattr(self.venue, name)


def held(scene: Stage, answer: Callable[[int, tuple[Any, ...]], SubmitOutcome]) -> Stage:
    """Return the scene with a desk whose submits are answered so."""
    venue: Any = Held(scene.desk.venue, answer)
    return replace(scene, desk=replace(scene.desk, venue=venue))


def below(scene: Stage, symbol: str = "BTC") -> int:
    """Return a price at which a buying order rests."""
    return scene.truth.market.prices[symbol] * 98 // 100 // (10 * SCALE) * 10 * SCALE


@pytest.mark.parametrize("venue", VENUES)
def test_a_sender_that_was_stopped_after_its_claim_sends_nothing_any_more(venue: str) -> None:
    with loopback_stage(venue) as scene:
        run(scene, 2)

        def stopped(call: int, order: tuple[Any, ...]) -> SubmitOutcome:
            if call == 1:
                scene.clock.sleep(95_000)
                run(scene, 60)
            return scene.desk.venue.submit(*order)

        order_id = scene.decide()
        send_turn(held(scene, stopped).desk)
        run(scene, 70)
        assert state_of(order_id) == "filled"
        assert len([each for each in scene.server.order_requests(venue) if each.params]) == 1
        assert len(scene.truth.orders) == 1
        assert_books_are_the_venues(scene)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", ["market", "limit"])
def test_a_request_that_was_held_up_is_refused_once_its_order_was_sent_again(venue: str, kind: str) -> None:
    with loopback_stage(venue) as scene:
        run(scene, 2)
        kept: list[tuple[Any, dict[str, Any]]] = []
        session = scene.desk.venue.tongue.client.session  # type: ignore[attr-defined]  # the adapter's own
        deliver = session.send

        def send(request: Any, **how: Any) -> Any:
            asks = "/order" in request.url or "'order'" in str(request.body) or '"order"' in str(request.body)
            if request.method == "POST" and asks and not kept:
                kept.append((request, how))
                raise requests.exceptions.ReadTimeout("held in a buffer")
            return deliver(request, **how)

        session.send = send
        order_id = scene.decide(terms=Terms("limit", below(scene), "gtc") if kind == "limit" else Terms())
        order = models.Order.objects.filter(id=order_id)
        for _ in range(60):
            run(scene, 1)
            if order.get().attempts > 1:
                break
        first = models.OrderStep.objects.filter(order_id=order_id, after="submitting").earliest("id")
        assert scene.clock() >= first.wall_ms + DIALECTS[venue].window_ms + MARGIN_MS
        deliver(kept[0][0], **kept[0][1])
        run(scene, 70)
        assert len(scene.truth.orders) == 1
        assert_books_are_the_venues(scene)
        assert not models.VenueMismatch.objects.exists()


def test_what_is_signed_into_an_order_is_the_moment_of_its_claim() -> None:
    signed: dict[str, dict[str, Any]] = {}
    for venue in ("binanceusdm", "aster", "hyperliquid"):
        with loopback_stage(venue, name=venue) as scene:
            order_id = scene.decide()
            run(scene, 3)
            sent_ms = models.Order.objects.get(id=order_id).sent_wall_ms or 0
            signed[venue] = {"sent": sent_ms, **scene.server.order_requests(venue)[0].params}
    plain, aster, hyper = signed["binanceusdm"], signed["aster"], signed["hyperliquid"]
    assert (int(plain["timestamp"]), plain["recvWindow"]) == (plain["sent"], "5000")
    assert int(aster["nonce"]) // 1_000 == aster["sent"]
    assert hyper["expiresAfter"] == hyper["sent"] + 8_000


def test_each_attempt_is_kept_with_the_moment_from_which_on_its_venue_refuses_it() -> None:
    scene = stage()
    order_id = scene.decide()
    run(scene, 3)
    order = models.Order.objects.get(id=order_id)
    step = models.OrderStep.objects.get(order_id=order_id, after="submitting")
    assert order.sent_wall_ms is not None
    assert step.reason == (
        f"attempt 1, signed at {order.sent_wall_ms}, refused after {order.sent_wall_ms + 5_000}"
    )


def test_the_switch_turned_between_claim_and_call_keeps_the_order_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = stage()
    order_id = scene.decide()
    compare_turn(scene.desk)
    clock = scene.clock

    def turning() -> int:
        if state_of(order_id) == "submitting":
            turn_switch(Turn("global", "halted", "a trial", "operator@example.com", clock()))
        return clock()

    order = models.Order.objects.select_related("decision").get(id=order_id)
    monkeypatch.setattr(
        "trading.services.outbox_sending.claim",
        lambda desk, row, before: (claim(desk, row, before), turning())[0],
    )
    send_turn(scene.desk)
    assert (scene.venue.submits, state_of(order.id)) == ([], "intent")
    scene.clock.sleep(3_000)
    send_turn(scene.desk)
    assert (scene.venue.submits, state_of(order.id)) == ([], "denied")


def test_a_slow_list_is_fetched_before_the_claim_and_never_after_it() -> None:
    with loopback_stage("binanceusdm") as scene:
        run(scene, 2)
        order_id = scene.decide()
        live: Any = scene.desk.venue
        fetched, fetch = [], live.tongue.markets

        def slow() -> Any:
            fetched.append(state_of(order_id))
            return fetch()

        live.tongue.markets = slow
        scene.clock.sleep(120_000)
        compare_turn(scene.desk)
        live._markets_until_ms = 0
        send_turn(scene.desk)
        assert set(fetched) == {"intent"}
        assert scene.truth.placed([order_id]) == {order_id: 1}


def test_a_late_answer_to_an_earlier_attempt_says_nothing_about_the_later_one() -> None:
    scene = stage()

    def answer(call: int, order: tuple[Any, ...]) -> SubmitOutcome:
        if call == 1:
            return Unclear("time-out")
        told = scene.venue.submit(*order)
        record_outcome(scene.desk, order_id, Refused("margin", "late"), 1)
        assert state_of(order_id) == "submitting"
        record_outcome(scene.desk, order_id, Acknowledged("77", "accepted"), 1)
        assert models.Order.objects.get(id=order_id).venue_order_id == "77"
        return told

    order_id = scene.decide(terms=Terms("limit", below(scene), "gtc"))
    run(held(scene, answer), 60)
    assert state_of(order_id) == "accepted"
    assert len(scene.truth.open) == 1


def test_a_refused_second_attempt_still_finds_the_first_and_guards_what_it_filled() -> None:
    scene = stage()

    def answer(call: int, order: tuple[Any, ...]) -> SubmitOutcome:
        if call == 1:
            return Unclear("time-out")
        if call > 2:
            return scene.venue.submit(*order)
        scene.truth.place(Ticket("BTC", 1, SCALE // 10, "market", order_id))
        return Refused("insufficient_margin", "Margin is insufficient")

    order_id = scene.decide(stop=58_000 * SCALE)
    run(held(scene, answer), 40)
    run(scene, 40)
    assert state_of(order_id) == "filled"
    assert [each.ticket.kind for each in scene.truth.open.values()] == ["stop"]
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()


def test_an_order_refused_again_and_never_found_ends_as_refused_and_is_not_sent_a_third_time() -> None:
    scene = stage()
    asked = held(
        scene,
        lambda call, _order: Unclear("time-out") if call == 1 else Refused("insufficient_margin", "no"),
    )
    order_id = scene.decide()
    run(asked, 120)
    order = models.Order.objects.get(id=order_id)
    assert (order.state, order.reason, order.attempts) == ("rejected", "insufficient_margin", 2)


def test_a_looker_that_was_stopped_acts_on_nothing_that_went_on_without_it() -> None:
    scene = stage()
    asked = held(scene, lambda _call, _order: Unclear("time-out"))
    order_id = scene.decide()
    send_turn(asked.desk)
    for second in range(16):
        scene.clock.sleep(1_000)
        if second % 5 == 0:
            look_turn(asked.desk)
    stale = models.Order.objects.select_related("decision").get(id=order_id)
    look = resolver._look_for(asked.desk, stale)
    assert look is not None
    scene.clock.sleep(6_000)
    look_turn(asked.desk)
    again = models.Order.objects.get(id=order_id)
    assert again.attempts == 2
    scene.clock.sleep(6_000)
    assert not resolver._act(asked.desk, stale, replace(look, venue_ms=scene.clock()))
    assert not resolver._act(asked.desk, again, replace(look, order=None, venue_ms=scene.clock()))
    assert models.Order.objects.get(id=order_id).attempts == 2


def test_an_order_in_doubt_is_not_claimed_again_a_moment_after_it_was_sent() -> None:
    scene = stage()
    asked = held(scene, lambda _call, _order: Unclear("time-out"))
    order_id = scene.decide()
    send_turn(asked.desk)
    order = models.Order.objects.select_related("decision").get(id=order_id)
    scene.clock.sleep(4_000)
    assert (state_of(order_id), claim(scene.desk, order, "unknown").verdict) == ("unknown", "young")


@pytest.mark.parametrize("end", ["expired", "canceled", "rejected"])
def test_an_order_that_was_given_up_and_rests_at_the_venue_is_seen_and_cancelled(end: str) -> None:
    scene = stage()
    asked = held(scene, lambda _call, _order: Unclear("time-out"))
    order_id = scene.decide(terms=Terms("limit", below(scene), "gtc"))
    send_turn(asked.desk)
    turn_switch(Turn("global", "halted", "a trial", "operator@example.com", scene.clock()))
    run(scene, 40)
    assert state_of(order_id) == "expired"
    models.Order.objects.filter(id=order_id).update(state=end)
    scene.truth.place(Ticket("BTC", 1, SCALE // 10, "limit", order_id, below(scene), None, "gtc"))
    run(scene, 130)
    assert (scene.truth.open, state_of(order_id)) == ({}, "canceled")
    steps = models.OrderStep.objects.filter(order_id=order_id, before=end)
    assert [step.after for step in steps] == ["accepted"]
    assert_books_are_the_venues(scene)
    assert not models.VenueMismatch.objects.exists()
