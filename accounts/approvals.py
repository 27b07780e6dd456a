"""The kind of approval that accounts have: the account request, and its facts for rules."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import Account, AccountRequest
from accounts.plans import VEND
from accounts.services.requests import EDITABLE, KIND
from accounts.words import DataClass, Environment, NetworkWish
from portal.approvals.kinds import Fact, FactType, Kind, offer
from portal.approvals.models import Approval
from portal.audit import words
from portal.flow import runs
from portal.flow.said import said
from portal.people.models import Team
from portal.permissions import Action

FACTS = {
    "environment": Fact(_("Environment"), FactType.CHOICE, dict(Environment.choices)),
    "data_class": Fact(_("Data classification"), FactType.CHOICE, dict(DataClass.choices)),
    "network": Fact(_("Network"), FactType.CHOICE, dict(NetworkWish.choices)),
    "budget_usd": Fact(_("Monthly budget"), FactType.NUMBER, unit="USD"),
    "lifetime_days": Fact(_("Lifetime"), FactType.NUMBER, unit=_("days")),
    "region_count": Fact(_("Number of regions"), FactType.NUMBER),
    "team": Fact(_("Team"), FactType.TEXT),
    "team_accounts": Fact(_("Accounts the team has"), FactType.NUMBER),
    "administrator": Fact(_("Asks for administrator access"), FactType.YES_NO),
}


def facts_of(request: AccountRequest) -> dict[str, Any]:
    """The facts of a request, also of one not saved; None where it can't be told yet."""
    lifetime = (request.expires_on - timezone.localdate()).days if request.expires_on else None
    team = request.team
    return {
        "environment": request.environment or None,
        "data_class": request.data_class or None,
        "network": request.network or None,
        "budget_usd": request.budget_usd,
        "lifetime_days": lifetime,
        "region_count": len(request.regions),
        "team": team.slug if team else None,
        "team_accounts": _accounts_of(team) if team else None,
        "administrator": request.permission_set == "AdministratorAccess",
    }


def _accounts_of(team: Team) -> int:
    """The team's accounts, and those being made for it: many asked for at once count one by one."""
    accounts = Account.objects.here().filter(team=team)
    being_made = AccountRequest.objects.filter(team=team, status=AccountRequest.Status.APPROVED)
    known = accounts.values("account_id")
    return accounts.count() + being_made.exclude(account_id__in=known).count()


def content_of(request: AccountRequest) -> dict[str, Any]:
    """Everything that was looked at: what was asked, and the name, address and OU chosen for it."""
    asked = {name: _plain(getattr(request, _column(request, name))) for name in EDITABLE}
    chosen = {"ou": request.ou_id, "account_name": request.account_name, "email": request.email}
    return {"request": request.pk, "requester": request.requester_id, **asked, **chosen}


def _column(request: AccountRequest, name: str) -> str:
    return str(AccountRequest._meta.get_field(name).attname)  # type: ignore[union-attr]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | list):
        return value
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


def approved(request: AccountRequest, approval: Approval) -> None:
    """Start making the account; when a confirmed approval finds a stopped run, walk that on."""
    Status = AccountRequest.Status
    if request.run is not None:
        runs.resume(request.run)
        return
    title = said(gettext_noop("Make account %(name)s"), name=request.account_name)
    reason = approval.rule_reason if approval.by_rule else request.purpose
    run = runs.start(VEND, actor=request.requester, title=title, reason=reason, approval=approval)
    request.move(start=Status.SUBMITTED, end=Status.APPROVED, run=run)


def rejected(request: AccountRequest, approval: Approval) -> None:
    request.move(start=AccountRequest.Status.SUBMITTED, end=AccountRequest.Status.REJECTED)


words.offer(
    {
        "account_deliver": _("Account handed over"),
        "request_submit": _("Request submitted"),
        "request_withdraw": _("Request withdrawn"),
        "request_delete_draft": _("Draft deleted"),
    }
)
offer(
    Kind(
        key=KIND,
        title=_("Account requests"),
        subject="accounts.AccountRequest",
        decide=Action.REQUEST_DECIDE,
        facts=FACTS,
        facts_of=facts_of,
        content_of=content_of,
        approved=approved,
        rejected=rejected,
    )
)
