"""The closed list of words for an action."""

from typing import Any, Final

from agents.domain.strict_json import RefusedError
from trading.domain.decisions import Action

_LONGEST: Final = 20
_WORDS: Final = {
    Action.BUY: ("BUY", "LONG", "OPEN_LONG", "ENTER_LONG", "GO_LONG"),
    Action.SELL: ("SELL", "SHORT", "OPEN_SHORT", "ENTER_SHORT", "GO_SHORT"),
    Action.CLOSE: ("CLOSE", "EXIT", "CLOSE_POSITION", "CLOSE_LONG", "CLOSE_SHORT"),
    Action.HOLD: ("HOLD", "WAIT", "NO_TRADE", "NONE"),
}
ACTIONS: Final = {word: action for action, words in _WORDS.items() for word in words}


def action_word(value: Any) -> str:
    """Return the word of the closed list that this spells, whatever its case and separators."""
    word = _word_of(value)
    if word not in ACTIONS:
        raise RefusedError("unknown_action")
    return word


def is_action(value: Any) -> bool:
    """Tell whether this is one word of the closed list."""
    return _word_of(value) in ACTIONS


def is_same_action(one: Any, other: Any) -> bool:
    """Tell whether two words mean one action."""
    return ACTIONS.get(_word_of(one)) is ACTIONS.get(_word_of(other))


def _word_of(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isascii():
        return ""
    return value.strip(" \t\r\n").upper().replace(" ", "_").replace("-", "_")
