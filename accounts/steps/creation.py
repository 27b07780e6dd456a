"""The account itself: asked for once, waited for, found again after any doubt.

AWS has no token for CreateAccount. The attempt is written down before it is sent; after any doubt
we look for the account by name and address, and send again only when a settle time has passed and
nothing was found.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.aws import organizations
from accounts.aws.organizations import Creation
from accounts.models import AccountRequest
from accounts.services.failures import AMBIGUOUS, PASSING, sentence_for
from accounts.steps.subject import MARKER, connection_of, save
from portal.aws.errors import AwsError, Busy, NoAnswer
from portal.flow.said import said
from portal.flow.steps import DONE, Outcome, Refused, again, done, step


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
    connection = connection_of(request)
    alike = [c for c in organizations.creations(connection) if _is_alike(c, request)]
    for creation in alike:
        if creation.account_id and _is_marked(request, creation.account_id):
            save(request, creation_id=creation.id)
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
    save(request, account_id=account.id)
    return done(said(gettext_noop("Found the account that AWS had made: %(id)s."), id=account.id))


def _is_marked(request: AccountRequest, account_id: str) -> bool:
    """Whether it was made for this request: a name proves nothing, the tag does."""
    return organizations.tags_of(connection_of(request), account_id).get(MARKER) == str(
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
    connection = connection_of(request)
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
    save(request, attempt_started_at=Now())
    request.refresh_from_db(fields=["attempt_started_at"])
    try:
        creation = organizations.create_account(
            connection_of(request),
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
        save(request, attempt_started_at=None)  # AWS said no: nothing was begun
        if isinstance(refusal, Busy):
            raise
        raise Refused(sentence_for(refusal.detail or refusal.aws_code)) from refusal
    save(request, creation_id=creation.id)
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
    creation = organizations.creation_status(connection_of(request), request.creation_id)
    if creation.state == "IN_PROGRESS":
        return again(
            seconds=settings.PORTAL.flow.poll_seconds, note=said(gettext_noop("AWS is making it."))
        )
    if creation.state == "SUCCEEDED" and creation.account_id:
        save(request, account_id=creation.account_id)
        return done(creation.account_id)
    return _failed_creation(request, creation)


def _failed_creation(request: AccountRequest, creation: Creation) -> Outcome:
    """Each reason leads where it should: adopt, wait and ask anew, or a person."""
    if creation.failure in AMBIGUOUS:
        account = _account_by_email(request)
        if account is not None:
            save(request, account_id=account.id)
            return done(
                said(gettext_noop("Found the account that AWS had made: %(id)s."), id=account.id)
            )
    if creation.failure not in PASSING:
        raise Refused(sentence_for(creation.failure or creation.state))
    doubtful = creation.failure in AMBIGUOUS  # then the next attempt looks before it sends
    started = request.attempt_started_at if doubtful else None
    save(request, creation_id="", attempt_started_at=started)
    raise Refused(sentence_for(creation.failure), restart="accounts.open_account")
