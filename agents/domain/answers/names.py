"""The names under which an answer may stand. Everything that is not known here names something else."""

import re
from typing import Final

TOOL: Final = "submit_decision"
"""The one tool a model may have been offered."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LONGEST: Final = 40
_MEANT: Final = frozenset(
    {"decision", "decisions", "answer", "response", "result", "output", "final", "order", "orders", "trade",
     "trades", "signal", "signals", "action", "actions", "data", "json", "content", "text"}
)  # fmt: skip
_BESIDE: Final = frozenset({"my", "the", "list", "trading"})


def is_answer_name(name: str) -> bool:
    """Tell whether a wrapper, a tag or a variable of this name holds an answer: Final_Decision, my_orders."""
    if not name.isascii() or len(name) > _LONGEST:
        return False
    if name == TOOL:
        return True
    words = {word.lower() for word in _WORD.findall(name)}
    # Signs other than letters only between words: 'decision_2' and 'decision?' are not the decision.
    is_plain = name.replace("_", "").replace("-", "").isalpha()
    return is_plain and words <= _MEANT | _BESIDE and bool(words & _MEANT)
