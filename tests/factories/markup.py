"""Reads a page's HTML the way its readers do: what is text, what is a link, what would run."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Reading(HTMLParser):
    """What was found in a page."""

    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    _within: str = ""

    def __post_init__(self) -> None:
        """Start the parser."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and what its attributes do."""
        self.tags.append(tag)
        self._within = tag
        values = dict(attrs)
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.inline.append(f"<{tag}>")
        self.inline.extend(name for name in values if name == "style" or name.startswith("on"))
        for name, found in (("id", self.ids), ("src", self.sources)):
            if values.get(name):
                found.append(str(values[name]))
        if tag == "a":
            self.links.append(str(values.get("href")))
        if tag == "link":
            self.sources.append(str(values.get("href")))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """Everything that is read."""
        return " ".join(self.words)


def read_page(html: str) -> Reading:
    """Return what is in a page."""
    reading = Reading()
    reading.feed(html)
    return reading
