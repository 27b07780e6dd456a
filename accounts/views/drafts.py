"""Writing a request: the form, the check while typing, submitting, throwing away."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import RequestForm, consequences, first_values
from accounts.models import AccountRequest
from accounts.selectors import requests as selector
from accounts.services import requests
from accounts.views.outlook import outlook
from portal.errors import Conflict, Forbidden, Missing
from portal.permissions import Action, needs, require
from portal.ui.answers import kept_done, page_or_part, redirect_page
from portal.ui.request import PortalRequest


@needs(Action.REQUEST_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: PortalRequest) -> HttpResponse:
    """A new request. Reading the form writes nothing; the draft begins with the first typing."""
    if request.method == "POST":
        return _take(request, _named(request))
    fresh = AccountRequest(requester=request.user, **first_values(request.user))
    return _show(request, _form(request, fresh))


@needs(Action.REQUEST_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """A draft, or a request that still waits."""
    account_request = _changeable(request, pk)
    if request.method == "POST":
        return _take(request, account_request)
    return _show(request, _form(request, account_request))


@needs(Action.REQUEST_CREATE)
@require_POST
def check(request: PortalRequest) -> HttpResponse:
    """One field was changed: keep the draft, and say what is right, wrong, and would happen."""
    before = _named(request) or AccountRequest(requester=request.user)
    if not before.is_changeable:
        return HttpResponse(status=204)  # sent just before the form was: it came too late
    form = RequestForm(request.POST, user=request.user, account_request=before)
    values = form.readable()
    is_read = not form.errors
    name = request.GET.get("field", "")
    followed = consequences(name, before, _with(before, values))
    after = _kept(request, before, values | followed)
    look = outlook(after)
    form.take_over(look.sentences_for(name))
    shown = _form(request, after)
    context = {
        "field": form[name] if name in form.fields else None,
        "followed": [shown[other] for other in followed],
        "account_request": after,
        "outlook": look,
    }
    response = render(request, "accounts/_request_checked.html", context)
    return _told(request, response, after) if is_read and after.is_draft else response


def _told(request: PortalRequest, response: HttpResponse, draft: AccountRequest) -> HttpResponse:
    """All of it is safe on the server: the browser may forget its copy, and a reload finds it."""
    begun = request.POST.get("begun", "")
    response["HX-Replace-Url"] = reverse("accounts:request-edit", args=[draft.pk])
    began_as = _keep_key(int(begun) if begun.isdigit() else None)
    return kept_done(response, began_as, onward=_keep_key(draft.pk))


def _kept(request: PortalRequest, before: AccountRequest, values: dict[str, Any]) -> AccountRequest:
    """Drafts are kept as they are typed; a request that waits is only looked at."""
    if before.pk is None:
        return requests.start_draft(actor=request.user, **values)
    if before.is_draft:
        return requests.save_draft(before, actor=request.user, **values)
    return _with(before, values)


@needs(Action.REQUEST_CREATE)
@require_POST
def submit(request: PortalRequest, pk: int) -> HttpResponse:
    """Hand in a draft from its page; what is missing is shown in the form."""
    draft = _changeable(request, pk)
    if not draft.is_draft:
        raise Conflict(_("This request has been submitted already."))
    if requests.faults(draft):
        messages.warning(request, _("Something is still missing: it is listed beside the form."))
        return _onward(request, reverse("accounts:request-edit", args=[pk]))
    return _submitted(request, draft)


@needs(Action.REQUEST_CREATE)
@require_POST
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    draft = _changeable(request, pk)
    requests.delete_draft(draft, actor=request.user)
    messages.success(request, _("The draft is gone."))
    return _onward(request, reverse("accounts:request-list"))


def _take(request: PortalRequest, account_request: AccountRequest | None) -> HttpResponse:
    """The form was sent: save the draft, submit it, or change the request that waits."""
    before = account_request or AccountRequest(requester=request.user)
    form = RequestForm(request.POST, user=request.user, account_request=before)
    values = form.readable()
    if before.pk is None or before.is_draft:
        return _take_draft(request, before, form, values)
    form.take_over(requests.faults(_with(before, values)))
    if form.errors:
        return _show(request, form, status=422)
    changed = requests.edit(before, actor=request.user, **values)
    messages.success(request, _("Your changes are in; the rules have looked at them anew."))
    return _onward(request, changed.get_absolute_url())


def _take_draft(
    request: PortalRequest, before: AccountRequest, form: RequestForm, values: dict[str, Any]
) -> HttpResponse:
    draft = _kept(request, before, values)
    is_submission = request.POST.get("do") == "submit"
    if is_submission:
        form.take_over(requests.faults(draft))
    if form.errors:
        form.account_request = draft
        return _show(request, form, status=422)
    if is_submission:
        return _submitted(request, draft)
    messages.success(request, _("The draft is saved. Only you see it."))
    return _onward(request, reverse("accounts:request-edit", args=[draft.pk]))


def _submitted(request: PortalRequest, draft: AccountRequest) -> HttpResponse:
    submitted = requests.submit(draft, actor=request.user)
    if submitted.status == AccountRequest.Status.APPROVED:
        messages.success(request, _("Approved at once: the account is being made."))
    else:
        messages.success(request, _("Your request is in. Below you see who decides, and by when."))
    return _onward(request, submitted.get_absolute_url())


def _form(request: PortalRequest, account_request: AccountRequest) -> RequestForm:
    """The form with the stored values."""
    stored = {name: getattr(account_request, name) for name in requests.EDITABLE}
    return RequestForm(initial=stored, user=request.user, account_request=account_request)


def _show(request: PortalRequest, form: RequestForm, *, status: int = 200) -> HttpResponse:
    account_request = form.account_request
    if form.is_bound:
        account_request = _with(account_request, form.readable())
    context = {
        "form": form,
        "account_request": form.account_request,
        "outlook": outlook(account_request),
        "keep": _keep_key(form.account_request.pk),
    }
    page, part = "accounts/request_form.html", "accounts/_request_form.html"
    return page_or_part(request, page, part, context, status=status)


def _keep_key(pk: int | None) -> str:
    """Under which name the browser keeps what is typed."""
    return f"account-request-{pk or 'new'}"


def _with(account_request: AccountRequest, values: dict[str, Any]) -> AccountRequest:
    """A copy with these values that is never saved."""
    changed = copy(account_request)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def _named(request: PortalRequest) -> AccountRequest | None:
    """The request that the form says it belongs to. Raises Missing, Forbidden."""
    pk = request.POST.get("draft", "")
    if not pk:
        return None
    if not pk.isdigit():
        raise Missing()
    return _own(request, int(pk))


def _changeable(request: PortalRequest, pk: int) -> AccountRequest:
    """One's own request, still open. Raises Missing, Forbidden, Conflict (decided already)."""
    found = _own(request, pk)
    if not found.is_changeable:
        raise Conflict(_("It has been decided already and can't be edited any more."))
    return found


def _own(request: PortalRequest, pk: int) -> AccountRequest:
    """One's own request. Raises Missing (not there, or not to be seen), Forbidden."""
    seen = selector.visible_to(request.user)
    found = seen.select_related("connection", "team", "owner", "deputy", "ou").filter(pk=pk).first()
    if found is None:
        raise Missing()
    require(request.user, Action.REQUEST_CHANGE, found)
    if found.requester_id != request.user.pk:
        raise Forbidden(_("Only the person who asked can change the request."))
    return found


def _onward(request: HttpRequest, href: str) -> HttpResponse:
    return redirect_page(href) if request.headers.get("HX-Request") else redirect(href)
