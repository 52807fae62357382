"""The Indonesian catalogue is whole, faithful and compiled, and pages follow the reader's language."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from django.template import Engine, Node
from django.template.base import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.test import Client
from django.utils import translation

from arena.domain.stages import STAGES
from interfaces.api.answers import encode
from interfaces.sentences import reason_sentence
from interfaces.site.answers import render_page
from interfaces.site.round_page import STAGES as STAGE_WORDS
from tests.factories.markup import read_page
from tests.factories.sample_site import PAGES


class Key(NamedTuple):
    """What a catalogue looks a message up by; plural and context are '' where there is none."""

    one: str
    many: str = ""
    context: str = ""


ROOT: Final = Path(__file__).resolve().parents[2]
PO: Final = ROOT / "locale/id/LC_MESSAGES/django.po"
MO: Final = PO.with_suffix(".mo")
REMEDY: Final = "CONTRIBUTING.md, section 'Change a text', says how the catalogue is brought up to date"

_MARKS: Final[dict[str, tuple[str, ...]]] = {
    "gettext": ("one",),
    "gettext_lazy": ("one",),
    "ngettext": ("one", "many"),
    "pgettext": ("context", "one"),
    "pgettext_lazy": ("context", "one"),
}
"""What the first arguments of a marking function are; another one has to be added here first."""
_FIELD = re.compile(r'^(?:(msgid_plural|msgid|msgstr(?:\[\d+\])?|msgctxt) )?(".*")$', re.MULTILINE)
_KEPT = re.compile(r"<code>.*?</code>|</?\w+>|%\(\w+\)s|\{\w*\}|\bUSDT\b|\bUTC\b|\bAPI\b|\d+")
"""What a translation holds exactly as the original does: commands, tags, placeholders, units, digits."""
_FIGURE = re.compile(r"[+\u2212]?\d[\d,.:]*")

HEADLINES: Final = {
    "board": ("DeepSeek leads by 0.1 points", "DeepSeek memimpin, unggul 0.1 poin"),
    "begun": ("No round is closed yet", "Belum ada ronde yang ditutup"),
    "rounds": ("Rounds", "Ronde"),
    "rules": ("One rule book for everybody", "Satu buku aturan untuk semua"),
    "about": ("About the numbers", "Tentang angka"),
    "empty": ("No season is played here yet", "Belum ada musim yang dimainkan di sini"),
}
ADDRESSES: Final = {
    "board": "/",
    "begun": "/begun/",
    "rounds": "/seasons/demo/rounds/",
    "rules": "/seasons/demo/rules/",
    "about": "/about/",
    "empty": "/empty/",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a catalogue. ``strings`` are its translations, one a plural form."""

    key: Key
    strings: tuple[str, ...]
    flags: str


def read_catalogue(text: str) -> list[Message]:
    """Return the entries of a .po file behind its head."""
    return [_message(block) for block in text.strip().split("\n\n")[1:]]


def _message(block: str) -> Message:
    fields: dict[str, str] = {}
    name = ""
    for found in _FIELD.finditer(block):
        name = found[1] or name
        fields[name] = fields.get(name, "") + ast.literal_eval(found[2])
    flags = " ".join(line for line in block.splitlines() if line.startswith("#"))
    strings = tuple(text for field, text in fields.items() if field.startswith("msgstr"))
    key = Key(fields.get("msgid", ""), fields.get("msgid_plural", ""), fields.get("msgctxt", ""))
    return Message(key, strings, flags)


