"""Agent specifications: what decides, in which version. Rows are never updated or deleted."""

from django.db import models

from store.fields import IdField


class AgentSpec(models.Model):
    """One immutable version of a decider. ``config`` is canonical bytes; its hash is part of the id."""

    id = IdField(primary_key=True)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    config = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="spec_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
