"""What base.html needs on every page, worked out only when a template asks."""

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.functional import cached_property

from portal.people.models import User
from portal.ui import help
from portal.ui.menu import MenuSection, menu_for

THEMES = ("auto", "light", "dark")


class Chrome:
    """The frame around a page: menu, theme, languages."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def menu(self) -> list[MenuSection]:
        return menu_for(self.user, self.request.path) if self.user else []

    @property
    def help_href(self) -> str:
        """The help about this page; addresses that lead nowhere have no view."""
        match = self.request.resolver_match
        return help.href_of(match.view_name if match else "")

    @property
    def layout(self) -> str:
        """The frame of pages that both the signed-in and strangers see, like errors."""
        return "base.html" if self.user else "bare.html"

    @property
    def theme(self) -> str:
        """auto, light or dark: of this browser, else of the person."""
        chosen = self.request.COOKIES.get("theme") or getattr(self.user, "theme", "")
        return chosen if chosen in THEMES else "auto"

    @property
    def is_demo(self) -> bool:
        return bool(settings.PORTAL.demo)

    @property
    def languages(self) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)

    @property
    def sign_in_url(self) -> str:
        return resolve_url(settings.LOGIN_URL)


def chrome(request: HttpRequest) -> dict[str, Chrome]:
    """Context processor: `chrome` in every template."""
    return {"chrome": Chrome(request)}
