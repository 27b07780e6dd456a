"""What accounts says on everybody's home page."""

from decimal import Decimal

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Account, AccountRequest
from accounts.selectors import gaps, history, requests
from accounts.words import ACCOUNT_ENVIRONMENTS, AccountState
from portal.people.models import User
from portal.permissions import Action, Role
from portal.ui import money
from portal.ui.cards import Figure, Line, Listing, Section, card

LINES = 5
Status = AccountRequest.Status


@card(
    title=gettext_lazy("My requests"),
    order=10,
    section=Section.WAITING,
    needs=Action.REQUEST_CREATE,
    roles=[Role.DEVELOPER],
)
def my_requests(user: User) -> Listing:
    mine = requests.mine(user)
    return Listing(
        lines=[_request_line(found) for found in mine[:LINES]],
        empty=_("You have not asked for an account yet."),
        href=reverse("accounts:request-list"),
        total=mine.count(),
    )


def _request_line(found: AccountRequest) -> Line:
    is_stuck = found.run is not None and found.run.needs_person
    return Line(
        title=str(found),
        href=found.get_absolute_url(),
        detail=found.get_environment_display() if found.environment else "",
        badge="failed" if is_stuck else found.status,
        badge_text=_("Needs a person") if is_stuck else found.get_status_display(),
        at=found.changed_at,
    )


@card(
    title=gettext_lazy("Ask for an account"),
    order=20,
    section=Section.WAITING,
    needs=Action.REQUEST_CREATE,
    roles=[Role.DEVELOPER],
)
def ask(user: User) -> Figure:
    drafts = requests.mine(user).filter(status=Status.DRAFT).count()
    return Figure(
        value=_("New account"),
        caption=ngettext(
            "%(n)s draft is waiting to be submitted",
            "%(n)s drafts are waiting to be submitted",
            drafts,
        )
        % {"n": drafts}
        if drafts
        else _("One for each workload and environment"),
        href=reverse("accounts:request-create"),
        tone="info",
    )


@card(
    title=gettext_lazy("My accounts"),
    order=10,
    section=Section.CHANGED,
    needs=Action.ACCOUNT_VIEW,
    roles=[Role.DEVELOPER],
)
def my_accounts(user: User) -> Listing:
    own = Account.objects.here().of(user).select_related("ou")
    return Listing(
        lines=[_account_line(account) for account in own[:LINES]],
        empty=_("No account is yours or your team’s yet."),
        href=reverse("accounts:account-list"),
        total=own.count(),
    )


def _account_line(account: Account) -> Line:
    is_active = account.state == AccountState.ACTIVE
    return Line(
        title=account.name,
        href=account.get_absolute_url(),
        detail=account.account_id,
        badge=account.environment if is_active else account.state,
        badge_text=account.get_environment_display() if is_active else account.get_state_display(),
    )


@card(
    title=gettext_lazy("Waiting for my decision"),
    order=5,
    section=Section.WAITING,
    needs=Action.REQUEST_DECIDE,
)
def to_decide(user: User) -> Figure:
    """Also finance's: the steps that ask for their role."""
    waiting = requests.waiting_for(user)
    count = waiting.count()
    late = waiting.filter(approval__due_at__lt=timezone.now()).count() if count else 0
    return Figure(
        value=count,
        caption=_decide_caption(count, late, waiting.order_by("submitted_at").first()),
        href=f"{reverse('accounts:request-queue')}?tab=mine",
        tone="danger" if late else ("warning" if count else "success"),
    )


def _decide_caption(count: int, late: int, oldest: AccountRequest | None) -> str:
    if not count or oldest is None or oldest.submitted_at is None:
        return _("Nobody waits for you.")
    days = (timezone.now() - oldest.submitted_at).days
    since = ngettext("oldest %(n)s day", "oldest %(n)s days", days) % {"n": days}
    return _("%(since)s, %(late)s late") % {"since": since, "late": late}


