"""Marks around an answer: tags and tokens in any writing, fences, comments, names of what is called.

What a model shows, quotes, takes back or hands to another tool often is an order by its form. So an answer
counts only if every mark it stands in is known as one that may hold an answer; what is not known may not.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from agents.domain.answers.names import TOOL, is_answer_name
from agents.domain.strict_json import RefusedError

MAX_SIGNS: Final = 2_048
"""Signs at which a tag may begin; an honest text of 64 KiB has some hundreds."""

MAX_TAGS: Final = 512
MAX_FENCES: Final = 256
MAX_COMMENTS: Final = 512

_BEHIND: Final = (
    r"(?:(?:(?<=[<\uff1c\u3008\u300a\u2039\u25c1])|(?<=&)(?:lt;|\#60;))"
    r"[ ]?[|\uff5c]?(?P<slash>/)?[ ]?[|\uff5c]?"
    r"(?P<name>[^\W\d][\w:.\u2581-]{0,60}+)(?P<rest>[^<>&\uff1c\uff1e\u3009\u300b\u203a\u25b7]{0,80}+)"
    r"(?P<end>[>\uff1e\u3009\u300b\u203a\u25b7]|&gt;|&#62;)?"
    r"|(?<=\[)(?P<square>/)?think(?:ing)?\])"
)
# One class of signs first, and only then what it was: so the search leaps over all other signs.
TAG: Final = re.compile(rf"[<\uff1c\u3008\u300a\u2039\u25c1&\[]{_BEHIND}", re.IGNORECASE)
"""A tag or a special token: <name>, </name>, <|name|>, <|/name|>, with full-width or escaped brackets."""

_SIGNS: Final = "<\uff1c\u3008\u300a\u2039\u25c1&"
_MOST: Final = (
    (tuple(_SIGNS), MAX_SIGNS),
    (("```", "~~~"), MAX_FENCES),
    (("/*", "*/", "-->"), MAX_COMMENTS),
    (tuple("-~/*`"), 4 * MAX_SIGNS),
)
_THINKING: Final = re.compile(
    r"think|thought|reason|monolog|scratchpad|reflect|rationale|analy[sz]|deliberat|brainstorm|chain_of"
    r"|(?<![^_:.-])(?:cot|plans?|planning|drafts?|examples?|samples?|inner|critique|unused9[45])"
    r"(?![^_:.-])"
)
_ENDING: Final = re.compile(r"end[_-]|unused95\Z")
_FRAMES: Final = re.compile(r"(?:begin|start|end|of|the)[_:.-]|\W")

_HOUSING: Final = frozenset(
    {"html", "body", "main", "section", "article", "div", "span", "p", "pre", "code", "b", "i", "em",
     "strong", "br", "hr", "ul", "ol", "li", "table", "tr", "td", "root", "xml",
     "im_start", "start_header_id", "end_header_id", "assistant", "start", "start_of_turn", "begin_of_text",
     "begin_of_box", "begin_of_solution", "begin_of_sentence", "message", "python_tag"}
)  # fmt: skip
"""Marks that hold anything, an answer as well: those of pages, and those of chat templates."""

_LABELS: Final = frozenset(
    {"", "json", "jsonc", "json5", "jsonl", "js", "javascript", "ts", "typescript", "python", "py", "text",
     "txt", "plain", "plaintext", "code", "md", "markdown", "xml", "html", "tool_call", "tool_code"}
)  # fmt: skip
_CALLING: Final = re.compile(r"tool|function|invoke", re.IGNORECASE)
_CALL_WORDS: Final = frozenset(
    {"tool", "tools", "call", "calls", "begin", "sep", "section", "argument", "arguments", "args", "function",
     "functions", "invoke", "parameter", "parameters", "name", "type", "json", "input", "code", "default",
     "api", "antml", "use"}
)  # fmt: skip
_OUR_TOOL: Final = re.compile(rf"{TOOL}(?<!\w{TOOL})(?!\w)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")

_EVENT: Final = re.compile(
    r"[<\uff1c\u3008\u300a\u2039\u25c1&\[/*`~-](?:(?P<opens>(?<=<)!--|(?<=/)\*)|(?P<closes>(?<=-)->|(?<=\*)/)"
    r"|(?P<fence>(?<=`)`{2,}+|(?<=~)~{2,}+)[ ]?(?P<label>[\w+#.-]{0,30})"
    rf"|(?P<calls>(?<=\[)TOOL_CALLS?\])|{_BEHIND})",
    re.IGNORECASE,
)
_ENDS: Final = {"!--": "->", "*": "/"}
_LINE_COMMENTS: Final = tuple(f"{blank}//" for blank in " \t\r\f\v\u00a0\u3000")
_COMMENTED: Final = re.compile(r"\s*(?:\#(?!\#)|--(?!-)|;|%)")
_STRUCK: Final = re.compile(r"~~(?<!~~~)\Z")
_CALLED: Final = re.compile(r"(?<![\w.])([\w.]++)\([^()\n]{0,60}+\Z")
_ASSIGNED: Final = re.compile(r"(?<![\w.])([\w.]++)[ ]?+=[ ]*+\Z")


def check_marks(text: str) -> None:
    """Refuse text with so many marks that looking at them would cost too much; raises RefusedError."""
    if text.count("[") > MAX_SIGNS:
        raise RefusedError("too_deep")
    for marks, most in _MOST:
        if sum(map(text.count, marks)) > most:
            raise RefusedError("too_many_values")


def name_of(tag: re.Match[str]) -> str:
    """Return a tag's name in plain small letters, words joined by '_'."""
    name = tag["name"]
    return unicodedata.normalize("NFKC", name).lower().replace("\u2581", "_") if name else "think"


