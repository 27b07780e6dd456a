"""The walker: one step of one run at a time, safe any number of times, anywhere."""

import logging
import random
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal.approvals import standing
from portal.audit.record import record
from portal.aws.acting import Acting, acting
from portal.aws.errors import Busy
from portal.aws.journal import LostHold
from portal.errors import Forbidden, PortalError
from portal.flow import messages
from portal.flow.models import Run, RunStep
from portal.flow.runs import subject_of
from portal.flow.steps import PLANS, STEPS, Outcome, Refused

log = logging.getLogger("portal.flow")
LONGEST_QUEUE = timedelta(days=1)
BACK_OFF_SECONDS = (2, 5, 15, 30, 60, 120, 300)


def advance(run_id: int) -> bool:
    """Take one step of a run; True when the next can follow at once."""
    run = Run.objects.claim(run_id, hold_seconds=settings.PORTAL.flow.hold_seconds)
    if run is None:
        return False
    with structlog.contextvars.bound_contextvars(run=run.pk):
        try:
            outcome = _take_step(run)
        except LostHold:
            return False  # whoever holds it now goes on
        except Busy as busy:
            return _wait_for_aws(run, busy)
        except Refused as refusal:
            return _needs_person(run, str(refusal), restart=refusal.restart)
        except Forbidden as refusal:
            return _needs_person(run, str(refusal))
        except Exception as error:
            log.warning("run.step_failed", exc_info=error)
            return _try_later(run, error)
        return _move_on(run, outcome)


def wake_due() -> int:
    """Send a message for each due run; the number sent. Needs no memory in Redis."""
    due = Run.objects.due_ids()
    for run_id in due:
        messages.send("portal.advance_run", run_id)
    return len(due)


def _take_step(run: Run) -> Outcome:
    """Look and do, outside any transaction. Which step, the run knows from when it was started:
    a plan that a later release changed is not the plan of runs that are under way."""
    lines = RunStep.objects.filter(run=run, position=run.position)
    name = lines.get().name
    lines.filter(started_at__isnull=True).update(started_at=Now())
    lines.update(status=RunStep.Status.RUNNING, tries=models.F("tries") + 1)
    if run.approval_id is not None:
        standing.require_standing(run.approval_id)
    context = Acting(
        actor_id=run.actor_id,
        actor_name=run.actor.name,
        reason=run.reason,
        run_id=run.pk,
        fence=run.fence,
        step=name,
        approval_id=run.approval_id,
        marker=f"{run.actor.username}-run{run.pk}",
    )
    with acting(context):
        return STEPS[name].do(subject_of(run))


def _settle(run: Run, line: dict[str, Any], **changes: Any) -> bool:
    """Write the end of a step, only while the hold is still ours; False when it was lost."""
    line, changes = _storable(line), _storable(changes)
    with transaction.atomic():
        mine = Run.objects.filter(pk=run.pk, fence=run.fence, status=Run.Status.ACTIVE)
        if not mine.update(held_until=None, **changes):
            log.warning("run.late_result_discarded")
            return False
        RunStep.objects.filter(run=run, position=run.position).update(**line)
        run.refresh_from_db()
        if run.status != Run.Status.ACTIVE:
            PLANS[run.plan].ended(subject_of(run), run)
            record(actor=run.actor, action=f"run_{run.status}", target=run, reason=run.last_error)
    return True


def _move_on(run: Run, outcome: Outcome) -> bool:
    if outcome.wait_seconds is not None:
        line: dict[str, Any] = {"status": RunStep.Status.WAITING, "note": outcome.note}
        _settle(run, line, tries=0, due_at=_after(outcome.wait_seconds), last_error="")
        return False
    last = not RunStep.objects.filter(run=run, position__gt=run.position).exists()
    line = {"status": RunStep.Status.DONE, "ended_at": timezone.now(), "note": outcome.note}
    changes: dict[str, Any] = {"tries": 0, "last_error": "", "due_at": Now()}
    if last:
        changes |= {"status": Run.Status.DONE, "ended_at": timezone.now()}
    else:
        changes |= {"position": run.position + 1}
    return _settle(run, line, **changes) and not last


def _wait_for_aws(run: Run, busy: Busy) -> bool:
    """AWS's limits are a queue and do not count as tries; a queue of a day needs a person."""
    step = RunStep.objects.get(run=run, position=run.position)
    if step.started_at is not None and timezone.now() - step.started_at > LONGEST_QUEUE:
        return _needs_person(run, str(busy))
    seconds = busy.wait_seconds or _jittered(BACK_OFF_SECONDS[min(step.tries - 1, 3)])
    line = {"status": RunStep.Status.WAITING, "note": str(busy)}
    _settle(run, line, due_at=_after(seconds), last_error=str(busy))
    return False


def _try_later(run: Run, error: Exception) -> bool:
    told = str(error) if isinstance(error, PortalError) else f"{type(error).__name__}: {error}"
    if run.tries + 1 >= settings.PORTAL.flow.max_tries:
        return _needs_person(run, told)
    seconds = _jittered(BACK_OFF_SECONDS[min(run.tries, len(BACK_OFF_SECONDS) - 1)])
    line = {"status": RunStep.Status.WAITING, "note": told}
    _settle(run, line, tries=run.tries + 1, due_at=_after(seconds), last_error=told)
    return False


def _needs_person(run: Run, why: str, *, restart: str = "") -> bool:
    line = {"status": RunStep.Status.FAILED, "note": why}
    changes: dict[str, Any] = {"status": Run.Status.FAILED, "last_error": why}
    if restart:
        earlier = RunStep.objects.filter(run=run, name=restart).first()
        changes["restart_at"] = earlier.position if earlier else None
    _settle(run, line, **changes)
    return False


def _storable(fields: dict[str, Any]) -> dict[str, Any]:
    """Without NUL, which PostgreSQL can't keep: a strange answer must not stop the bookkeeping."""
    return {
        name: value.replace("\x00", "") if isinstance(value, str) and "\x00" in value else value
        for name, value in fields.items()
    }


def _after(seconds: float) -> Any:
    return Now() + timedelta(seconds=seconds)


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.7, 1.3)  # noqa: S311 — spreads retries, hides nothing
