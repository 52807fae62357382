"""Strategies people wrote or had written, and errands the runner does for a face."""

from django.db import models

from store.fields import HashField, IdField


class Strategy(models.Model):
    """A declarative strategy in the library: a document somebody wrote, or a model wrote from a sentence.

    ``status``: 'draft', 'active' or 'retired'. The document never changes; a change is a next version.
    """

    id = IdField(primary_key=True)
    name = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    sentence = models.CharField(max_length=1000, blank=True)
    document = models.BinaryField()
    sha256 = HashField()
    status = models.CharField(max_length=8)
    author = models.CharField(max_length=160)
    created_wall_ms = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "strategies"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="strategy_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Errand(models.Model):
    """Something a face asked for that needs a provider: the runner does it. No secret ever stands in it.

    ``kind``: 'test_model' or 'draft_strategy'. ``state``: 'waiting', 'running', 'done' or 'failed'.
    """

    id = IdField(primary_key=True)
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=8)
    request = models.BinaryField()
    result = models.BinaryField()
    asked_by = models.CharField(max_length=160)
    created_wall_ms = models.BigIntegerField()
    started_wall_ms = models.BigIntegerField(null=True)
    done_wall_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "created_wall_ms"], name="errand_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
