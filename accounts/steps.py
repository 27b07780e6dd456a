"""The steps that make an account. Each looks first, does what is missing, saves what it learnt."""

import uuid
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.aws import contacts, identity_center, organizations, stack_sets
from accounts.aws.contacts import Contact
from accounts.aws.organizations import Creation
from accounts.models import AccountRequest
from accounts.services import baseline, delivery
from accounts.services.failures import AMBIGUOUS, PASSING, sentence_for
from portal.aws.errors import AlreadyThere, AwsError, Busy, NoAnswer, NotThere
from portal.aws.journal import require_hold
from portal.aws.models import Connection
from portal.flow.runs import UNSKIPPABLE
from portal.flow.said import said
from portal.flow.steps import DONE, Outcome, Refused, again, done, step

STILL_GOING = ("QUEUED", "RUNNING", "STOPPING")
MARKER = "portal:request-id"  # the tag by which a lost account is known again
UNSKIPPABLE.update(
    {"accounts.open_account", "accounts.await_account", "accounts.move_to_ou", "accounts.hand_over"}
)


def _connection(request: AccountRequest) -> Connection:
    if request.connection is None:
        raise Refused(said(gettext_noop("The request names no organisation.")))
    return request.connection


@transaction.atomic
def _save(request: AccountRequest, **facts: object) -> None:
    """Keep what was learnt. Raises LostHold when another worker has the run by now: it looks for
    itself, and what it knows must not be overwritten by what was true before."""
    require_hold()
    for name, value in facts.items():
        setattr(request, name, value)
    request.save(update_fields=[*facts, "changed_at"])


# --- open_account: AWS has no token for CreateAccount. The attempt is written down before it is
# sent; after any doubt we look for the account by name and address, and send again only when a
# settle time has passed and nothing was found.


@step(gettext_lazy("Ask AWS for the account"))
def open_account(request: AccountRequest) -> Outcome:
    if request.creation_id or request.account_id:
        return DONE
    if request.attempt_started_at is not None:
        found = _find_lost(request)
        if found is not None:
            return found
        if not _is_settled(request):
            return again(
                seconds=settings.PORTAL.flow.poll_seconds,
                note=said(
                    gettext_noop("No answer came back; looking whether AWS made the account.")
                ),
            )
    return _send(request)


def _is_settled(request: AccountRequest) -> bool:
    """Whether an account would show by now, by the database's clock: workers' clocks differ."""
    settle_time = timedelta(seconds=settings.PORTAL.flow.settle_seconds)
    old = AccountRequest.objects.filter(attempt_started_at__lte=Now() - settle_time)
    return old.filter(pk=request.pk).exists()


def _find_lost(request: AccountRequest) -> Outcome | None:
    """Adopt what an earlier attempt made: a creation by its name, or an account by its address."""
    connection = _connection(request)
    alike = [c for c in organizations.creations(connection) if _is_alike(c, request)]
    for creation in alike:
        if creation.account_id and _is_marked(request, creation.account_id):
            _save(request, creation_id=creation.id)
            return done(
                said(gettext_noop("Found the creation that AWS had begun: %(id)s."), id=creation.id)
            )
    if any(creation.state == "IN_PROGRESS" for creation in alike):
        return again(
            seconds=settings.PORTAL.flow.poll_seconds,
            note=said(gettext_noop("AWS is making an account of this name; is it this one?")),
        )
    account = _account_by_email(request)
    if account is None:
        return None
    _save(request, account_id=account.id)
    return done(said(gettext_noop("Found the account that AWS had made: %(id)s."), id=account.id))


def _is_marked(request: AccountRequest, account_id: str) -> bool:
    """Whether it was made for this request: a name proves nothing, the tag does."""
    return organizations.tags_of(_connection(request), account_id).get(MARKER) == str(
        request.marker
    )


def _is_alike(creation: Creation, request: AccountRequest) -> bool:
    """Whether it could be the one that was asked for, by its name and its time."""
    if creation.account_name != request.account_name or creation.state == "FAILED":
        return False
    begun, asked = creation.requested_at, request.attempt_started_at
    skew = timedelta(minutes=15)  # AWS's clock and ours
    return begun is None or asked is None or begun >= asked - skew


