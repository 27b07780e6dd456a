"""How fresh the portal's picture of AWS is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SyncRun(models.Model):
    """One pass of a source over a connection, with what it cost and what it found."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETE = "complete", _("Complete")
        PARTIAL = "partial", _("Partial: nothing was removed")
        FAILED = "failed", _("Failed")

    source = models.CharField(max_length=30)
    connection = models.ForeignKey("portal.Connection", models.CASCADE, related_name="syncs")
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    price_usd = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "connection", "-id"], name="syncs_by_source")]

    def __str__(self) -> str:
        return f"{self.source} {self.connection_id} {self.status}"
