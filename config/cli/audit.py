"""Check the invariants of the books and of every season; name the first break and exit with 1.

Each invariant has the name it bears in docs/algorithms/audit.md.
"""

from argparse import ArgumentParser
from typing import Any

from arena.selectors.audit import Finding, audit
from config.cli.report import print_json, print_line
from config.database import prepare_database
from config.refusal import FAILED_CHECK, OK
from store.reading import one_moment


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--all", action="store_true", help="go on after the first break")


def run(options: dict[str, Any]) -> int:
    """Look at everything; stop at the first break unless asked to go on."""
    prepare_database()
    findings: list[Finding] = []
    with one_moment():
        for finding in audit():
            findings.append(finding)
            if not options["json"]:
                print_line(_sentence(finding))
            if finding.problem and not options["all"]:
                break
    broken = [finding for finding in findings if finding.problem]
    if options["json"]:
        first = _sentence(broken[0]) if broken else ""
        print_json({"ok": not broken, "checked": len(findings), "first_break": first})
    return FAILED_CHECK if broken else OK


def _sentence(finding: Finding) -> str:
    where = f"{finding.season} " if finding.season else ""
    return f"{where}{finding.invariant}: {finding.problem or 'holds'}"
