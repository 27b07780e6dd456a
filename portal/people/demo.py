"""Signing in as one of the demo's personas by one click. Not routed outside the demo."""

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.audit.record import record
from portal.people.models import User
from portal.people.personas import personas
from portal.people.sign_in import safe_next
from portal.permissions import public


@public
@require_POST
@transaction.atomic
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Sign in as the persona named in `username`; 404 outside the demo or for somebody else."""
    username = request.POST.get("username", "")
    if not settings.PORTAL.demo or username not in {p.username for p in personas()}:
        raise Http404
    user = User.objects.get(username=username)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    record(actor=user, action="sign_in", target=user, facts={"by": "persona"})
    return redirect(safe_next(request))
