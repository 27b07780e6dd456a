"""A person's own tokens: list, make, revoke. In the browser only: a token makes no tokens."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from portal.api import tokens
from portal.api.models import ApiToken
from portal.api.token_forms import TokenForm
from portal.errors import Invalid, Missing
from portal.permissions import Action, needs
from portal.ui.request import PortalRequest


@needs(Action.TOKEN_MANAGE)
def token_list(request: PortalRequest) -> HttpResponse:
    own = ApiToken.objects.filter(user=request.user)
    return render(request, "tokens/list.html", {"tokens": own, "crumbs": _crumbs()})


@never_cache
@needs(Action.TOKEN_MANAGE)
@sensitive_variables("secret")
def token_create(request: PortalRequest) -> HttpResponse:
    """The answer to the form is the only page that ever shows the token."""
    form = TokenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    try:
        token, secret = tokens.issue(actor=request.user, **form.cleaned_data)
    except Invalid as refusal:
        for name, sentences in refusal.fields.items():
            form.add_error(name, [str(sentence) for sentence in sentences])
        return _form(request, form)
    context = {"token": token, "secret": secret, "crumbs": _crumbs(_("Your new token"))}
    return render(request, "tokens/made.html", context)


def _form(request: PortalRequest, form: TokenForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "crumbs": _crumbs(_("Make a token"))}
    return render(request, "tokens/form.html", context, status=status)


def _crumbs(last: str = "") -> list[tuple[str, str]]:
    """The way from the profile to the list, or to a page below it."""
    profile, own = (_("Your profile"), reverse("profile")), _("Your API tokens")
    return [profile, (own, reverse("token-list")), (last, "")] if last else [profile, (own, "")]


@require_POST
@needs(Action.TOKEN_MANAGE)
def token_revoke(request: PortalRequest, pk: int) -> HttpResponse:
    token = ApiToken.objects.filter(user=request.user, pk=pk).first()
    if token is None:
        raise Missing()
    tokens.revoke(token, actor=request.user)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("token-list")
