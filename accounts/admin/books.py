"""People and money. The books can be read here and nowhere be written."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import JournalEntry, LedgerAccount, Posting, TradingAccount, User
from kernel.time import iso_utc
from kernel.units import format_units


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg] # only the stubs make it generic
    """Asks for an e-mail address where Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        """Return the address in the one form in which it is stored and compared."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(StockUserAdmin):  # type: ignore[type-arg] # as above
    """People: create, rename, deactivate, let in."""

    add_form = UserCreationForm
    ordering = ("email",)
    list_display = ("email", "display_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "display_name")
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),
    )
    readonly_fields = ("last_login", "date_joined")


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """Rows that the product writes and people only look at."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's
        """Refuse: rows come from services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's
        """Refuse: books are corrected by a reversing entry."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's
        """Refuse: nothing of the books is ever deleted."""
        return False


@admin.register(TradingAccount)
class TradingAccountAdmin(ReadOnlyAdmin):
    """Whose money it is."""

    list_display = ("name", "kind", "owner", "opened")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("name", "id")

    @admin.display(description="opened (UTC)", ordering="created_ms")
    def opened(self, account: TradingAccount) -> str:
        """Return when the account was opened."""
        return iso_utc(account.created_ms)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """Balances."""

    list_display = ("owner", "code", "asset", "amount")
    list_filter = ("code", "asset")
    list_select_related = ("account",)
    search_fields = ("account__name", "account__id")

    @admin.display(description="account", ordering="account__name")
    def owner(self, column: LedgerAccount) -> str:
        """Return whose column it is."""
        return str(column.account or "house")

    @admin.display(description="balance", ordering="balance")
    def amount(self, column: LedgerAccount) -> str:
        """Return the balance as a decimal number."""
        return format_units(column.balance)


class PostingInline(admin.TabularInline):  # type: ignore[type-arg] # as above
    """The lines of an entry."""

    model = Posting
    fields = ("ledger_account", "decimal")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's
        """Refuse: a line is booked with its entry."""
        return False

    @admin.display(description="amount")
    def decimal(self, posting: Posting) -> str:
        """Return the amount as a decimal number."""
        return format_units(posting.amount)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """What was booked."""

    list_display = ("reference", "kind", "booked")
    list_filter = ("kind",)
    search_fields = ("reference__startswith",)
    inlines = (PostingInline,)

    @admin.display(description="market time (UTC)", ordering="market_ms")
    def booked(self, entry: JournalEntry) -> str:
        """Return the market time of the event."""
        return iso_utc(entry.market_ms)