def is_closing(tag: re.Match[str], name: str) -> bool:
    """Tell whether a tag ends what another one began; '<channel|>' ends '<|channel>'."""
    return bool(tag["slash"] or tag["square"] or _ENDING.match(name) or _is_channel_end(tag, name))


def _is_channel_end(tag: re.Match[str], name: str) -> bool:
    return name == "channel" and tag["rest"] == "|" and "|" not in tag.group()[:2]


def is_empty(tag: re.Match[str]) -> bool:
    """Tell whether a tag begins and ends nothing: <think/>."""
    return (tag["rest"] or "").rstrip(" |\uff5c").endswith("/")


def is_thinking(name: str) -> bool:
    """Tell whether what bears this name holds thoughts, plans, drafts or examples instead of an answer."""
    return name == "channel" or _THINKING.search(name) is not None


def family_of(name: str) -> str:
    """Return one word for names that open and close each other: think, thinking, end_of_thought."""
    if "think" in name or "thought" in name or name.startswith("unused"):
        return "think"
    return _FRAMES.sub("", name)


def is_whole(tag: re.Match[str]) -> bool:
    """Tell whether this is a tag and not words behind a sign for 'less than'."""
    if not tag["name"]:
        return True
    rest = tag["rest"].strip(" |\uff5c/")
    return bool(tag["end"]) and (not rest or "=" in rest)


def is_answer_label(label: str) -> bool:
    """Tell whether a fence with this label may hold an answer."""
    return label.lower() in _LABELS or is_answer_name(label)


@dataclass(slots=True)
class Surroundings:
    """The marks open at a place of a text; ``pass_over`` is told every stretch between values once."""

    _tags: list[str] = field(default_factory=list)
    _fences: list[str] = field(default_factory=list)
    _comment: str = ""
    _is_aside: bool = False
    _is_begun: bool = False
    _calls: bool = False

    def pass_over(self, prose: str) -> None:
        """Note what opens and closes in a stretch of text."""
        called_from = 0 if self._calls else -1
        for event in _EVENT.finditer(prose):
            self._note(event)
            if self._calls and called_from < 0:
                called_from = event.start()
        words = _OUR_TOOL.sub("", prose[called_from:][:MAX_SIGNS]) if self._calls else ""
        # Nothing so long stands between a call and what it is called with.
        calls_another = (self._calls and len(prose) - called_from > MAX_SIGNS) or any(
            word.lower() not in _CALL_WORDS for word in _LETTERS.findall(words)
        )
        lines = prose.rsplit("\n", 1)
        begins_line = len(lines) > 1 or not self._is_begun
        self._is_begun = True
        self._is_aside = (
            (self._is_aside and len(lines) == 1)
            or calls_another
            or _is_aside(lines[-1], begins_line=begins_line)
        )

    def _note(self, event: re.Match[str]) -> None:
        if event["opens"] or event["closes"]:
            self._note_comment(event)
        elif self._comment:
            return
        elif event["fence"]:
            self._note_fence(event["label"])
        elif event["calls"]:
            self._calls = True
        elif is_whole(event):
            self._note_tag(event)

    def _note_comment(self, event: re.Match[str]) -> None:
        if not self._comment:
            self._comment = _ENDS.get(event["opens"] or "", "")
        elif event["closes"] == self._comment:
            self._comment = ""

    def _note_fence(self, label: str) -> None:
        if label or not self._fences:
            self._fences.append(label)
        else:
            self._fences.pop()

    def _note_tag(self, tag: re.Match[str]) -> None:
        name = name_of(tag)
        if is_closing(tag, name):
            family = family_of(name)
            if family in self._tags:
                del self._tags[len(self._tags) - 1 - self._tags[::-1].index(family) :]
        elif _CALLING.search(name):
            self._calls = True
        elif not is_empty(tag) and name not in _HOUSING and not is_answer_name(name):
            self._tags.append(family_of(name))

    def refuse_unmeant(self) -> None:
        """Raise RefusedError unless a value at this place may be the answer."""
        if self._tags or self._comment or self._is_aside or not all(map(is_answer_label, self._fences)):
            raise RefusedError("no_decisions")


def _is_aside(line: str, *, begins_line: bool) -> bool:
    """Tell whether the line up to an answer takes it back: as comment, struck, called or named as another."""
    if line.startswith("//") or any(map(line.__contains__, _LINE_COMMENTS)):
        return True
    if _STRUCK.search(line.rstrip()[-3:]) or (begins_line and _COMMENTED.match(line)):
        return True
    tail = line[-130:]
    called, assigned = _CALLED.search(tail), _ASSIGNED.search(tail)
    if called and called[1].rpartition(".")[2] != TOOL:
        return True
    return bool(assigned and not called and not is_answer_name(assigned[1]))
