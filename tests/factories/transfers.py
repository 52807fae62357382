"""A process that moves money: started several times at once by a test, against the database of that test.

Arguments: its number, how many transfers, and the two accounts, between which it moves one unit to and fro.
"""

import os
import sys

import django
from django.db import transaction


def main(worker: int, count: int, accounts: tuple[str, str]) -> None:
    """Book transfers of one unit, three entries a transaction, in alternating directions."""
    # Django must be set up before models can be imported.
    from accounts.domain.ledger import EntryDraft, Line  # noqa: PLC0415 - as above
    from accounts.services import record_entries  # noqa: PLC0415 - as above

    for number in range(count):
        giver, taker = accounts if (number + worker) % 2 else accounts[::-1]
        reference = f"w{worker}:{number}"
        pay = (
            Line(giver, "available", "USDT", -3),
            Line(taker, "available", "USDT", 2),
            Line("", "fees", "USDT", 1),
        )
        hold = Line(giver, "available", "USDT", -1), Line(giver, "reserved", "USDT", 1)
        fund = Line("", "funding", "USDT", -1), Line(taker, "reserved", "USDT", 1)
        drafts = [
            EntryDraft(f"{reference}:{kind}", kind, number, lines)
            for kind, lines in (("pay", pay), ("hold", hold), ("fund", fund))
        ]
        with transaction.atomic():
            record_entries(drafts)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]), (sys.argv[3], sys.argv[4]))
