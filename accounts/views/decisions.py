"""What people do to a request: decide, withdraw, comment. All by POST only."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.forms import CommentForm, DecisionForm, WithdrawForm
from accounts.services import requests
from accounts.views.requests import found, show
from portal.approvals import services as approvals
from portal.approvals.models import Approval
from portal.errors import Conflict
from portal.permissions import Action, needs
from portal.ui.request import PortalRequest


@needs(Action.REQUEST_DECIDE)
@require_POST
def decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Yes or no to what was on the screen."""
    account_request = found(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return show(request, account_request, status=422, decision=form)
    if account_request.approval is None:
        raise Conflict(_("This request has not been submitted."))
    approval = approvals.decide(
        account_request.approval,
        actor=request.user,
        verdict=form.cleaned_data["verdict"],
        seen_hash=form.cleaned_data["seen_hash"],
        reason=form.cleaned_data["reason"],
    )
    messages.success(request, _sentence(approval))
    return redirect(account_request.get_absolute_url())


def _sentence(approval: Approval) -> str:
    if approval.status == Approval.Status.APPROVED:
        return _("Approved: the account is being made.")
    if approval.status == Approval.Status.REJECTED:
        return _("Rejected. The requester reads your reason.")
    return _("Your yes is recorded; somebody else must agree too.")


@needs(Action.REQUEST_CHANGE)
@require_POST
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    account_request = found(request, pk)
    form = WithdrawForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    requests.withdraw(account_request, actor=request.user, reason=reason)
    messages.success(request, _("The request is withdrawn."))
    return redirect(account_request.get_absolute_url())


@needs(Action.REQUEST_COMMENT)
@require_POST
def comment(request: PortalRequest, pk: int) -> HttpResponse:
    account_request = found(request, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show(request, account_request, status=422, comment=form)
    requests.comment(account_request, actor=request.user, text=form.cleaned_data["text"])
    return redirect(f"{account_request.get_absolute_url()}#talk")
