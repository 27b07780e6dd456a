"""The baseline: stacks in the account, one operation at a time, each stack looked at."""

import uuid
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.aws import stack_sets
from accounts.models import AccountRequest
from accounts.services import baseline
from accounts.steps.subject import connection_of, save
from portal.aws.errors import AlreadyThere, NotThere
from portal.flow.said import said
from portal.flow.steps import Outcome, Refused, again, done, step

STILL_GOING = ("QUEUED", "RUNNING", "STOPPING")


@step(gettext_lazy("Roll out the baseline"))
def roll_out_baseline(request: AccountRequest) -> Outcome:
    connection, name = connection_of(request), baseline.STACK_SET
    if request.ou is None:
        raise Refused(said(gettext_noop("The request names no OU.")))
    if not stack_sets.exists(connection, name):
        with suppress(AlreadyThere):  # another run was faster
            stack_sets.create(
                connection, name, template=baseline.template(), description=baseline.DESCRIPTION
            )
    found = stack_sets.instances(connection, name, request.account_id)
    regions = sorted(set(request.regions) - {i.region for i in found if i.status == "CURRENT"})
    if not regions:
        return done(said(gettext_noop("The stacks are there.")))
    operation_id = _baseline_operation(request)
    try:
        stack_sets.deploy(
            connection,
            name,
            account_id=request.account_id,
            ou_id=request.ou.ou_id,
            regions=regions,
            operation_id=operation_id,
        )
    except AlreadyThere:
        return done(said(gettext_noop("AWS has this operation already.")))
    return done(said(gettext_noop("Started in %(regions)s."), regions=", ".join(regions)))


def _baseline_operation(request: AccountRequest) -> str:
    """The operation's id, chosen and kept before it is sent: AWS carries out an id once. One that
    has ended and left stacks missing is followed by a new one."""
    connection, name = connection_of(request), baseline.STACK_SET
    operation_id = str(request.baseline_operations.get(name, ""))
    if operation_id:
        try:
            operation = stack_sets.operation(connection, name, operation_id)
        except NotThere:
            return operation_id  # it was never sent
        if operation.status in STILL_GOING:
            return operation_id
    operation_id = str(uuid.uuid4())
    save(request, baseline_operations={name: operation_id})
    return operation_id


@step(gettext_lazy("Wait for the baseline"))
def await_baseline(request: AccountRequest) -> Outcome:
    """Not the operation's word counts but every stack's: an operation may succeed with failures."""
    connection, name = connection_of(request), baseline.STACK_SET
    found = list(stack_sets.instances(connection, name, request.account_id))
    current = {i.region for i in found if i.status == "CURRENT"}
    missing = sorted(set(request.regions) - current)
    if not missing:
        return done(
            said(gettext_noop("Current in %(regions)s."), regions=", ".join(sorted(current)))
        )
    operation_id = request.baseline_operations.get(name)
    if operation_id is None:
        return done(said(gettext_noop("No baseline was asked for.")))  # a person skipped that
    operation = stack_sets.operation(connection, name, operation_id)
    if operation.status in STILL_GOING:
        return again(
            seconds=settings.PORTAL.flow.poll_seconds,
            note=said(
                gettext_noop("Still rolling out in %(regions)s."), regions=", ".join(missing)
            ),
        )
    shown = any(i.region in missing for i in found)
    if operation.status == "SUCCEEDED" and not shown and not _ended_long_ago(operation):
        return again(seconds=settings.PORTAL.flow.poll_seconds)  # AWS does not show them yet
    told = "; ".join(sorted({i.reason for i in found if i.reason and i.status != "CURRENT"}))
    raise Refused(
        said(
            gettext_noop("The baseline did not arrive in %(regions)s: %(told)s"),
            regions=", ".join(missing),
            told=told or operation.reason or operation.status,
        ),
        restart="accounts.roll_out_baseline",
    )


def _ended_long_ago(operation: stack_sets.Operation) -> bool:
    """An operation may succeed without a stack: StackSets did not yet see the account in its OU."""
    settle_time = timedelta(seconds=settings.PORTAL.flow.settle_seconds)
    return operation.ended_at is not None and timezone.now() - operation.ended_at > settle_time
