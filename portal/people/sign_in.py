"""Signing in and out. Nobody learns here whether a name exists."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from portal.audit.record import record
from portal.errors import TooMany
from portal.middleware import answer
from portal.people.models import User
from portal.people.personas import personas
from portal.people.system import system_user
from portal.permissions import needs, public
from portal.ui.request import PortalRequest

NAME_LENGTH = 60


def safe_next(request: HttpRequest) -> str:
    """Where `next` leads when that is a path of this portal, else the home page."""
    target = request.POST.get("next", request.GET.get("next", ""))
    ours = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if ours else resolve_url("home")


class _SignIn(LoginView):
    """Name and password; in the demo also the personas. Each try is in the audit log."""

    template_name = "registration/login.html"

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        return safe_next(request or self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(personas=personas(), **kwargs)

    @method_decorator(transaction.atomic)
    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)  # gives the session a new key
        user = form.get_user()
        record(actor=user, action="sign_in", target=user, facts={"by": "password"})
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """The same answer, by the same queries, whether or not there is such a person."""
        tried = self.request.POST.get("username", "")[:NAME_LENGTH].replace("\x00", "")
        known = User.objects.filter(username=tried).first()
        is_locked = bool(getattr(self.request, "axes_locked_out", False))
        facts = {"name": tried, "locked": is_locked}
        record(actor=system_user(), action="sign_in_failed", target=known, facts=facts)
        return self.render_to_response(self.get_context_data(form=form), status=422)


sign_in = public(_SignIn.as_view())


@needs(None)
@require_POST
def sign_out(request: PortalRequest) -> HttpResponse:
    """End the session on the server, so that a copied cookie is worth nothing."""
    record(actor=request.user, action="sign_out", target=request.user)
    logout(request)
    return redirect("sign-in")


def locked_out(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any], *_a: Any, **_k: Any
) -> HttpResponseBase:
    """What django-axes answers after too many tries: the same for every name."""
    return answer(
        request, TooMany(_("Too many tries. Wait a quarter of an hour, then sign in again."))
    )
