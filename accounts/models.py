"""Tables of people and money. Postings and journal entries are never updated or deleted (store.immutable)."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models

from store.fields import AmountField, IdField


class UserManager(BaseUserManager[Any]):
    """Creates users whose name is their e-mail address."""

    use_in_migrations = True

    def _create(self, email: str, password: str | None, **fields: Any) -> Any:
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Create a member; without a password the account can only be entered by a one-time link."""
        return self._create(email, password, **{"is_staff": False, "is_superuser": False, **fields})

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Create an operator with every permission."""
        return self._create(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractUser):
    """A person who signs in by e-mail address."""

    username = None  # type: ignore[assignment] # the e-mail address is the name
    email = models.EmailField("e-mail address", unique=True)
    display_name = models.CharField(max_length=60, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc,assignment] # AbstractUser's own manager needs a username

    def __str__(self) -> str:
        return self.display_name or self.email


class TradingAccount(models.Model):
    """Whose money a set of ledger accounts is: a contestant's or a person's paper account."""

    id = IdField(primary_key=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class LedgerAccount(models.Model):
    """One column of the books: a code and an asset of a trading account, or of the house (no account).

    ``balance`` caches the sum of the postings; ``check_ledger`` derives it again.
    """

    id = IdField(primary_key=True)
    account = models.ForeignKey(TradingAccount, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    asset = models.CharField(max_length=12)
    balance = AmountField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "code", "asset"], name="ledger_account_once"),
            models.CheckConstraint(
                condition=~models.Q(code__in=["available", "reserved"]) | models.Q(balance__gte=0),
                name="free_and_reserved_money_is_never_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id or 'house'} {self.code} {self.asset}"


class JournalEntry(models.Model):
    """One balanced event of the books. ``reference`` is its natural key: booking it twice is impossible."""

    id = IdField(primary_key=True)
    reference = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    market_ms = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return self.reference


class Posting(models.Model):
    """One line of an entry: an amount to one ledger account. An entry's postings sum to zero per asset."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="+")
    ledger_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    amount = AmountField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.amount} to {self.ledger_account_id}"


class Secret(models.Model):
    """A key at rest, sealed by AES-GCM and bound to this row, column, purpose, owner and host. Write-only.

    ``purpose``: 'provider' (language models) or 'venue' (exchanges). ``owner`` names whose it is, as text.
    """

    id = IdField(primary_key=True)
    purpose = models.CharField(max_length=12)
    owner = models.CharField(max_length=120)
    host = models.CharField(max_length=200, blank=True)
    """The host this key may be sent to; another one clears it."""
    master_key = models.CharField(max_length=24)
    """Id of the master key it is sealed under."""
    sealed = models.BinaryField()
    last4 = models.CharField(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=16)
    changed_wall_ms = models.BigIntegerField()
    checked_wall_ms = models.BigIntegerField(null=True)
    check_state = models.CharField(max_length=12, blank=True)
    """'accepted', 'refused' or empty while nobody has tried."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "owner"], name="one_secret_an_owner")]

    def __str__(self) -> str:
        return f"{self.purpose} key of {self.owner}"
