"""What thinking took, from the deciders' records to the faces."""

from agents.selectors.calls import CallFacts, Tally
from arena.domain.minds import CallView, MindView
from arena.domain.standings import cost_ratio
from kernel.units import SCALE, Rounding, mul_div


def mind_view(tally: Tally, net: int, capital: int) -> MindView:
    """Return a contestant's sums with what is left of its net result after them."""
    thinking = cost_ratio(tally.cost, capital)
    return MindView(
        calls=tally.calls,
        answered=tally.answered,
        attempts=tally.attempts,
        mean_latency_us=tally.mean_latency_us,
        input_tokens=tally.input_tokens,
        cached_tokens=tally.cached_tokens,
        output_tokens=tally.output_tokens,
        reasoning_tokens=tally.reasoning_tokens,
        cost=tally.cost,
        is_lower_bound=tally.unpriced > 0,
        thinking=thinking,
        after_thinking=net - thinking,
        break_even=mul_div(tally.cost, SCALE, net, Rounding.UP) if net > 0 else None,
        cited=tally.cited,
        fabricated=tally.fabricated,
        fabrication=mul_div(tally.fabricated, SCALE, tally.cited, Rounding.UP) if tally.cited else None,
    )


def call_view(call: CallFacts) -> CallView:
    """Return one call as the faces show it."""
    return CallView(
        turn_id=call.turn_id,
        slot=call.slot,
        model=call.model,
        model_returned=call.model_returned,
        outcome=call.outcome,
        detail=call.detail,
        finish_reason=call.finish_reason,
        provider_request_id=call.provider_request_id,
        fingerprint=call.fingerprint,
        prompt_version=call.prompt_version,
        prompt_sha256=call.prompt_sha256,
        attempts=call.attempts,
        latency_us=call.latency_us,
        input_tokens=call.usage.input,
        cached_tokens=call.usage.cached,
        output_tokens=call.usage.output,
        reasoning_tokens=call.usage.reasoning,
        cost=call.cost,
        cost_source=call.cost_source,
        cited=call.cited,
        fabricated=call.fabricated,
    )
