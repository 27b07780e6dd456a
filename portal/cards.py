"""What the ground tells each persona on their home page."""

from datetime import datetime, time

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.audit.models import AuditEvent
from portal.audit.words import word
from portal.aws.models import AwsCall
from portal.flow import reading as runs
from portal.flow.models import Run
from portal.people.directory import people
from portal.people.models import User
from portal.people.tables import NO_ROLE, without_role
from portal.permissions import Action, Role
from portal.sync import reading as data
from portal.ui.cards import Body, Figure, Line, Listing, Section, card

MOST_LINES = 5


def today() -> datetime:
    """The reader's last midnight."""
    return timezone.make_aware(datetime.combine(timezone.localdate(), time.min))


def events_today(*actions: str) -> QuerySet[AuditEvent]:
    chosen = AuditEvent.objects.filter(at__gte=today())
    return chosen.filter(action__in=actions) if actions else chosen


@card(
    title=_("Runs that need a person"),
    order=20,
    section=Section.WRONG,
    needs=Action.RUN_VIEW,
    roles=[Role.CCOE, Role.SECURITY, Role.DEVELOPER],
)
def stopped_runs(user: User) -> Body:
    stopped = runs.visible_to(user).filter(status=Run.Status.FAILED)
    return Listing(
        lines=[
            Line(
                title=str(run),
                href=reverse("run-detail", args=[run.pk]),
                detail=run.last_error[:120],
                badge=run.status,
                badge_text=run.get_status_display(),
                at=run.created_at,
            )
            for run in stopped[:MOST_LINES]
        ],
        empty=_("No run is stuck."),
        href=f"{reverse('run-list')}?status=failed",
        total=stopped.count(),
    )


@card(
    title=_("Runs under way"),
    order=40,
    section=Section.CHANGED,
    needs=Action.RUN_VIEW,
    roles=[Role.DEVELOPER, Role.CCOE],
)
def runs_under_way(user: User) -> Body:
    active = runs.visible_to(user).active()
    return Listing(
        lines=[
            Line(
                title=str(run),
                href=reverse("run-detail", args=[run.pk]),
                detail=str(runs.plan_title(run.plan)),
                badge="running",
                badge_text=run.get_status_display(),
                at=run.created_at,
            )
            for run in active[:MOST_LINES]
        ],
        empty=_("Nothing is being done right now."),
        href=f"{reverse('run-list')}?status=active",
        total=active.count(),
    )


@card(
    title=_("Data that is not fresh"),
    order=30,
    section=Section.WRONG,
    needs=Action.ORGANISATION_VIEW,
    roles=[Role.CCOE, Role.ADMIN, Role.SECURITY, Role.FINANCE],
)
def stale_data(user: User) -> Body:
    problems = [reading for reading in data.readings() if reading.is_problem]
    return Listing(
        lines=[
            Line(
                title=reading.connection.name,
                detail=reading.title,
                href=reverse("data-list"),
                badge=reading.word,
                badge_text=reading.says,
                at=reading.as_of,
            )
            for reading in problems[:MOST_LINES]
        ],
        empty=_("Everything was read lately."),
        href=reverse("data-list"),
    )


@card(
    title=_("People without a role"),
    order=20,
    section=Section.WAITING,
    needs=Action.PEOPLE_MANAGE,
)
def people_without_role(user: User) -> Body:
    waiting = without_role(people()).filter(is_active=True).count()
    return Figure(
        value=waiting,
        caption=_("They can sign in, and see nothing."),
        href=f"{reverse('person-list')}?role={NO_ROLE}&active=yes",
        tone="warning" if waiting else "success",
    )


@card(
    title=_("Changes of roles and people"),
    order=20,
    section=Section.CHANGED,
    needs=Action.AUDIT_VIEW,
    roles=[Role.ADMIN, Role.AUDITOR, Role.SECURITY],
)
def role_changes(user: User) -> Body:
    return _newest("role_bind", "role_unbind", "person_activate", "person_deactivate")


@card(
    title=_("Changes of approval rules"),
    order=30,
    section=Section.CHANGED,
    needs=Action.AUDIT_VIEW,
    roles=[Role.CCOE, Role.AUDITOR],
)
def rule_changes(user: User) -> Body:
    return _newest("rule_create", "rule_change", "rule_move", "rule_switch", "rule_delete")


def _newest(*actions: str) -> Body:
    events = AuditEvent.objects.filter(action__in=actions).order_by("-id")[:MOST_LINES]
    return Listing(
        lines=[
            Line(
                title=event.target_label,
                detail=f"{event.actor_name} · {word(event.action)}",
                href=reverse("audit-detail", args=[event.pk]),
                at=event.at,
            )
            for event in events
        ],
        empty=_("None so far."),
        href=reverse("audit-list"),
    )


@card(
    title=_("Audit events today"),
    order=10,
    section=Section.CHANGED,
    needs=Action.AUDIT_EXPORT,
)
def audit_today(user: User) -> Body:
    since = today().date().isoformat()
    return Figure(
        value=events_today().count(),
        caption=_("Everything that was done, or tried, since midnight."),
        href=f"{reverse('audit-list')}?since={since}",
    )


@card(
    title=_("Last proof of the audit log"),
    order=10,
    section=Section.WAITING,
    needs=Action.AUDIT_EXPORT,
)
def last_proof(user: User) -> Body:
    newest = AuditEvent.objects.filter(action="audit_verify").order_by("-id").first()
    if newest is None:
        caption = _("Nobody has verified it here yet.")
        return Figure(value="–", caption=caption, href=reverse("audit-list"), tone="warning")
    events = int(newest.facts.get("events", 0))
    holds = newest.facts.get("fault") is None
    return Figure(
        value=_("Holds") if holds else _("Broken"),
        caption=ngettext("%(n)d event, %(day)s", "%(n)d events, %(day)s", events)
        % {"n": events, "day": timezone.localtime(newest.at).strftime("%Y-%m-%d")},
        href=reverse("audit-detail", args=[newest.pk]),
        tone="success" if holds else "danger",
    )


@card(
    title=_("Failed sign-ins today"),
    order=10,
    section=Section.WRONG,
    needs=Action.AUDIT_VIEW,
    roles=[Role.SECURITY, Role.ADMIN],
)
def failed_sign_ins(user: User) -> Body:
    failed = events_today("sign_in_failed").count()
    since = today().date().isoformat()
    return Figure(
        value=failed,
        caption=_("Wrong passwords, and names that do not exist."),
        href=f"{reverse('audit-list')}?action=sign_in_failed&since={since}",
        tone="warning" if failed else "success",
    )


@card(
    title=_("Changes made in AWS today"),
    order=10,
    section=Section.CHANGED,
    needs=Action.AUDIT_VIEW,
    roles=[Role.SECURITY, Role.CCOE],
)
def aws_changes(user: User) -> Body:
    calls = AwsCall.objects.filter(sent_at__gte=today())
    unanswered = calls.exclude(outcome=AwsCall.Outcome.DONE).count()
    return Figure(
        value=calls.count(),
        caption=ngettext(
            "Every one with a reason; %(n)d without success.",
            "Every one with a reason; %(n)d without success.",
            unanswered,
        )
        % {"n": unanswered},
        href=f"{reverse('audit-list')}?action=aws_intent&since={today().date().isoformat()}",
        tone="warning" if unanswered else "",
    )
