"""A contestant at a venue whose key is planted, opened and used in every way that writes something down."""

from base64 import b64encode
from typing import Final

from accounts.domain.secrets import Keyring, read_keyring
from arena.models import Contestant
from arena.services.switch import turn
from config.venue_keys import venue_credentials
from trading.models import VenueAccount, VenueMismatch
from trading.services import Turn, store_venue_key

MASTER: Final = "the venues' master key"
VENUE_SECRETS: Final = {
    "the venue's key": "canary-venue-key-7Hj-x9",
    "the venue's secret": "canary-venue-secret-3Pq-x9",
    "the venue's password": "canary-venue-password-6Lm-x9",
    MASTER: b64encode(b"master key of the venues, a test").decode().rstrip("="),
}
PARTS: Final = {name: VENUE_SECRETS[f"the venue's {name}"] for name in ("secret", "password")}


def venue_keyring() -> Keyring:
    """Return the master key of the venues."""
    return read_keyring(f"venues:{VENUE_SECRETS[MASTER]}=")


def keep_a_venues_key() -> None:
    """Bind a contestant to a venue, keep and open its key, find a difference, stop it and start it again."""
    seat = Contestant.objects.get(slug="scoring")
    account = seat.account_id
    VenueAccount.objects.create(
        account_id=account, feed=seat.season_id, venue="weex", profile="live", created_wall_ms=0
    )
    parts = {"apiKey": VENUE_SECRETS["the venue's key"], **PARTS}
    store_venue_key(account, "weex", parts, "boss@example.org", 1)
    assert venue_credentials(account, "weex") == parts
    VenueMismatch.objects.create(
        id="a" * 32, account_id=account, kind="money", ours=1, theirs=2, found_wall_ms=1
    )
    turn(Turn(account, "flatten", "a test", "boss@example.org", 1))
    turn(Turn(account, "active", "a test", "boss@example.org", 2))
