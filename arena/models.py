"""Tables of the contest: seasons, contestants, rounds, turns, equity and standings."""

from django.db import models

from accounts.models import TradingAccount
from agents.models import AgentSpec
from store.fields import AmountField, HashField, IdField, PositiveAmountField


class Season(models.Model):
    """One contest under one rule book. ``status``: 'running', 'paused' or 'finished'.

    ``settled_ms`` is the compare-and-swap cursor of step 0; ``version`` counts what was published.
    """

    id = IdField(primary_key=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=10)
    ranked = models.BooleanField(default=True)
    seed = models.BigIntegerField()
    market_spec = models.CharField(max_length=500)
    market_kind = models.CharField(max_length=10)
    market_label = models.CharField(max_length=160)
    market_sha256 = HashField(blank=True)
    """Hash of a recording, so that a season is never gone on with on other data; empty for other markets."""
    bar_ms = models.BigIntegerField()
    clock = models.CharField(max_length=6)
    speed = models.PositiveIntegerField(default=1)
    anchor_market_ms = models.BigIntegerField()
    anchor_wall_ms = models.BigIntegerField()
    interval_ms = models.BigIntegerField()
    starting_capital = PositiveAmountField()
    rulebook_sha256 = HashField()
    proof = models.CharField(max_length=10, default="none")
    first_slot = models.BigIntegerField()
    last_slot = models.BigIntegerField(null=True)
    rounds_closed = models.PositiveIntegerField(default=0)
    round_open = models.BooleanField(default=False)
    """True from a slot's opening to its close: a scaled clock stands still meanwhile."""
    settled_ms = models.BigIntegerField()
    version = models.BigIntegerField(default=0)
    replay_head = HashField()
    created_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class RuleBookVersion(models.Model):
    """A rule book a season was or is played under; its bytes are a blob in trading."""

    id = IdField(primary_key=True)
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    sha256 = HashField()
    from_slot = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["season", "version"], name="rules_version_once")]

    def __str__(self) -> str:
        return f"{self.season_id} rules v{self.version}"


