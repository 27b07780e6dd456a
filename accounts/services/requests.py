"""What people do with requests: draft, submit, edit, withdraw, comment; and how they end."""

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountRequest, RequestComment
from accounts.services.naming import Names, names_for
from accounts.services.validity import faults
from portal.approvals import services as approvals
from portal.approvals.kinds import KINDS
from portal.audit.record import record
from portal.errors import Conflict, Forbidden, Invalid, Missing
from portal.people.models import Team, User
from portal.permissions import Action, require

__all__ = [
    "EDITABLE",
    "KIND",
    "Names",
    "comment",
    "delete_draft",
    "edit",
    "faults",
    "names_for",
    "save_draft",
    "start_draft",
    "submit",
    "withdraw",
]
KIND = "account_request"
MOST_TURNS = 5  # at choosing a name that somebody else takes at the same moment
Status = AccountRequest.Status

# What a person may set. Everything else on the row is set by services, whatever is sent.
EDITABLE = (
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
    "expires_on",
)


@transaction.atomic
def start_draft(*, actor: User, **fields: Any) -> AccountRequest:
    """A new draft, seen by nobody else. Raises Forbidden, Invalid."""
    require(actor, Action.REQUEST_CREATE)
    request = AccountRequest(requester=actor)
    _set(request, fields, actor)
    request.save()
    record(actor=actor, action=Action.REQUEST_CREATE, target=request)
    return request


@transaction.atomic
def save_draft(request: AccountRequest, *, actor: User, **fields: Any) -> AccountRequest:
    """Keep what was typed, right or wrong. Not audited: nobody but the person sees it.
    Raises Forbidden, Conflict."""
    _require_own(request, actor)
    locked = _locked(request)
    if not locked.is_draft:
        raise Conflict(_("This request has been submitted already."))
    _set(locked, fields, actor)
    locked.save()
    return locked


@transaction.atomic
def delete_draft(request: AccountRequest, *, actor: User) -> None:
    """Throw a draft away. Raises Forbidden, Conflict."""
    _require_own(request, actor)
    locked = _locked(request)
    if not locked.is_draft:
        raise Conflict(_("This request has been submitted already; withdraw it instead."))
    record(actor=actor, action="request_delete_draft", target=locked)
    locked.delete()


@transaction.atomic
def submit(request: AccountRequest, *, actor: User) -> AccountRequest:
    """Hand the request in; the rules may approve it at once.
    Raises Invalid (a sentence per field), Forbidden, Conflict."""
    _require_own(request, actor)
    require(actor, Action.REQUEST_CREATE)
    locked = _locked(request)
    if not locked.is_draft:
        raise Conflict(_("This request has been submitted already."))
    _require_valid(locked)
    _choose_names(locked)
    locked.status, locked.submitted_at = Status.SUBMITTED, timezone.now()
    locked.save()
    title = _("Account %(name)s") % {"name": locked.account_name}
    locked.approval = approvals.open_approval(KINDS[KIND], locked, actor=actor, title=title)
    locked.save(update_fields=["approval"])
    facts = {"rule": locked.approval.rule_name, "content": locked.approval.content_hash}
    record(actor=actor, action="request_submit", target=locked, facts=facts)
    approvals.settle_by_rule(locked.approval)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def edit(request: AccountRequest, *, actor: User, **fields: Any) -> AccountRequest:
    """Change a request that waits: earlier decisions are void, the rules speak anew.
    Raises Invalid, Forbidden, Conflict."""
    _require_own(request, actor)
    locked = _locked(request)
    if locked.status != Status.SUBMITTED or locked.approval is None:
        raise Conflict(_("It has been decided already and can't be edited any more."))
    _set(locked, fields, actor)
    _require_valid(locked)
    _choose_names(locked)
    locked.save()
    approvals.reopen(locked.approval, actor=actor)
    record(
        actor=actor, action=Action.REQUEST_CHANGE, target=locked, facts={"fields": sorted(fields)}
    )
    approvals.settle_by_rule(locked.approval)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def withdraw(request: AccountRequest, *, actor: User, reason: str = "") -> AccountRequest:
    """Take a request back that waits. Raises Forbidden, Conflict."""
    _require_own(request, actor)
    locked = _locked(request)
    if locked.status != Status.SUBMITTED or locked.approval is None:
        raise Conflict(_("It has been decided already and can't be withdrawn any more."))
    approvals.withdraw(locked.approval, actor=actor)
    locked.move(start=Status.SUBMITTED, end=Status.WITHDRAWN)
    record(actor=actor, action="request_withdraw", target=locked, reason=reason)
    return locked


@transaction.atomic
def comment(request: AccountRequest, *, actor: User, text: str) -> RequestComment:
    """Say something beside the request. Raises Forbidden, Missing, Invalid."""
    require(actor, Action.REQUEST_COMMENT, request)
    if request.is_draft and request.requester_id != actor.pk:
        raise Missing()  # drafts are private
    if not text.strip():
        raise Invalid(fields={"text": [_("Write something first.")]})
    if len(text) > 2000:
        raise Invalid(fields={"text": [_("2,000 characters at most.")]})
    line = RequestComment.objects.create(
        request=request, author=actor, text=text.replace("\x00", "")
    )
    record(actor=actor, action=Action.REQUEST_COMMENT, target=request)
    return line


def _require_own(request: AccountRequest, actor: User) -> None:
    require(actor, Action.REQUEST_CHANGE, request)
    if request.requester_id != actor.pk:
        raise Forbidden(_("Only the person who asked can change the request."))


def _require_valid(request: AccountRequest) -> None:
    if wrong := faults(request):
        raise Invalid(fields={name: list(sentences) for name, sentences in wrong.items()})


def _locked(request: AccountRequest) -> AccountRequest:
    rows = AccountRequest.objects.select_for_update(of=("self",), no_key=True)
    return rows.get(pk=request.pk)


def _set(request: AccountRequest, fields: dict[str, Any], actor: User) -> None:
    unknown = sorted(set(fields) - set(EDITABLE))
    if unknown:
        raise Invalid(fields={name: [_("This can't be set.")] for name in unknown})
    team: Team | None = fields.get("team")
    if team is not None and team.pk not in actor.team_ids:
        raise Invalid(fields={"team": [_("You are not in this team.")]})
    for name, value in fields.items():
        setattr(request, name, value.replace("\x00", "") if isinstance(value, str) else value)


def _choose_names(request: AccountRequest) -> None:
    """Name and address are chosen once. An edit that changes what they are made from chooses anew,
    as long as nothing was sent to AWS: until then nobody but us knows them."""
    for _turn in range(MOST_TURNS):
        names = names_for(request)
        if not names.account_name or names.ou is None:
            raise Conflict(_("No free account name is left for this; choose another name."))
        request.account_name, request.email, request.ou = names.account_name, names.email, names.ou
        with suppress(IntegrityError), transaction.atomic():
            request.save()
            return
    raise Conflict(_("Somebody took this name at the same moment; submit again."))


@transaction.atomic
def run_ended(request: AccountRequest, run: Any) -> None:
    """What the end of the vending run means for the request."""
    if run.status == "cancelled":
        request.move(start=Status.APPROVED, end=Status.CANCELLED)
