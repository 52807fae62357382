"""The tables of requests in docs/venues.md, from the adapter's own (python -m tests.venues.requests_doc)."""

from pathlib import Path

from trading.adapters.ccxt_live import DIALECTS, open_public
from trading.adapters.ccxt_live.endpoints import WEEX_SIMULATED, Table

DOC = Path(__file__).resolve().parents[2] / "docs" / "venues.md"
BEGIN = "<!-- requests: written by `python -m tests.venues.requests_doc`, compared by tests/venues -->"
END = "<!-- end of requests -->"


def tables() -> str:
    """Return every request of every venue as Markdown."""
    parts = [_section(each.name, venue, each.table) for venue, each in DIALECTS.items()]
    return "\n".join([*parts, _section("WEEX, simulated", "weex", WEEX_SIMULATED)])


def _places(venue: str) -> dict[str, str]:
    """Return where ccxt sends each group of requests, without https://."""
    client = open_public(venue, clock=lambda: 0).tongue.client
    urls = {group: client.implode_hostname(url) for group, url in client.urls["api"].items()}
    return {group: str(url).removeprefix("https://") for group, url in urls.items()}


def _section(name: str, venue: str, table: Table) -> str:
    places = _places(venue)
    lines = [f"### {name} (`{venue}`)", "", "| Request | What for | Signed | Weight |", "|---|---|---|---|"]
    for each in table.values():
        what = f"`{each.method} {places[each.api]}/{each.path}`" + (f" `{each.word}`" if each.word else "")
        lines.append(f"| {what} | {each.purpose} | {'yes' if each.signed else 'no'} | {each.weight} |")
    return "\n".join([*lines, ""])


def rewritten(text: str) -> str:
    """Return the page with its table replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    DOC.write_text(rewritten(DOC.read_text()))