class Contestant(models.Model):
    """An agent with its own money in one season.

    ``status``: 'playing', 'waiting_for_key', 'paused' or 'retired'.
    """

    id = IdField(primary_key=True)
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=60)
    subtitle = models.CharField(max_length=60, blank=True)
    spec = models.ForeignKey(AgentSpec, on_delete=models.PROTECT, related_name="+")
    replica = models.PositiveIntegerField(default=0)
    account = models.OneToOneField(TradingAccount, on_delete=models.PROTECT, related_name="+")
    profile = models.CharField(max_length=12, default="moderate")
    status = models.CharField(max_length=16)
    baseline = models.BooleanField(default=False)
    derived = models.BooleanField(db_default=False)
    """True for one that decides from the others' answers, after them."""
    division = models.CharField(max_length=8, db_default="main")
    """'main'; 'custom' with a prompt of its own; 'live' at a real venue, a testnet too: ranked apart."""
    capital = PositiveAmountField(db_default=0)
    """What its figures start from, for one at a real venue: the wallet at binding; 0 for the season's."""
    bound_round = models.PositiveIntegerField(db_default=0)
    """Rounds that were closed when it was bound to a venue: its points up to there enter no figure."""
    position = models.PositiveIntegerField()
    """Place in the roster: fixes order of display, colour and dash."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["season", "slug"], name="contestant_slug_once"),
            models.UniqueConstraint(fields=["season", "spec", "replica"], name="replica_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """One slot of a season. ``stage`` moves along arena.domain.stages; ``epoch`` fences a lost worker."""

    id = IdField(primary_key=True)
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="+")
    slot = models.BigIntegerField()
    number = models.PositiveIntegerField()
    market_ms = models.BigIntegerField()
    stage = models.CharField(max_length=10)
    epoch = models.PositiveIntegerField(default=0)
    lease_until_ms = models.BigIntegerField(default=0)
    snapshot_sha256 = HashField(blank=True)
    report_digest = HashField(blank=True)
    """Digest of the price report that belongs to the snapshot (oracle.domain.report)."""
    book_sha256 = HashField(blank=True)
    rulebook_sha256 = HashField(blank=True)
    receipt_state = models.CharField(max_length=12, blank=True)
    receipt_root = HashField(blank=True)
    held_reason = models.CharField(max_length=40, blank=True)
    replay_hash = HashField(blank=True)
    settled_ms = models.BigIntegerField(default=0)
    """How far time was settled when the round closed: exits up to here precede it in the replay chain."""
    opened_wall_ms = models.BigIntegerField()
    closed_wall_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["season", "slot"], name="one_round_a_slot"),
            models.UniqueConstraint(fields=["season", "number"], name="round_number_once"),
        ]
        indexes = [
            models.Index(fields=["season"], name="round_unfinished", condition=~models.Q(stage="closed")),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"


class Turn(models.Model):
    """One contestant's part in one round. ``outcome``: 'decided', 'held' (chosen) or 'forced_hold'."""

    id = IdField(primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", db_index=False)
    contestant = models.ForeignKey(Contestant, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=40)
    """Code of a forced hold; empty otherwise."""
    summary = models.CharField(max_length=600)
    answer_sha256 = HashField(blank=True)
    latency_us = models.BigIntegerField()
    """Wall time of the answer; never hashed."""
    rejections = models.CharField(max_length=1200, blank=True, db_default="")
    """Void items of a readable answer, as 'index:code' separated by blanks."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "contestant"], name="one_turn_a_round"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class EquityPoint(models.Model):
    """Equity of one contestant at the close of one round, at the execution book's marks."""

    id = models.BigAutoField(primary_key=True)
    contestant = models.ForeignKey(Contestant, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    market_ms = models.BigIntegerField()
    equity = AmountField()
    division = models.CharField(max_length=8, blank=True, db_default="")
    """In which it was ranked; '' for points from before it was kept."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contestant", "number"], name="one_point_a_round"),
        ]

    def __str__(self) -> str:
        return f"{self.contestant_id} {self.number}"


class Standing(models.Model):
    """One contestant's running figures: aggregates that make the board a sorted read.

    Each is derived again from the equity curve and the books by ``arena audit``; arena.domain.standings
    says how. ``marked_equity`` is the live figure between rounds and enters no aggregate.
    """

    contestant = models.OneToOneField(
        Contestant, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    points = models.PositiveIntegerField(default=0)
    equity = AmountField()
    peak = AmountField()
    max_drawdown = PositiveAmountField(default=0)
    sum_return = models.BigIntegerField(default=0)
    sum_return_squared = models.BigIntegerField(default=0)
    sum_downside_squared = models.BigIntegerField(default=0)
    fees = PositiveAmountField(default=0)
    realised = AmountField(default=0)
    turnover = PositiveAmountField(default=0)
    orders = models.PositiveIntegerField(default=0)
    opens = models.PositiveIntegerField(default=0)
    sum_leverage = models.BigIntegerField(default=0)
    sum_size = models.BigIntegerField(default=0)
    sum_hold_ms = models.BigIntegerField(default=0)
    trades = models.PositiveIntegerField(default=0)
    wins = models.PositiveIntegerField(default=0)
    turns = models.PositiveIntegerField(default=0)
    forced_holds = models.PositiveIntegerField(default=0)
    format_failures = models.PositiveIntegerField(db_default=0)
    """Answers that could not be read, and void items of those that could."""
    denials = models.PositiveIntegerField(default=0)
    funding = AmountField(db_default=0)
    """Funding received over the season; paid is negative."""
    day_start_ms = models.BigIntegerField(default=0)
    day_start_equity = AmountField(default=0)
    marked_equity = AmountField()
    marked_ms = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["season", "rank"], name="standing_order")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.contestant_id}"
