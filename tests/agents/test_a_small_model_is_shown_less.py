"""A model too small to read the whole market in time is shown its first symbols, the others everything."""

from dataclasses import replace

from agents.services.prompting import narrowed, questions_of
from agents.services.questions import Ask
from tests.factories.model_asks import asks_of, model_agent, says


def prompts(most_symbols: int) -> list[str]:
    """Return the questions of a model that reads so many symbols, and of one that reads all, in one round."""
    agents = [replace(model_agent(says("{}")), most_symbols=most_symbols), model_agent(says("{}"))]
    asks: list[Ask] = asks_of(agents)
    found = [question.prompt for question in questions_of(asks, 7)]
    return [prompt.system + prompt.market for prompt in found if prompt is not None]


def test_one_is_shown_one_symbol_and_the_other_the_whole_market() -> None:
    small, whole = prompts(1)
    assert small.count("\n## ") == 1 < whole.count("\n## ")
    assert len(small) < len(whole)


def test_what_is_left_out_is_not_offered_either() -> None:
    view = asks_of([model_agent(says("{}"))])[0].observation.market
    less = narrowed(view, 1)
    first = view.snapshot.symbols[0].symbol
    assert less.rules.symbols == (first,)
    assert set(less.features) == {first}
    assert [part.symbol for part in less.snapshot.symbols] == [first]
    assert less.snapshot_sha256 == view.snapshot_sha256
