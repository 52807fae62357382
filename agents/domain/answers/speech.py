"""What a model says before its answer, taken away: thinking, and the channels of the harmony format."""

import re
from itertools import islice
from typing import Final

from agents.domain.strict_json import RefusedError

EDGES: Final = " \t\r\n\f\v\ufeff\u200b\u00a0\u3000"
"""Blanks, byte order marks and zero-width spaces, which copying leaves at the edges of a text."""

_TAG: Final = re.compile(
    # One class of first signs for all three, so that the search skips everything else at once.
    r"[<\[\u25c1](?:(?<=<)"
    r"(?:[ ]?(?P<close>/)?[ ]?(?P<name>think[\w-]*+|thought[\w-]*+|scratchpad|seed:think|reasoning"
    r"|analysis|reflection)\b[^<>]{0,80}+>|\|(?P<word>begin|end)_of_thought\|>)"
    r"|(?<=\[)(?P<mclose>/)?THINK\]"
    r"|(?<=\u25c1)(?P<kclose>/)?think\u25b7)",
    re.IGNORECASE,
)
_TAG_WORDS: Final = ("think", "thought", "scratchpad", "reasoning", "analysis", "reflection")
_MAX_TAGS: Final = 256
_EXPLAINING: Final = frozenset({"reasoning", "analysis", "reflection"})
"""Blocks that may stand behind the answer; behind thinking the answer must still come."""

_CHANNEL: Final = "<|channel|>"
_MESSAGE: Final = "<|message|>"
_HARMONY_END: Final = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_FENCE: Final = re.compile(r"(`{3,}|~{3,})[ ]?[A-Za-z0-9_+-]{0,20}[ ]*\r?\n(.*)\n[ ]*\1", re.DOTALL)


def spoken(text: str) -> str:
    """Return what remains of an answer without thinking; raises RefusedError if thinking never ends."""
    return without_thinking(final_channel(text)).strip(EDGES)


def final_channel(text: str) -> str:
    """Return the final channel of harmony markup; text without markup as it is."""
    if _CHANNEL not in text and _MESSAGE not in text:
        return text
    finals = []
    for part in text.split(_CHANNEL)[1:]:
        head, mark, body = part.partition(_MESSAGE)
        if mark and head.strip().split(" ")[0].split("<")[0] == "final":
            finals.append(_HARMONY_END.split(body, maxsplit=1)[0])
    if not finals:
        raise RefusedError("no_final_channel")
    return "\n".join(finals)


def without_thinking(text: str) -> str:
    """Drop closed blocks of thinking, and everything before a closing tag that nothing opened."""
    lowered = text.lower()
    if not any(word in lowered for word in _TAG_WORDS):
        return text
    return _without_blocks(text)


def _without_blocks(text: str) -> str:
    kept: list[str] = []
    depth = place = answer_from = 0
    tags = tuple(islice(_TAG.finditer(text), _MAX_TAGS + 1))
    if len(tags) > _MAX_TAGS:
        raise RefusedError("too_many_values")
    for tag in tags:
        if not _is_close(tag):
            kept += () if depth else (text[place : tag.start()],)
            depth += 1
            continue
        if not depth:
            kept.clear()  # the template had opened it: all of it was thinking
        depth = max(0, depth - 1)
        place = tag.end()
        answer_from = answer_from if _is_explaining(tag) else place
    if depth:
        raise RefusedError("unclosed_thinking")
    _check_answered(text[answer_from:], is_behind=answer_from > 0)
    return "".join([*kept, text[place:]])


def _check_answered(text: str, *, is_behind: bool) -> None:
    # What stood before a block of thinking was thought over once more.
    if is_behind and "{" not in text and "\uff5b" not in text:
        raise RefusedError("no_decisions")


def _is_explaining(tag: re.Match[str]) -> bool:
    return (tag["name"] or "").lower() in _EXPLAINING


def _is_close(tag: re.Match[str]) -> bool:
    return bool(tag["close"] or tag["kclose"] or tag["mclose"] or (tag["word"] or "").lower() == "end")


def without_fence(text: str) -> str:
    """Return what one code fence around the whole text holds; other text as it is."""
    found = _FENCE.fullmatch(text)
    return found.group(2).strip(EDGES) if found else text
