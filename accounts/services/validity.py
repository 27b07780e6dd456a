"""What must be right before a request can be submitted: one truth for form and API."""

import re
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountRequest
from accounts.services.naming import names_for, slug
from accounts.words import REGIONS, DataClass, Environment, NetworkWish
from portal.aws.models import Connection

SANDBOX_DAYS = 90
BUDGET_LIMIT_USD = Decimal(1_000_000)
PERMISSION_SETS = ("DeveloperAccess", "ReadOnlyAccess", "AdministratorAccess")
REQUIRED = (
    "connection",
    "workload",
    "purpose",
    "environment",
    "team",
    "owner",
    "deputy",
    "cost_centre",
    "data_class",
    "regions",
    "network",
    "budget_usd",
    "access_group",
    "permission_set",
)
PRINTABLE = re.compile(r"[\x20-\x7E]+")
COST_CENTRE = re.compile(r"[A-Za-z0-9-]{2,20}")
CHOICES = {"environment": Environment, "data_class": DataClass, "network": NetworkWish}

Faults = dict[str, list[str]]


def faults(request: AccountRequest) -> Faults:
    """Field → sentences that say what to do; empty when the request can be submitted."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in REQUIRED:
        value = getattr(request, name)
        if value is None or value == "" or value == []:
            found[name].append(_("This is needed."))
    for check in CHECKS:
        for name, sentence in check(request):
            if name not in found:
                found[name].append(sentence)
    return dict(found)


Sentences = list[tuple[str, str]]


def _connection(request: AccountRequest) -> Sentences:
    if request.connection and request.connection.mode != Connection.Mode.MANAGE:
        return [("connection", _("The portal only observes this organisation; choose another."))]
    return []


def _choices(request: AccountRequest) -> Sentences:
    return [
        (name, _("There is no such choice."))
        for name, choices in CHOICES.items()
        if getattr(request, name) and getattr(request, name) not in choices.values
    ]


def _team(request: AccountRequest) -> Sentences:
    """Asked again at submission: somebody may have left the team since the draft was saved."""
    asks = request.requester if request.requester_id else None
    if asks and request.team_id and request.team_id not in asks.team_ids:
        return [("team", _("You are not in this team."))]
    return []


def _workload(request: AccountRequest) -> Sentences:
    if not request.workload:
        return []
    if not PRINTABLE.fullmatch(request.workload) or len(slug(request.workload)) < 2:
        sentence = _(
            "Use at least two Latin letters or digits, such as “checkout”: the account’s"
            " name and e-mail address are made from it."
        )
        return [("workload", sentence)]
    return []


def _purpose(request: AccountRequest) -> Sentences:
    if request.purpose and len(request.purpose.strip()) < 10:
        return [("purpose", _("Say in a sentence what the account is for."))]
    return []


def _people(request: AccountRequest) -> Sentences:
    found: Sentences = []
    if request.owner_id and request.owner_id == request.deputy_id:
        found.append(("deputy", _("Owner and deputy must be two people.")))
    for name in ("owner", "deputy"):
        person = getattr(request, name)
        if person and (not person.is_active or person.is_system):
            found.append((name, _("This person can’t sign in; choose somebody else.")))
    return found


def _cost_centre(request: AccountRequest) -> Sentences:
    if request.cost_centre and not COST_CENTRE.fullmatch(request.cost_centre):
        return [("cost_centre", _("2 to 20 letters, digits or hyphens, such as CC-1200."))]
    return []


def _regions(request: AccountRequest) -> Sentences:
    if not request.connection:
        return []
    allowed = set(request.connection.governed_regions) & set(REGIONS)
    foreign = [region for region in request.regions if region not in allowed]
    if foreign:
        sentence = _("Not open in this organisation: %(regions)s.") % {
            "regions": ", ".join(foreign)
        }
        return [("regions", sentence)]
    return []


def _budget(request: AccountRequest) -> Sentences:
    budget = request.budget_usd
    if budget is None:
        return []
    if not Decimal(budget).is_finite() or budget < 1 or budget > BUDGET_LIMIT_USD:
        return [("budget_usd", _("Enter an amount in USD between 1 and 1,000,000 per month."))]
    return []


def _access(request: AccountRequest) -> Sentences:
    found: Sentences = []
    if request.team and request.access_group and request.access_group != request.team.access_group:
        found.append(("access_group", _("This is not the team’s group.")))
    if request.permission_set and request.permission_set not in PERMISSION_SETS:
        found.append(("permission_set", _("There is no such permission set.")))
    return found


def _expiry(request: AccountRequest) -> Sentences:
    today = timezone.localdate()
    expires_on = request.expires_on
    if request.environment == Environment.SANDBOX:
        last = today + timedelta(days=SANDBOX_DAYS)
        if expires_on is None:
            return [("expires_on", _("A sandbox needs an end date; it can be extended later."))]
        if expires_on > last:
            sentence = _("A sandbox lives %(days)s days at most, so until %(date)s.")
            return [("expires_on", sentence % {"days": SANDBOX_DAYS, "date": last.isoformat()})]
    if expires_on is not None and expires_on <= today:
        return [("expires_on", _("Choose a day in the future."))]
    return []


def _place(request: AccountRequest) -> Sentences:
    complete = request.connection and request.team and request.workload and request.environment
    if not complete or _workload(request) or _choices(request):
        return []
    names = names_for(request)
    if names.ou is None:
        return [
            (
                "environment",
                _("This organisation has no OU for this environment yet; ask the CCoE for one."),
            )
        ]
    if not names.account_name:
        return [("workload", _("No free account name is left for this; choose another name."))]
    return []


CHECKS = (
    _connection,
    _choices,
    _team,
    _workload,
    _purpose,
    _people,
    _cost_centre,
    _regions,
    _budget,
    _access,
    _expiry,
    _place,
)
