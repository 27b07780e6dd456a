"""Accounts, where they stand, and since when."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models.ou import OrganizationalUnit
from accounts.words import ACCOUNT_ENVIRONMENTS, AccountState, DataClass
from portal.permissions import Action, Place, Scope, grants


class Accounts(models.QuerySet["Account"]):
    def here(self) -> "Accounts":
        """Accounts that AWS still shows."""
        return self.filter(gone_at__isnull=True)

    def visible_to(self, user: Any, action: Action = Action.ACCOUNT_VIEW) -> "Accounts":
        """Only those the matrix lets this person see."""
        return self.filter(scope_filter(user, action)).distinct() if _narrow(user, action) else self

    def of(self, user: Any) -> "Accounts":
        """Owned, deputised, or of one of the person's teams."""
        return self.filter(own_filter(user))


def own_filter(user: Any) -> Q:
    return Q(owner=user) | Q(deputy=user) | Q(team__in=user.team_ids)


def _narrow(user: Any, action: Action) -> bool:
    return not any(scope is Scope.ALL and not target for scope, target in grants(user, action))


def scope_filter(user: Any, action: Action) -> Q:
    """The person's scope as a condition on accounts: own ones, and those under bound targets."""
    condition = Q(pk__in=[])
    for scope, target in grants(user, action):
        if scope is Scope.OWN:
            condition |= own_filter(user)
        elif target.startswith(("r-", "ou-")):
            subtree = OrganizationalUnit.objects.filter(path__contains=f"/{target}/")
            condition |= Q(ou__in=subtree)
        elif target.startswith("o-"):
            condition |= Q(connection__organization_id=target)
        else:
            condition |= Q(account_id=target)
    return condition


class Account(models.Model):
    """An AWS account. The first columns follow AWS; the rest is what the portal knows of it."""

    connection = models.ForeignKey("portal.Connection", models.PROTECT, related_name="accounts")
    account_id = models.CharField(_("account id"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=50)
    email = models.CharField(_("e-mail"), max_length=64)
    state = models.CharField(_("state"), max_length=20, choices=AccountState)
    ou = models.ForeignKey(
        OrganizationalUnit, models.PROTECT, null=True, related_name="accounts", verbose_name=_("OU")
    )
    is_management = models.BooleanField(default=False)
    joined_method = models.CharField(max_length=10, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True)
    tags = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(db_default=models.functions.Now())
    missed_at = models.DateTimeField(null=True)  # not seen by one complete pass; gone by a second
    gone_at = models.DateTimeField(null=True)

    owner = models.ForeignKey(
        "portal.User", models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    deputy = models.ForeignKey(
        "portal.User", models.SET_NULL, null=True, related_name="+", verbose_name=_("deputy")
    )
    team = models.ForeignKey(
        "portal.Team", models.SET_NULL, null=True, related_name="+", verbose_name=_("team")
    )
    environment = models.CharField(
        _("environment"), max_length=12, choices=ACCOUNT_ENVIRONMENTS, blank=True, db_default=""
    )
    workload = models.CharField(_("workload"), max_length=40, blank=True, db_default="")
    cost_centre = models.CharField(_("cost centre"), max_length=20, blank=True, db_default="")
    data_class = models.CharField(
        _("data classification"), max_length=12, choices=DataClass, blank=True, db_default=""
    )
    expires_on = models.DateField(_("expires on"), null=True)

    objects = Accounts.as_manager()

    class Meta:
        ordering = ["name", "account_id"]
        constraints = [
            models.CheckConstraint(
                name="an_account_id_has_12_digits", condition=Q(account_id__regex=r"^\d{12}$")
            )
        ]
        indexes = [
            models.Index(fields=["name", "account_id"], name="accounts_by_name"),
            models.Index(fields=["owner"], name="accounts_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.account_id})"

    def get_absolute_url(self) -> str:
        return reverse("accounts:account-detail", args=[self.account_id])

    def belongs_to(self, user: Any) -> bool:
        return user.pk in (self.owner_id, self.deputy_id) or self.team_id in user.team_ids

    def place(self) -> Place:
        ous = self.ou.ancestor_ids if self.ou else ()
        return Place(self.connection.organization_id, ous, self.account_id)


class _AccountRange(Func):
    """[account, account]: equality for a core GiST index, without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"


class Placement(models.Model):
    """Which OU an account was in, from when until when. No two at once, the database sees to it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="placements")
    ou = models.ForeignKey(OrganizationalUnit, models.PROTECT, related_name="placements")
    during = DateTimeRangeField()

    class Meta:
        ordering = ["account", "-during"]
        constraints = [
            ExclusionConstraint(
                name="an_account_is_in_one_ou_at_a_time",
                expressions=[
                    (
                        _AccountRange(
                            Cast("account_id", models.BigIntegerField()),
                            Cast("account_id", models.BigIntegerField()),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.ou}"


class DelegatedAdministrator(models.Model):
    """A member account that administers an AWS service for the organisation."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="delegations")
    service_principal = models.CharField(max_length=128)
    since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["service_principal"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "service_principal"], name="a_service_is_delegated_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_principal} → {self.account}"


class OrganisationChange(models.Model):
    """One thing that was different when AWS was read again."""

    class Kind(models.TextChoices):
        ACCOUNT_ADDED = "account_added", _("Account appeared")
        ACCOUNT_MOVED = "account_moved", _("Account moved")
        ACCOUNT_CHANGED = "account_changed", _("Account changed")
        ACCOUNT_GONE = "account_gone", _("Account left")
        OU_ADDED = "ou_added", _("OU appeared")
        OU_CHANGED = "ou_changed", _("OU changed")
        OU_GONE = "ou_gone", _("OU gone")

    sync = models.ForeignKey("portal.SyncRun", models.CASCADE, null=True, related_name="+")
    connection = models.ForeignKey("portal.Connection", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="changes")
    ou = models.ForeignKey(OrganizationalUnit, models.CASCADE, null=True, related_name="changes")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=models.functions.Now(), db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.account or self.ou}"