@card(
    title=gettext_lazy("Accounts without an owner"),
    order=10,
    section=Section.WRONG,
    needs=Action.ACCOUNT_VIEW,
    roles=[Role.CCOE, Role.SECURITY, Role.AUDITOR],
)
def without_owner(user: User) -> Figure:
    seen = Account.objects.here().visible_to(user)
    count = seen.filter(gaps.condition(gaps.Gap.NO_OWNER)).count()
    return Figure(
        value=count,
        caption=_("Nobody answers for them") if count else _("Somebody answers for each"),
        href=f"{reverse('accounts:account-list')}?gap={gaps.Gap.NO_OWNER}",
        tone="warning" if count else "success",
    )


@card(
    title=gettext_lazy("Accounts that mix environments"),
    order=20,
    section=Section.WRONG,
    needs=Action.ACCOUNT_VIEW,
    roles=[Role.CCOE, Role.SECURITY],
)
def mixed(user: User) -> Figure:
    seen = Account.objects.here().visible_to(user)
    count = seen.filter(gaps.condition(gaps.Gap.MIXED)).count()
    return Figure(
        value=count,
        caption=_("One account should hold one environment"),
        href=f"{reverse('accounts:account-list')}?gap={gaps.Gap.MIXED}",
        tone="warning" if count else "success",
    )


@card(
    title=gettext_lazy("What changed in the organisation"),
    order=20,
    section=Section.CHANGED,
    needs=Action.ORGANISATION_VIEW,
    roles=[Role.CCOE, Role.SECURITY, Role.AUDITOR, Role.ADMIN],
)
def changes(user: User) -> Listing:
    found = history.changes_for(user)
    lines = [
        Line(
            title=str(change.account or change.ou or ""),
            href=_about(change.account or change.ou),
            detail=change.get_kind_display(),
            at=change.at,
        )
        for change in found[:LINES]
    ]
    return Listing(
        lines=lines,
        empty=_("Nothing has changed since it was first read."),
        href=reverse("accounts:change-list"),
    )


def _about(thing: object) -> str:
    return thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else ""


@card(
    title=gettext_lazy("Budget asked for this month"),
    order=30,
    section=Section.CHANGED,
    needs=Action.REQUEST_VIEW_COST,
    roles=[Role.FINANCE],
)
def budget_asked(user: User) -> Figure:
    """The monthly budgets of requests submitted since the first of the month."""
    first = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    asked = requests.visible_to(user).filter(submitted_at__gte=first)
    sums = asked.aggregate(total=Sum("budget_usd"), count=Count("pk"))
    caption = ngettext("per month, in %(n)s request", "per month, in %(n)s requests", sums["count"])
    return Figure(
        value=money.show(sums["total"] or Decimal(0), "USD"),
        caption=caption % {"n": sums["count"]},
        href=f"{reverse('accounts:request-queue')}?tab=all",
    )


@card(
    title=gettext_lazy("Accounts by environment"),
    order=30,
    section=Section.CHANGED,
    needs=Action.ACCOUNT_VIEW,
    roles=[Role.SECURITY, Role.AUDITOR, Role.CCOE],
)
def by_environment(user: User) -> Listing:
    seen = Account.objects.here().visible_to(user)
    counted = dict(seen.order_by().values_list("environment").annotate(Count("pk")))
    lines = [
        Line(title=label, detail=str(counted[value]), href=_list_of(value))
        for value, label in ACCOUNT_ENVIRONMENTS
        if value in counted
    ]
    if "" in counted:
        lines.append(Line(title=_("Not known"), detail=str(counted[""])))
    return Listing(
        lines=lines,
        empty=_("No accounts are known yet."),
        href=reverse("accounts:account-list"),
        total=sum(counted.values()),
    )


def _list_of(environment: str) -> str:
    return f"{reverse('accounts:account-list')}?environment={environment}"


@card(
    title=gettext_lazy("Recently delivered"),
    order=40,
    section=Section.CHANGED,
    needs=Action.REQUEST_VIEW,
    roles=[Role.SECURITY, Role.AUDITOR, Role.CCOE],
)
def delivered(user: User) -> Listing:
    found = AccountRequest.objects.visible_to(user).filter(status=Status.DELIVERED)
    lines = [
        Line(
            title=str(one),
            href=one.get_absolute_url(),
            detail=one.account_id,
            badge=one.environment,
            badge_text=one.get_environment_display(),
            at=one.delivered_at,
        )
        for one in found.order_by("-delivered_at", "-pk")[:LINES]
    ]
    return Listing(lines=lines, empty=_("No account has been delivered yet."))
