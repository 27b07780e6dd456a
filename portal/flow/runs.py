"""Starting and steering runs: start, retry, skip with a reason, cancel."""

from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.approvals.models import Approval
from portal.audit.record import record
from portal.errors import Conflict, Invalid
from portal.flow import messages
from portal.flow.models import Run, RunStep
from portal.flow.steps import PLANS, Plan
from portal.people.models import User
from portal.permissions import Action, require


def subject_of(run: Run) -> Any:
    """The row the run works for. Raises its model's DoesNotExist."""
    model: type[models.Model] = apps.get_model(PLANS[run.plan].subject)
    return model._default_manager.get(run=run)


@transaction.atomic
def start(
    plan: Plan, *, actor: User, title: str, reason: str, approval: Approval | None = None
) -> Run:
    """A new run with all its steps, walked as soon as this transaction is committed."""
    run = Run.objects.create(
        plan=plan.name, actor=actor, title=title, reason=reason, approval=approval
    )
    RunStep.objects.bulk_create(
        RunStep(run=run, position=i, name=name) for i, name in enumerate(plan.steps)
    )
    record(actor=actor, action="run_start", target=run, reason=reason, facts={"plan": plan.name})
    wake(run)
    return run


def wake(run: Run) -> None:
    """Tell the workers once this transaction is committed; the beat makes up for a lost message."""
    transaction.on_commit(lambda: messages.send("portal.advance_run", run.pk))


@transaction.atomic
def retry(run: Run, *, actor: User, reason: str = "") -> None:
    """Walk a failed run again from the step where it stopped. Raises Forbidden, Conflict."""
    require(actor, Action.RUN_STEER, _lock(run))
    _walk_on(run)
    record(actor=actor, action=Action.RUN_STEER, target=run, reason=reason, facts={"do": "retry"})
    wake(run)


@transaction.atomic
def resume(run: Run) -> None:
    """Walk a stopped run on because what stopped it was put right; nothing for one that walks."""
    _lock(run)
    if run.status == Run.Status.FAILED:
        _walk_on(run)
        wake(run)


def _walk_on(run: Run) -> None:
    """From the step that failed, or from the earlier one that has to be done anew."""
    begin = run.position if run.restart_at is None else run.restart_at
    _move(run, start=Run.Status.FAILED, end=Run.Status.ACTIVE, position=begin, restart_at=None)
    RunStep.objects.filter(run=run, position__gte=begin).update(
        status=RunStep.Status.PENDING, started_at=None, ended_at=None
    )


@transaction.atomic
def skip(run: Run, *, actor: User, reason: str) -> None:
    """Leave the failed step undone, with a reason, and go on.

    Raises Forbidden, Conflict, Invalid.
    """
    subject = _lock(run)
    require(actor, Action.RUN_STEER, subject)
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why this step may be skipped.")]})
    step = RunStep.objects.get(run=run, position=run.position)
    if step.name in UNSKIPPABLE:
        raise Conflict(_("The steps after this one need what it does: it can't be skipped."))
    last = not RunStep.objects.filter(run=run, position__gt=run.position).exists()
    changes: dict[str, Any] = {"restart_at": None, "last_error": ""}
    if last:
        changes |= {"ended_at": timezone.now()}
    else:
        changes |= {"position": run.position + 1}
    end = Run.Status.DONE if last else Run.Status.ACTIVE
    _move(run, start=Run.Status.FAILED, end=end, **changes)
    RunStep.objects.filter(pk=step.pk).update(
        status=RunStep.Status.SKIPPED, skipped_by=actor, note=reason, ended_at=timezone.now()
    )
    facts = {"do": "skip", "step": step.name}
    record(actor=actor, action=Action.RUN_STEER, target=run, reason=reason, facts=facts)
    if last:
        PLANS[run.plan].ended(subject, run)
    else:
        wake(run)


@transaction.atomic
def cancel(run: Run, *, actor: User, reason: str) -> None:
    """Stop for good; what was done stays done. Raises Forbidden, Conflict, Invalid."""
    subject = _lock(run)
    require(actor, Action.RUN_STEER, subject)
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why the run is cancelled.")]})
    if run.status not in (Run.Status.ACTIVE, Run.Status.FAILED):
        raise Conflict(_("This run has ended already."))
    _move(run, start=run.status, end=Run.Status.CANCELLED, ended_at=timezone.now(), last_error="")
    under_way = [RunStep.Status.RUNNING, RunStep.Status.WAITING]
    RunStep.objects.filter(run=run, status__in=under_way).update(status=RunStep.Status.PENDING)
    record(actor=actor, action=Action.RUN_STEER, target=run, reason=reason, facts={"do": "cancel"})
    PLANS[run.plan].ended(subject, run)


def _lock(run: Run) -> Any:
    """Lock the run's subject, then the run, and read both anew; the subject. In this order, as
    whoever decides on the subject does."""
    model: type[models.Model] = apps.get_model(PLANS[run.plan].subject)
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    subject = rows.get(run=run)
    run.refresh_from_db(from_queryset=Run.objects.select_for_update(of=("self",), no_key=True))
    return subject


UNSKIPPABLE: set[str] = set()  # steps whose outcome later steps stand on; apps add theirs


def _move(run: Run, *, start: str, end: str, **changes: Any) -> None:
    mine = Run.objects.filter(pk=run.pk, status=start)
    fields: dict[str, Any] = {"tries": 0, "due_at": Now(), "held_until": None, **changes}
    if not mine.update(status=end, fence=models.F("fence") + 1, **fields):
        raise Conflict(_("The run has moved on in the meantime."))
    run.refresh_from_db()
