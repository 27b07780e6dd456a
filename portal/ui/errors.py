"""The pages Django itself answers with when something is wrong."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.permissions import public


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere. Says so without Django's technical words."""
    return render(request, "errors/csrf.html", status=403)


@public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "forbidden", _("You may not do this."))


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "missing", _("There is nothing here, or it is not yours to see."))


@public
def broken(request: HttpRequest) -> HttpResponse:
    """Our fault. The page is drawn without the request, whose user may be what is broken."""
    if request.path.startswith("/api/"):
        return _json(500, "error", _("Something went wrong."))
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def _answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _json(status, code, message)
    return render(request, f"errors/{status}.html", status=status)


def _json(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "fields": {}}, status=status)
