"""The writer of answers: the reader understands its every word."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.domain.answers import MAX_LEVERAGE, Answer, AnswerContext, encode_answer, parse_answer
from kernel.units import MAX_UNITS, SCALE
from trading.domain.decisions import Action, Decision

prices = st.none() | st.integers(1, MAX_UNITS)
words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_categories=("C", "Z")), max_size=40
)
opens = st.builds(
    Decision,
    action=st.sampled_from([Action.BUY, Action.SELL]),
    symbol=st.just("BTC"),
    size=st.integers(1, SCALE),
    leverage=st.integers(1, MAX_LEVERAGE),
    stop_loss=prices,
    take_profit=prices,
    confidence=st.integers(0, SCALE),
    invalidation=words,
    reasoning=words,
)
closes = st.builds(
    Decision,
    action=st.just(Action.CLOSE),
    symbol=st.just("ETH"),
    size=st.integers(SCALE // 100, SCALE),
    confidence=st.integers(0, SCALE),
    reasoning=words,
)
holds = st.builds(Decision, action=st.just(Action.HOLD), symbol=st.just("SOL"), reasoning=words)


@settings(deadline=None)
@given(words, st.tuples(opens, closes, holds))
def test_what_is_written_is_read_back_exactly(summary: str, decisions: tuple[Decision, ...]) -> None:
    raw = encode_answer(summary, decisions)
    assert parse_answer(raw, AnswerContext(("BTC", "ETH", "SOL"))) == Answer(summary, decisions)
    assert encode_answer(summary, decisions) == raw
