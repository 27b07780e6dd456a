"""The home page, its cards, the search, and how the reader likes to read."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.errors import Invalid, Missing
from portal.permissions import needs, public
from portal.ui import preferences
from portal.ui.answers import page_or_part
from portal.ui.cards import SECTION_TITLES, Card, cards_for
from portal.ui.context import THEMES
from portal.ui.request import PortalRequest
from portal.ui.search import SHORTEST, find_everywhere

log = logging.getLogger("portal.ui")
YEAR = 365 * 24 * 3600


@needs(None)
def home(request: PortalRequest) -> HttpResponse:
    """Titles at once; each card then loads itself."""
    cards = cards_for(request.user)
    sections = [
        {"key": section, "title": title, "cards": [c for c in cards if c.section is section]}
        for section, title in SECTION_TITLES.items()
    ]
    return render(request, "home.html", {"sections": [s for s in sections if s["cards"]]})


@needs(None)
def card(request: PortalRequest, key: str) -> HttpResponse:
    """One card's content; 404 for people it is not for."""
    mine = next((c for c in cards_for(request.user) if c.key == key), None)
    if mine is None:
        raise Missing()
    context = {"card": mine, "body": _body(mine, request)}
    return page_or_part(request, "ui/card_page.html", "ui/_card.html", context)


def _body(card: Card, request: PortalRequest) -> object:
    """What the card says, or None when it broke: one card never takes the others down."""
    try:
        return card.load(request.user)
    except Exception:  # isolation is what the socket promises; the log has the whole story
        log.exception("card.broken", extra={"card": card.key})
        return None


@needs(None)
def search(request: PortalRequest) -> HttpResponse:
    return page_or_part(request, "search/page.html", "search/_results.html", _found(request))


@needs(None)
def quick_search(request: PortalRequest) -> HttpResponse:
    """The few best hits, under the search box while typing."""
    return render(request, "search/_quick.html", _found(request))


def _found(request: PortalRequest) -> dict[str, object]:
    q = request.GET.get("q", "").strip()[:200]
    groups = find_everywhere(request.user, q)
    return {"q": q, "groups": groups, "is_too_short": len(q) < SHORTEST, "shortest": SHORTEST}


@public
@require_POST
def prefer_language(request: HttpRequest) -> HttpResponse:
    """Remember the language: in a cookie, and with the person when somebody is signed in."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise Invalid(_("The portal does not speak this language."))
    if request.user.is_authenticated:
        preferences.prefer_language(request.user, language)
    return _remember(_back(request), settings.LANGUAGE_COOKIE_NAME, language)


@public
@require_POST
def prefer_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as the device."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        raise Invalid(_("There is no such theme."))
    if request.user.is_authenticated:
        preferences.prefer_theme(request.user, theme)
    return _remember(_back(request), "theme", theme)


def _remember(response: HttpResponse, name: str, value: str) -> HttpResponse:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure)
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """To the page the form stood on; nothing to swap for htmx. Never to another host."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    target = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if allowed else resolve_url("home"))
