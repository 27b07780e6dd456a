"""How views answer: a page or the part of it that htmx asked for, and toasts."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from portal.errors import Text

R = TypeVar("R", bound=HttpResponse)


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asked for a piece; not so when it boosts a link or restores history."""
    htmx = getattr(request, "htmx", None) or HtmxDetails(request)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_part(
    request: HttpRequest,
    page: str,
    part: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """The same content in two shapes at one address: whole for a browser, the part for htmx."""
    template = part if wants_part(request) else page
    response = render(request, template, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def toast(response: R, text: Text, kind: str = "success") -> R:
    """Let the answer to htmx say one sentence in a corner: success, info, warning or danger.

    After a redirect use django.contrib.messages, which base.html shows the same way.
    """
    trigger_client_event(response, "toast", {"kind": kind, "text": str(text)})
    return response


def kept_done(response: R, key: str, *, onward: str = "") -> R:
    """Tell the browser that what it kept of the form `data-keep=key` is safe with us now.

    What is typed into that form afterwards is kept as `onward`, when the form got a new name.
    """
    trigger_client_event(
        response, "kept-done", {"key": key} | ({"onward": onward} if onward else {})
    )
    return response


def redirect_page(href: str) -> HttpResponse:
    """Send the whole page elsewhere in answer to htmx. `href` is from reverse(), never data."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = href
    return response


def triggers(response: HttpResponse) -> dict[str, Any]:
    """The events an answer raises in the browser, for tests."""
    return dict(json.loads(response.get("HX-Trigger", "{}")))