def marked_in_python(source: str) -> Iterator[Key]:
    """Yield what a module marks; raises ValueError for a mark that makemessages would not find."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name.endswith(("gettext", "gettext_lazy", "gettext_noop"))
    }
    hidden = {inner for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            if node in hidden:
                raise ValueError(f"line {node.lineno} marks a text within an f-string; give it a name before")
            yield _key_of(node, names[node.func.id])


def _key_of(call: ast.Call, function: str) -> Key:
    roles = _MARKS[function]
    texts = [arg.value for arg in call.args[: len(roles)] if isinstance(arg, ast.Constant)]
    if len(texts) != len(roles):
        raise ValueError(f"line {call.lineno} marks a text that is not written there")
    return Key(**dict(zip(roles, map(str, texts), strict=True)))


def marked_in_template(template: Template) -> Iterator[Key]:
    """Yield what a template marks, as its nodes will look it up."""
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode):
            # Django doubles the signs of per cent of such a text before it looks it up.
            yield Key(str(node.filter_expression.var.literal).replace("%", "%%"))
        elif isinstance(node, BlockTranslateNode):
            one, _ = node.render_token_list(node.singular)
            many, _ = node.render_token_list(node.plural) if node.plural else ("", [])
            yield Key(one, many)


def marked_everywhere() -> set[Key]:
    """Return every marked text of the pages."""
    engine = Engine.get_default()
    found: set[Key] = set()
    for path in sorted((ROOT / "interfaces").rglob("*.py")):
        found.update(marked_in_python(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found.update(marked_in_template(engine.get_template(str(path.relative_to(ROOT / "templates")))))
    return found


@pytest.fixture(autouse=True)
def _language_left_as_found() -> Iterator[None]:
    """Django leaves the language of the last request with its thread; the next test shall not have it."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return read_catalogue(PO.read_text(encoding="utf-8"))


def test_the_catalogue_holds_every_marked_text_and_no_other(messages: list[Message]) -> None:
    marked, held = marked_everywhere(), {message.key for message in messages}
    assert len(marked) > 350
    assert sorted(marked - held) == [], REMEDY
    assert sorted(held - marked) == [], REMEDY


def test_no_text_stands_twice_in_the_catalogue(messages: list[Message]) -> None:
    assert len({(message.key.context, message.key.one) for message in messages}) == len(messages)


def test_every_text_is_translated_and_none_is_a_guess(messages: list[Message]) -> None:
    bad = [m.key for m in messages if len(m.strings) != 1 or not m.strings[0].strip() or "fuzzy" in m.flags]
    assert bad == [], REMEDY


def test_a_translation_keeps_placeholders_commands_and_units(messages: list[Message]) -> None:
    for message in messages:
        # Indonesian readers know the key that is waited for as an API key.
        added = Counter({"API": message.strings[0].count("kunci API")})
        kept = Counter(_KEPT.findall(message.strings[0])) - added
        assert kept == Counter(_KEPT.findall(message.key.many or message.key.one)), message


def test_a_translation_ends_as_its_text_does(messages: list[Message]) -> None:
    ends = [m.key.one for m in messages if m.key.one.endswith(".") != m.strings[0].endswith(".")]
    assert ends == []


def _compiled_key(key: Key) -> str | tuple[str, int]:
    text = f"{key.context}\x04{key.one}" if key.context else key.one
    return (text, 0) if key.many else text


def test_the_compiled_catalogue_holds_exactly_the_written_one(messages: list[Message]) -> None:
    with MO.open("rb") as file:
        compiled: dict[Any, str] = dict(vars(GNUTranslations(file))["_catalog"])
    compiled.pop("")
    assert compiled == {_compiled_key(message.key): message.strings[0] for message in messages}, REMEDY


def test_the_catalogue_names_no_machine_and_no_day() -> None:
    text = PO.read_text(encoding="utf-8")
    assert re.findall(r"^#[:~].*|^.*(?:-Date|Last-Translator|Generator).*", text, re.MULTILINE) == [], REMEDY


@pytest.mark.parametrize(
    "line", ["f\"{_('a')} b\"", "_(name)", "_(f'{name} leads')", "ngettext('a', name, 2)", "_()"]
)
def test_a_mark_that_would_not_be_found_is_refused(line: str) -> None:
    source = f"from django.utils.translation import gettext as _, ngettext\nname = 'x'\n{line}\n"
    with pytest.raises(ValueError, match="line 3 marks a text"):
        list(marked_in_python(source))


