"""Reading runs: which ones a person may see, and one with its steps and the AWS calls it made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.utils import timezone

from portal.aws.models import AwsCall
from portal.errors import Missing, Text
from portal.flow.models import Run, Runs, RunStep
from portal.flow.runs import UNSKIPPABLE, subject_of
from portal.flow.steps import PLANS
from portal.people.models import User
from portal.permissions import Action, Scope, grants, may

MOST_CALLS = 500  # of one run that a page shows; the newest ones


def plan_title(plan: str) -> Text:
    """What a plan is called; a plan that is gone, as it is written."""
    return PLANS[plan].title if plan in PLANS else plan


def visible_to(user: User) -> Runs:
    """Runs whose subject this person may see, decided in SQL by each plan's subject."""
    given = grants(user, Action.RUN_VIEW)
    if any(scope is Scope.ALL and not target for scope, target in given):
        return Run.objects.all()
    seen = Q(pk__in=[])
    for plan in PLANS.values():
        model: Any = apps.get_model(plan.subject)
        subjects = model.objects.visible_to(user, Action.RUN_VIEW).filter(run__isnull=False)
        seen |= Q(plan=plan.name, pk__in=subjects.values("run"))
    return Run.objects.filter(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A run as its page tells it. `subject` is None when its row, or its plan, is gone."""

    run: Run
    steps: list[RunStep]
    calls: list[AwsCall]
    subject: Any
    may_steer: bool

    @property
    def title_of_plan(self) -> Text:
        return plan_title(self.run.plan)

    @property
    def subject_href(self) -> str:
        """Where the subject can be read, "" when it has no page."""
        link = getattr(self.subject, "get_absolute_url", None)
        return str(link()) if link else ""

    @property
    def done_count(self) -> int:
        return sum(step.status in (step.Status.DONE, step.Status.SKIPPED) for step in self.steps)

    @property
    def now_at(self) -> RunStep | None:
        """The step the run stands at; None when it is done."""
        is_over = self.run.status == Run.Status.DONE
        return None if is_over else next(iter(self.steps[self.run.position :]), None)

    @property
    def next_look_at(self) -> datetime | None:
        """When a worker looks again; None when one is at it or nothing is to be done."""
        waits = self.run.is_active and not self.is_being_walked
        return self.run.due_at if waits else None

    @property
    def is_being_walked(self) -> bool:
        held_until = self.run.held_until
        return self.run.is_active and held_until is not None and held_until > timezone.now()

    @property
    def seconds(self) -> float:
        """From the start to the end, or to now."""
        return ((self.run.ended_at or timezone.now()) - self.run.created_at).total_seconds()

    @property
    def can_retry(self) -> bool:
        return self.may_steer and self.run.needs_person

    @property
    def can_skip(self) -> bool:
        step = self.now_at
        return self.can_retry and step is not None and step.name not in UNSKIPPABLE

    @property
    def can_cancel(self) -> bool:
        return self.may_steer and (self.run.is_active or self.run.needs_person)


def story(user: User, pk: int) -> Story:
    """A run this person may see. Raises Missing for all others, there or not."""
    run = Run.objects.select_related("actor", "approval").filter(pk=pk).first()
    if run is None:
        raise Missing()
    subject = _subject(run)
    if not _may_see(user, run, subject):
        raise Missing()
    return Story(
        run=run,
        steps=list(run.steps.select_related("skipped_by")),
        calls=list(run.calls.order_by("-id")[:MOST_CALLS]),
        subject=subject,
        may_steer=subject is not None and may(user, Action.RUN_STEER, subject),
    )


def _subject(run: Run) -> Any:
    try:
        return subject_of(run) if run.plan in PLANS else None
    except ObjectDoesNotExist:
        return None


def _may_see(user: User, run: Run, subject: Any) -> bool:
    """A run without a subject belongs to nobody: only roles that hold everywhere see it."""
    if subject is None:
        return visible_to(user).filter(pk=run.pk).exists()
    return may(user, Action.RUN_VIEW, subject)
