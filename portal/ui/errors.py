"""The pages Django itself answers with when something is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.permissions import public


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere. Says so without Django's technical words."""
    return render(request, "errors/csrf.html", status=403)