def _account_by_email(request: AccountRequest) -> organizations.AwsAccount | None:
    """The organisation's account with our address, only when it carries our mark."""
    connection = _connection(request)
    for account in organizations.accounts(connection):
        if account.email.lower() == request.email.lower():
            if _is_marked(request, account.id):
                return account
            raise Refused(
                said(
                    gettext_noop(
                        "Account %(id)s has the address %(email)s already and was not made for this"
                        " request. A person must look."
                    ),
                    id=account.id,
                    email=request.email,
                )
            )
    return None


def _send(request: AccountRequest) -> Outcome:
    _save(request, attempt_started_at=Now())
    request.refresh_from_db(fields=["attempt_started_at"])
    try:
        creation = organizations.create_account(
            _connection(request),
            name=request.account_name,
            email=request.email,
            tags={MARKER: str(request.marker)},
        )
    except NoAnswer:
        return again(
            seconds=settings.PORTAL.flow.poll_seconds,
            note=said(gettext_noop("No answer came back; looking whether AWS made the account.")),
        )
    except AwsError as refusal:
        _save(request, attempt_started_at=None)  # AWS said no: nothing was begun
        if isinstance(refusal, Busy):
            raise
        raise Refused(sentence_for(refusal.detail or refusal.aws_code)) from refusal
    _save(request, creation_id=creation.id)
    return done(said(gettext_noop("AWS has begun: %(id)s."), id=creation.id))


@step(gettext_lazy("Wait until AWS has made it"))
def await_account(request: AccountRequest) -> Outcome:
    if request.account_id:
        return done(request.account_id)
    if not request.creation_id:
        raise Refused(
            said(gettext_noop("The account must be asked for anew.")),
            restart="accounts.open_account",
        )
    creation = organizations.creation_status(_connection(request), request.creation_id)
    if creation.state == "IN_PROGRESS":
        return again(
            seconds=settings.PORTAL.flow.poll_seconds, note=said(gettext_noop("AWS is making it."))
        )
    if creation.state == "SUCCEEDED" and creation.account_id:
        _save(request, account_id=creation.account_id)
        return done(creation.account_id)
    return _failed_creation(request, creation)


def _failed_creation(request: AccountRequest, creation: Creation) -> Outcome:
    """Each reason leads where it should: adopt, wait and ask anew, or a person."""
    if creation.failure in AMBIGUOUS:
        account = _account_by_email(request)
        if account is not None:
            _save(request, account_id=account.id)
            return done(
                said(gettext_noop("Found the account that AWS had made: %(id)s."), id=account.id)
            )
    if creation.failure not in PASSING:
        raise Refused(sentence_for(creation.failure or creation.state))
    doubtful = creation.failure in AMBIGUOUS  # then the next attempt looks before it sends
    started = request.attempt_started_at if doubtful else None
    _save(request, creation_id="", attempt_started_at=started)
    raise Refused(sentence_for(creation.failure), restart="accounts.open_account")


@step(gettext_lazy("Move it into its OU"))
def move_to_ou(request: AccountRequest) -> Outcome:
    connection, ou = _connection(request), request.ou
    if ou is None:
        raise Refused(said(gettext_noop("The request names no OU.")))
    try:
        here = organizations.parent_of(connection, request.account_id)
    except NotThere:
        return again(
            seconds=settings.PORTAL.flow.poll_seconds,
            note=said(gettext_noop("AWS does not show the account everywhere yet.")),
        )
    if here == ou.ou_id:
        return done(ou.name)
    try:
        organizations.move_account(connection, request.account_id, source=here, target=ou.ou_id)
    except AlreadyThere:
        return done(ou.name)
    return done(said(gettext_noop("Moved to %(ou)s."), ou=ou.name))


