"""The memory of long work: one row per run, one per step."""

from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.flow import steps
from portal.flow.said import SaidField


class Runs(models.QuerySet["Run"]):
    def active(self) -> "Runs":
        return self.filter(status=Run.Status.ACTIVE)

    def claim(self, run_id: int, *, hold_seconds: float) -> "Run | None":
        """Take the run for `hold_seconds` by the database's clock; None when not due or taken.

        Each claim raises the fence: whoever held the run before can change nothing any more.
        """
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"id": run_id, "hold": hold_seconds})
            claimed = cursor.fetchone()
        return self.get(pk=run_id) if claimed else None

    def due_ids(self, *, limit: int = 500) -> list[int]:
        """Ids of runs that wait to be walked, those waiting longest first."""
        with connection.cursor() as cursor:
            cursor.execute(DUE, {"limit": limit})
            return [row[0] for row in cursor.fetchall()]


FREE = "status = 'active' AND due_at <= now() AND (held_until IS NULL OR held_until <= now())"
CLAIM = f"""
UPDATE portal_run SET held_until = now() + make_interval(secs => %(hold)s), fence = fence + 1
WHERE id = %(id)s AND {FREE} RETURNING id
"""  # noqa: S608 — constants only
DUE = f"SELECT id FROM portal_run WHERE {FREE} ORDER BY due_at LIMIT %(limit)s"  # noqa: S608


class Run(models.Model):
    """One plan on its way for one subject. The subject's row points here by its `run` column."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Needs a person")
        CANCELLED = "cancelled", _("Cancelled")

    plan = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    restart_at = models.PositiveSmallIntegerField(null=True)  # where a retry begins, if earlier
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE, db_index=True)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    held_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    last_error = SaidField(blank=True)
    actor = models.ForeignKey("portal.User", models.PROTECT, related_name="+")
    approval = models.ForeignKey("portal.Approval", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    title = SaidField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = Runs.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="runs_that_wait", condition=Q(status="active"))
        ]

    def __str__(self) -> str:
        return self.title or f"{self.plan} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status == Run.Status.ACTIVE

    @property
    def needs_person(self) -> bool:
        return self.status == Run.Status.FAILED


class RunStep(models.Model):
    """One step of a run: what became of it, how long it took, what AWS answered."""

    class Status(models.TextChoices):
        PENDING = "pending", _("To do")
        RUNNING = "running", _("Working")
        WAITING = "waiting", _("Waiting for AWS")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    tries = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    note = SaidField(blank=True)
    skipped_by = models.ForeignKey("portal.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="a_run_has_a_step_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> Any:
        """What a person reads for the step, from where it was declared."""
        return steps.STEPS[self.name].title if self.name in steps.STEPS else self.name

    @property
    def seconds(self) -> float | None:
        """Time from first look to the end, None while it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()
