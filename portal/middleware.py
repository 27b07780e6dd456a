"""What happens to every request: sign-in, preferences, errors as pages, no caching of answers."""

import logging
import zoneinfo
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation

from portal.audit import refusals
from portal.errors import PortalError

log = logging.getLogger("portal.web")
Handler = Callable[[HttpRequest], HttpResponseBase]


def preferences(get_response: Handler) -> Handler:
    """The reader's time zone; and their language where no cookie says another."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated:
            if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = user.language
            zone = user.time_zone or request.COOKIES.get("time-zone", "")
        else:
            zone = ""
        with timezone.override(_zone(zone)):
            return get_response(request)

    return handle


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def sign_in_required(get_response: Handler) -> Handler:
    """Every page needs a signed-in person unless its view is marked public; the API guards itself.

    A lost session answers htmx and programs with 401, so that nothing typed is thrown away.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated or getattr(view, "is_public", False):
            return None
        if request.path.startswith("/api/"):
            return None
        sign_in = f"{resolve_url(settings.LOGIN_URL)}?next={quote(_return_to(request))}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"X-Sign-In": sign_in})
        return redirect(sign_in)

    handle.process_view = process_view  # type: ignore[attr-defined]
    return handle


def _return_to(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in ("GET", "HEAD") else request.path


def errors_become_answers(get_response: Handler) -> Handler:
    """PortalErrors raised by views become a page, a toast, or JSON; views do not catch them."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, PortalError):
            return None
        refusals.note(request, error)
        log.info("web.refused", extra={"code": error.code, "path": request.path})
        return answer(request, error)

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle


def answer(request: HttpRequest, error: PortalError) -> HttpResponseBase:
    """The error in the shape the asker understands."""
    if request.path.startswith("/api/"):
        fields = {name: [str(m) for m in messages] for name, messages in error.fields.items()}
        body = {"code": error.code, "message": str(error), "fields": fields}
        return JsonResponse(body, status=error.status)
    context = {"error": error, "back": request.headers.get("Referer", "")}
    if request.headers.get("HX-Request"):
        response = render(request, "ui/error.html", context, status=error.status)
        response["HX-Reswap"] = "none"
        trigger = JsonResponse({"toast": {"kind": "danger", "text": str(error)}})
        response["HX-Trigger"] = trigger.content.decode()
        return response
    known = error.status in (403, 404, 409, 422)
    template = f"errors/{error.status}.html" if known else "errors/error.html"
    return render(request, template, context, status=error.status)


def no_store(get_response: Handler) -> Handler:
    """Pages of the signed-in are not kept by caches."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        response.setdefault("Content-Language", translation.get_language() or "en")
        return response

    return handle
