"""What is said of thinking, held against the calls and the tape it comes from."""

import json
from collections import Counter
from dataclasses import replace

from agents.selectors.calls import recount_tallies, tallies
from agents.selectors.tape import tape_lines
from arena.domain.answers import FORCED
from arena.models import Contestant, Season, Turn
from kernel.canonical import GENESIS, sha256_hex


def count_turns_of(contestant_id: str) -> Counter[str]:
    """Return how many turns a contestant had, how many were forced holds, and what could not be read."""
    found: Counter[str] = Counter()
    rows = Turn.objects.filter(contestant_id=contestant_id)
    for outcome, rejections, answered in rows.values_list("outcome", "rejections", "answer_sha256"):
        found["turns"] += 1
        found["forced_holds"] += outcome == FORCED
        found["format_failures"] += len(rejections.split()) or int(bool(answered) and outcome == FORCED)
    return found


def thinking_equals_the_calls(season: Season) -> str | None:
    """P3: tokens, costs and figures of every contestant are what its calls add up to."""
    stated, counted = tallies(season.id), recount_tallies(season.id)
    for row in Contestant.objects.filter(season=season).order_by("position"):
        stands, given = stated.get(row.id), counted.get(row.id)
        # Which call had no price is not kept with the call: the count of those is taken as it stands.
        if (stands and replace(stands, unpriced=0)) != (given and replace(given, unpriced=0)):
            return f"the thinking of {row.slug} stands at {stands}, but its calls give {given}"
    return None


def tape_is_unbroken(season: Season) -> str | None:
    """R2: every line of the tape of models names the hash of the line before it."""
    previous = GENESIS
    for number, body in enumerate(tape_lines(season.id), start=1):
        if json.loads(body).get("prev_sha256") != previous:
            return f"line {number} of the tape does not follow from the line before it"
        previous = sha256_hex(body)
    return None
