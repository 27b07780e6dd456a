"""Doors for Celery: ids in, one service called, nothing out."""

from celery import shared_task

from portal.approvals import services as approvals
from portal.flow import messages, runner


@shared_task(name="portal.advance_run", time_limit=240)
def advance_run(run_id: int) -> None:
    if runner.advance(run_id):
        messages.send("portal.advance_run", run_id)


@shared_task(name="portal.advance_due_runs", time_limit=60)
def advance_due_runs() -> None:
    runner.wake_due()


@shared_task(name="portal.expire_approvals", time_limit=60)
def expire_approvals() -> None:
    approvals.expire_due()
