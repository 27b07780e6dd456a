"""Rules as rows, approvals, and the decisions of people, bound to what was decided on."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.permissions import ROLE_NAMES, Role


class Rule(models.Model):
    """A row of the rule table of one kind: the first whose conditions all hold speaks."""

    class Outcome(models.TextChoices):
        APPROVE = "approve", _("Approve at once")
        ASK = "ask", _("Ask people")

    kind = models.CharField(max_length=40)
    position = models.PositiveIntegerField(_("order"))
    name = models.CharField(_("name"), max_length=80)
    reason = models.CharField(
        _("reason"), max_length=300, help_text=_("The sentence people read when this rule speaks.")
    )
    outcome = models.CharField(_("then"), max_length=7, choices=Outcome)
    is_active = models.BooleanField(_("in force"), default=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="a_rule_name_is_used_once")
        ]

    def __str__(self) -> str:
        return self.name


class RuleCondition(models.Model):
    """`fact operator value`; which facts and operators there are, the kind declares."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="conditions")
    fact = models.CharField(_("fact"), max_length=40)
    operator = models.CharField(_("is"), max_length=12)
    value = models.CharField(_("value"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.fact} {self.operator} {self.value}"


class StepShape(models.Model):
    """Who must say yes, how many of them, and by when."""

    position = models.PositiveSmallIntegerField()
    role = models.CharField(_("role"), max_length=20, choices=list(ROLE_NAMES.items()))
    count = models.PositiveSmallIntegerField(_("people"), default=1)

    class Meta:
        abstract = True


class RuleStep(StepShape):
    """A step that a rule asks for."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="steps")
    hours = models.PositiveSmallIntegerField(_("hours to answer"), default=72)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "position"], name="a_rule_has_a_step_once"),
            models.CheckConstraint(name="a_rule_step_asks_somebody", condition=Q(count__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.role}"


class Approval(models.Model):
    """Whether one thing may happen. Its subject's row points here by its `approval` column."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    requested_by = models.ForeignKey("portal.User", models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)
    rule = models.ForeignKey(Rule, models.SET_NULL, null=True, related_name="approvals")
    rule_name = models.CharField(max_length=80, blank=True)
    rule_version = models.PositiveIntegerField(null=True)
    rule_reason = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "due_at"], name="approvals_that_wait"),
            models.Index(fields=["due_at", "-id"], name="approvals_by_deadline"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_pending(self) -> bool:
        return self.status == Approval.Status.PENDING

    @property
    def by_rule(self) -> bool:
        """Approved at once, without a person."""
        return self.status == Approval.Status.APPROVED and not self.asked_people

    def asked(self) -> list["ApprovalStep"]:
        """The steps for the present content; those of earlier contents are void."""
        return [step for step in self.steps.all() if not step.is_void]

    @property
    def asked_people(self) -> bool:
        return bool(self.asked())

    def is_late(self, now: datetime | None = None) -> bool:
        return self.is_pending and self.due_at is not None and self.due_at < (now or timezone.now())


class ApprovalStep(StepShape):
    """A step of one approval, as the rule asked for it when the approval was opened."""

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="steps")
    due_at = models.DateTimeField()
    is_void = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "position"], name="an_approval_has_a_step_once"
            ),
            models.CheckConstraint(
                name="an_approval_step_asks_somebody", condition=Q(count__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.role}"

    @property
    def role_name(self) -> Any:
        return ROLE_NAMES[Role(self.role)]


class Decision(models.Model):
    """One person's word on one content. When the content changes, it no longer counts."""

    class Verdict(models.TextChoices):
        YES = "yes", _("Approved")
        NO = "no", _("Rejected")

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="decisions")
    step = models.ForeignKey(ApprovalStep, models.PROTECT, related_name="decisions")
    decider = models.ForeignKey("portal.User", models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=3, choices=Verdict)
    reason = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    is_void = models.BooleanField(default=False, db_default=False)  # the subject was edited since
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # A person speaks once until it is edited, in whichever step: two steps, two people.
            models.UniqueConstraint(
                fields=["approval", "decider"],
                condition=Q(is_void=False),
                name="a_person_decides_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decider}: {self.verdict}"
