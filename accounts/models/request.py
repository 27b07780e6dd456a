"""Requests: somebody's wish for an AWS account, from the first draft to the delivered account."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.words import DataClass, Environment, NetworkWish
from portal.errors import Conflict
from portal.permissions import Action, Place, Scope, grants


class AccountRequests(models.QuerySet["AccountRequest"]):
    def visible_to(self, user: Any, action: Action = Action.REQUEST_VIEW) -> "AccountRequests":
        """Own ones, and where the role sees all, all that were submitted: drafts are private."""
        condition = Q(pk__in=[])
        for scope, target in grants(user, action):
            if scope is Scope.OWN:
                condition |= own_filter(user)
            elif not target:
                condition |= ~Q(status=AccountRequest.Status.DRAFT) | own_filter(user)
            else:
                condition |= (
                    Q(connection__organization_id=target) | Q(ou__path__contains=f"/{target}/")
                ) & ~Q(status=AccountRequest.Status.DRAFT)
        return self.filter(condition)

    def waiting(self) -> "AccountRequests":
        return self.filter(status=AccountRequest.Status.SUBMITTED)


def own_filter(user: Any) -> Q:
    seen_by_team = Q(team__in=user.team_ids) | Q(owner=user) | Q(deputy=user)
    return Q(requester=user) | (seen_by_team & ~Q(status=AccountRequest.Status.DRAFT))


class AccountRequest(models.Model):
    """What was asked for, what was decided, and what AWS answered on the way."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for a decision")
        APPROVED = "approved", _("Being made")
        DELIVERED = "delivered", _("Delivered")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CANCELLED = "cancelled", _("Cancelled")

    OVER = (Status.REJECTED, Status.WITHDRAWN, Status.CANCELLED)

    requester = models.ForeignKey("portal.User", models.PROTECT, related_name="requests")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    # What is asked for. Blank while it is a draft; forms say what is missing.
    connection = models.ForeignKey(
        "portal.Connection",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    workload = models.CharField(_("workload"), max_length=30, blank=True)
    purpose = models.TextField(_("purpose"), max_length=1000, blank=True)
    environment = models.CharField(_("environment"), max_length=12, choices=Environment, blank=True)
    team = models.ForeignKey(
        "portal.Team",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
    )
    owner = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    deputy = models.ForeignKey(
        "portal.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deputy"),
    )
    cost_centre = models.CharField(_("cost centre"), max_length=20, blank=True)
    data_class = models.CharField(
        _("data classification"), max_length=12, choices=DataClass, blank=True
    )
    regions = ArrayField(
        models.CharField(max_length=30), verbose_name=_("regions"), default=list, blank=True
    )
    network = models.CharField(_("network"), max_length=10, choices=NetworkWish, blank=True)
    budget_usd = models.DecimalField(
        _("monthly budget (USD)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    access_group = models.CharField(_("access group"), max_length=100, blank=True)
    permission_set = models.CharField(_("permission set"), max_length=32, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    # What the rules chose at submission; chosen once, never again.
    ou = models.ForeignKey(
        "accounts.OrganizationalUnit", models.PROTECT, null=True, related_name="+"
    )
    account_name = models.CharField(_("account name"), max_length=50, blank=True)
    email = models.CharField(_("account e-mail"), max_length=64, blank=True)
    marker = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    approval = models.OneToOneField("portal.Approval", models.PROTECT, null=True, related_name="+")
    run = models.OneToOneField("portal.Run", models.PROTECT, null=True, related_name="+")

    # What AWS answered, saved the moment it was known.
    attempt_started_at = models.DateTimeField(null=True)
    creation_id = models.CharField(max_length=50, blank=True)
    account_id = models.CharField(max_length=12, blank=True)
    baseline_operations = models.JSONField(default=dict)  # StackSet name → OperationId
    assignment_id = models.CharField(max_length=50, blank=True)
    has_budget = models.BooleanField(default=False)

    objects = AccountRequests.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "-id"], name="requests_by_status"),
            models.Index(fields=["requester", "-id"], name="requests_by_requester"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="no_email_is_used_twice",
                condition=~Q(email=""),
            ),
            models.UniqueConstraint(
                Lower("account_name"),
                name="no_account_name_is_asked_for_twice",
                condition=~Q(account_name="")
                & ~Q(status__in=["rejected", "withdrawn", "cancelled"]),
            ),
            models.CheckConstraint(
                name="a_delivered_request_has_an_account",
                condition=~Q(status="delivered") | Q(account_id__regex=r"^\d{12}$"),
            ),
            models.UniqueConstraint(
                fields=["account_id"], condition=~Q(account_id=""), name="one_account_per_request"
            ),
            models.CheckConstraint(
                name="nothing_is_made_without_an_approval",
                condition=Q(run__isnull=True) | Q(approval__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.account_name or self.workload or f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:request-detail", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.status == AccountRequest.Status.DRAFT

    @property
    def is_changeable(self) -> bool:
        return self.status in (AccountRequest.Status.DRAFT, AccountRequest.Status.SUBMITTED)

    def belongs_to(self, user: Any) -> bool:
        if self.requester_id == user.pk:
            return True
        insider = user.pk in (self.owner_id, self.deputy_id) or self.team_id in user.team_ids
        return insider and not self.is_draft

    def place(self) -> Place:
        organisation = self.connection.organization_id if self.connection else ""
        return Place(organisation, self.ou.ancestor_ids if self.ou else ())

    def move(self, *, start: str, end: str, **changes: Any) -> None:
        """Change status in one UPDATE; Conflict when somebody was faster."""
        mine = AccountRequest.objects.filter(pk=self.pk, status=start)
        if not mine.update(status=end, **changes):
            raise Conflict(_("This request has moved on in the meantime."))
        self.refresh_from_db()


class RequestComment(models.Model):
    """A line in the talk beside a request."""

    request = models.ForeignKey(AccountRequest, models.CASCADE, related_name="comments")
    author = models.ForeignKey("portal.User", models.PROTECT, related_name="+")
    text = models.TextField(_("comment"), max_length=2000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]
