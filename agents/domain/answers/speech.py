"""What a model says before its answer, taken away: thinking, and the channels of the harmony format."""

import re
from collections.abc import Iterator
from typing import Final

from agents.domain.answers.markup import (
    MAX_TAGS,
    TAG,
    check_marks,
    family_of,
    is_answer_label,
    is_closing,
    is_empty,
    is_thinking,
    name_of,
)
from agents.domain.strict_json import RefusedError

EDGES: Final = " \t\r\n\f\v\ufeff\u200b\u00a0\u3000"
"""Blanks, byte order marks and zero-width spaces, which copying leaves at the edges of a text."""

_EXPLAINING: Final = frozenset({"reasoning", "analysis", "reflection", "rationale"})
"""Blocks that may stand behind the answer; behind thinking the answer must still come."""

_MAX_CHANNELS: Final = 64
_MAX_FINALS: Final = 4
_CHANNEL: Final = "<|channel|>"
_MESSAGE: Final = "<|message|>"
_HARMONY_END: Final = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_FENCE_MARK: Final = re.compile(r"(?:`{3,}+|~{3,}+)[ ]?(?P<label>[\w+#.-]{0,30})")
_FENCE: Final = re.compile(r"(`{3,}|~{3,})[ ]?([A-Za-z0-9_+-]{0,20})[ ]*\r?\n(.*)\n[ ]*\1", re.DOTALL)


def spoken(text: str) -> str:
    """Return what remains of an answer without thinking; raises RefusedError if thinking never ends."""
    parts = set(spoken_parts(text))
    if len(parts) > 1:
        raise RefusedError("several_answers")
    return parts.pop()


def spoken_parts(text: str) -> list[str]:
    """Return each final channel without thinking; the whole text as one if it has no channels."""
    return [without_thinking(part).strip(EDGES) for part in final_channels(text)]


def final_channels(text: str) -> list[str]:
    """Return the final channels of harmony markup; text without markup as it is."""
    if _CHANNEL not in text and _MESSAGE not in text:
        return [text]
    finals = []
    for part in text.split(_CHANNEL, _MAX_CHANNELS)[1:]:
        head, mark, body = part.partition(_MESSAGE)
        if mark and head.strip().split(" ")[0].split("<")[0] == "final":
            finals.append(_HARMONY_END.split(body, maxsplit=1)[0])
    if not finals:
        raise RefusedError("no_final_channel")
    if len(finals) > _MAX_FINALS:
        raise RefusedError("several_answers")
    return finals


def without_thinking(text: str) -> str:
    """Drop closed blocks and fences of thinking, and everything before a closing tag nothing opened."""
    check_marks(text)
    return _without_fences(_without_blocks(text))


def _thinking_tags(text: str) -> Iterator[tuple[re.Match[str], str]]:
    for count, tag in enumerate(TAG.finditer(text)):
        if count >= MAX_TAGS:
            raise RefusedError("too_many_values")
        name = name_of(tag)
        # '<think' that was cut off is no comparison either.
        if is_thinking(name) and (tag["end"] or not tag["name"] or name.startswith(("think", "thought"))):
            yield tag, name


def _without_blocks(text: str) -> str:
    kept: list[str] = []
    opened: list[str] = []
    place = answer_from = 0
    for tag, name in _thinking_tags(text):
        is_end = is_closing(tag, name)
        if not opened:
            # What ends here was opened by the template: all of it was thinking.
            kept = [] if is_end else [*kept, text[place : tag.start()]]
        _note(opened, family_of(name), is_end=is_end, is_empty=is_empty(tag))
        if not opened:
            place = tag.end()
            answer_from = answer_from if name in _EXPLAINING else place
    if opened:
        raise RefusedError("unclosed_thinking")
    _check_answered(text[answer_from:], is_behind=answer_from > 0)
    # A newline: without it digits on both sides would become one number.
    return "\n".join([*kept, text[place:]])


def _note(opened: list[str], family: str, *, is_end: bool, is_empty: bool) -> None:
    """Open or close a block; an end of what is not open is a word of the thinking."""
    if is_end:
        del opened[_last(opened, family) :]
    elif not is_empty:
        opened.append(family)


def _last(opened: list[str], family: str) -> int:
    return len(opened) - 1 - opened[::-1].index(family) if family in opened else len(opened)


def _without_fences(text: str) -> str:
    kept: list[str] = []
    place = 0
    marks = iter(_FENCE_MARK.finditer(text))
    for mark in marks:
        if not mark["label"] or not is_thinking(mark["label"].lower()):
            continue
        closing = next(marks, None)
        if closing is None or closing["label"]:
            raise RefusedError("unclosed_thinking")
        kept.append(text[place : mark.start()])
        place = closing.end()
    _check_answered(text[place:], is_behind=place > 0)
    return "\n".join([*kept, text[place:]])


def _check_answered(text: str, *, is_behind: bool) -> None:
    # What stood before a block of thinking was thought over once more.
    if is_behind and "{" not in text and "\uff5b" not in text:
        raise RefusedError("no_decisions")


def without_fence(text: str) -> str:
    """Return what one code fence around the whole text holds; other text as it is."""
    found = _FENCE.fullmatch(text)
    return found.group(3).strip(EDGES) if found and is_answer_label(found.group(2)) else text