def test_marks_are_found_in_code_and_in_templates() -> None:
    source = "from django.utils.translation import gettext as _, ngettext as n\n_('a' 'b')\nn('c', 'd', 2)\n"
    assert list(marked_in_python(source)) == [Key("ab"), Key("c", "d")]
    template = Engine.get_default().from_string(
        '{% load i18n %}{% if x %}{% translate "e" as y %}{% endif %}'
        "{% blocktranslate count n=x %}{{ n }} f{% plural %}{{ n }} g{% endblocktranslate %}"
    )
    assert list(marked_in_template(template)) == [Key("e"), Key("%(n)s f", "%(n)s g")]


def test_every_stage_of_a_round_has_a_word() -> None:
    assert tuple(STAGE_WORDS) == STAGES


def test_sentences_of_the_api_stay_english() -> None:
    with translation.override("id"):
        assert reason_sentence("late").startswith("Tidak ada jawaban")
        body = encode(1, lambda: {"sentence": reason_sentence("late")}).body
    assert b"No answer before the deadline" in body


def heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1]).strip()


@pytest.mark.urls("tests.factories.sample_site")
@pytest.mark.parametrize("name", sorted(HEADLINES))
@pytest.mark.parametrize("accepted", ["id", "id-ID,id;q=0.9,en;q=0.8"])
def test_a_page_is_indonesian_for_who_reads_it(client: Client, name: str, accepted: str) -> None:
    answer = client.get(ADDRESSES[name], headers={"Accept-Language": accepted})
    assert '<html lang="id">' in answer.text
    assert heading(answer.text) == HEADLINES[name][1]
    assert answer.headers["Content-Language"] == "id"


@pytest.mark.urls("tests.factories.sample_site")
@pytest.mark.parametrize("name", sorted(HEADLINES))
@pytest.mark.parametrize("accepted", ["", "en", "en-GB,en;q=0.9,id;q=0.1", "de,fr;q=0.5", "*", "\u2026"])
def test_a_page_is_english_for_everybody_else(client: Client, name: str, accepted: str) -> None:
    answer = client.get(ADDRESSES[name], headers={"Accept-Language": accepted})
    assert '<html lang="en">' in answer.text
    assert heading(answer.text) == HEADLINES[name][0]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_figures_are_the_same_in_both_languages(name: str) -> None:
    english = Counter(_FIGURE.findall(read_page(render_page(PAGES[name]())).text))
    with translation.override("id"):
        indonesian = Counter(_FIGURE.findall(read_page(render_page(PAGES[name]())).text))
    assert indonesian == english


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_marked_text_stays_english_on_an_indonesian_page(name: str, messages: list[Message]) -> None:
    english = {message.key.one for message in messages if message.key.one != message.strings[0]}
    with translation.override("id"):
        words = {word.strip() for word in read_page(render_page(PAGES[name]())).words}
    assert words & english == set()


@pytest.mark.urls("tests.factories.sample_site")
def test_a_page_is_stored_once_a_language(client: Client) -> None:
    english, indonesian = {"Accept-Language": "en"}, {"Accept-Language": "id"}
    first = client.get("/", headers=english)
    other = client.get("/", headers=indonesian)
    again = client.get("/", headers={**english, "If-None-Match": first.headers["ETag"]})
    crossed = client.get("/", headers={**indonesian, "If-None-Match": first.headers["ETag"]})
    assert first.headers["ETag"] != other.headers["ETag"]
    assert (again.status_code, crossed.status_code) == (304, 200)
    assert crossed.content == other.content
    for answer in (first, other, again):
        assert {"Accept-Language", "Accept-Encoding"} <= set(answer.headers["Vary"].split(", "))
