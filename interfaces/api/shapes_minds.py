"""What thinking took, as JSON."""

from typing import Final

from arena.domain.minds import CallView, MindView, PromptView
from interfaces.api.shape import COUNT, FLAG, MONEY, RATIO, SHA256, TEXT, Computed, Shape, optional

MIND: Final = Shape(
    "Mind",
    MindView,
    "What the calls of a language model took in sum. Costs are USD, counted as USDT.",
    calls=COUNT,
    answered=COUNT,
    attempts=COUNT,
    mean_latency_us=COUNT,
    input_tokens=COUNT.note("Cached ones included."),
    cached_tokens=COUNT,
    output_tokens=COUNT.note("Reasoning included."),
    reasoning_tokens=COUNT,
    cost=MONEY,
    is_lower_bound=FLAG.note("True where some calls have no known price."),
    thinking=RATIO.note("Cost as a ratio of starting capital."),
    after_thinking=RATIO.note("Net result less thinking."),
    break_even=optional(MONEY.note("Account at which the net result would have paid for the thinking.")),
    cited=COUNT.note("Figures its words cited."),
    fabricated=COUNT.note("Those among them that its prompt did not hold."),
    fabrication=optional(RATIO),
)

CALL: Final = Shape(
    "Call",
    CallView,
    "One question to a language model and what it took.",
    leave_out=("turn_id", "slot", "detail"),  # a provider's own words on an error are for the operator
    model=TEXT,
    model_returned=TEXT.note("The model that says it answered."),
    outcome=TEXT.note("'answered', or why there was no answer."),
    finish_reason=TEXT,
    provider_request_id=TEXT,
    fingerprint=TEXT,
    prompt_version=TEXT,
    prompt_sha256=SHA256,
    attempts=COUNT,
    latency_us=COUNT,
    input_tokens=COUNT,
    cached_tokens=COUNT,
    output_tokens=COUNT,
    reasoning_tokens=COUNT,
    cost=MONEY,
    cost_source=TEXT.note("Price list and entry; 'estimate' where an answer never came and may be billed."),
    cited=COUNT,
    fabricated=COUNT,
)

PROMPT: Final = Shape(
    "Prompt",
    PromptView,
    "A question as it was sent: the system text, and market and account with one empty line between.",
    leave_out=("parts_sha256",),
    version=TEXT.note("Of the one template for all contestants."),
    sha256=SHA256,
    system_sha256=Computed(SHA256, lambda prompt: prompt.parts_sha256[0]),
    market_sha256=Computed(SHA256, lambda prompt: prompt.parts_sha256[1]),
    account_sha256=Computed(SHA256, lambda prompt: prompt.parts_sha256[2]),
    system=TEXT,
    market=TEXT,
    account=TEXT,
)