@step(gettext_lazy("Tag it"))
def tag_account(request: AccountRequest) -> Outcome:
    connection = _connection(request)
    wanted = delivery.tags_for(request) | {MARKER: str(request.marker)}
    has = organizations.tags_of(connection, request.account_id)
    missing = {key: value for key, value in wanted.items() if has.get(key) != value}
    if missing:
        organizations.tag(connection, request.account_id, missing)
    return done(said(gettext_noop("%(count)s tags"), count=len(wanted)))


@step(gettext_lazy("Set the alternate contacts"))
def set_contacts(request: AccountRequest) -> Outcome:
    connection = _connection(request)
    if not connection.contact_phone:
        return done(said(gettext_noop("The organisation names no phone: AWS wants one.")))
    wanted = _contact_for(request)
    for kind in contacts.TYPES:
        if contacts.contact(connection, request.account_id, kind) != wanted:
            contacts.put_contact(connection, request.account_id, kind, wanted)
    return done(wanted.email)


def _contact_for(request: AccountRequest) -> Contact:
    connection = _connection(request)
    return Contact(
        name=request.owner.name[:64] if request.owner else "Cloud Center of Excellence",
        title="Account owner",
        email=connection.contact_email or (request.owner.email if request.owner else ""),
        phone=connection.contact_phone,
    )


@step(gettext_lazy("Roll out the baseline"))
def roll_out_baseline(request: AccountRequest) -> Outcome:
    connection, name = _connection(request), baseline.STACK_SET
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
    connection, name = _connection(request), baseline.STACK_SET
    operation_id = str(request.baseline_operations.get(name, ""))
    if operation_id:
        try:
            operation = stack_sets.operation(connection, name, operation_id)
        except NotThere:
            return operation_id  # it was never sent
        if operation.status in STILL_GOING:
            return operation_id
    operation_id = str(uuid.uuid4())
    _save(request, baseline_operations={name: operation_id})
    return operation_id


@step(gettext_lazy("Wait for the baseline"))
def await_baseline(request: AccountRequest) -> Outcome:
    """Not the operation's word counts but every stack's: an operation may succeed with failures."""
    connection, name = _connection(request), baseline.STACK_SET
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


@step(gettext_lazy("Give the team access"))
def grant_access(request: AccountRequest) -> Outcome:
    connection = _connection(request)
    instance, permission_set, group = _access(request)
    if identity_center.is_assigned(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    ):
        return done(f"{request.access_group} · {request.permission_set}")
    assignment_id = identity_center.assign(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    )
    _save(request, assignment_id=assignment_id)
    return done(f"{request.access_group} · {request.permission_set}")


def _access(request: AccountRequest) -> tuple[identity_center.Instance, str, str]:
    connection = _connection(request)
    try:
        instance = identity_center.instance(connection)
        return (
            instance,
            identity_center.permission_set_arn(connection, instance, request.permission_set),
            identity_center.group_id(connection, instance, request.access_group),
        )
    except NotThere as missing:
        raise Refused(
            said(
                gettext_noop(
                    "Identity Center has no group “%(group)s” or no permission set “%(set)s”."
                ),
                group=request.access_group,
                set=request.permission_set,
            )
        ) from missing


@step(gettext_lazy("Wait for the access"))
def await_access(request: AccountRequest) -> Outcome:
    if not request.assignment_id:
        return DONE  # it was there before, or a person skipped asking for it
    connection = _connection(request)
    instance, permission_set, group = _access(request)
    if identity_center.is_assigned(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    ):
        return DONE
    status, reason = identity_center.assignment_status(connection, instance, request.assignment_id)
    if status != "FAILED":
        return again(seconds=settings.PORTAL.flow.poll_seconds)
    raise Refused(
        said(gettext_noop("Identity Center did not give the access: %(reason)s"), reason=reason),
        restart="accounts.grant_access",
    )


@step(gettext_lazy("Hand over"))
def hand_over(request: AccountRequest) -> Outcome:
    connection = _connection(request)
    account = organizations.account(connection, request.account_id)
    tags = organizations.tags_of(connection, request.account_id)
    delivery.deliver(request, account, tags=tags)
    return DONE
