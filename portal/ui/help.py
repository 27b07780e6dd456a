"""The help page: a section per page of the portal, and which section belongs to which page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.errors import Text
from portal.people.models import User
from portal.permissions import ROLE_NAMES, Role, may, needs
from portal.ui.request import PortalRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A section of the page. Its text is templates/help/_<anchor>.html; `url_name` is the page it
    is about, "" when that page stands for one thing and needs arguments."""

    anchor: str
    title: Text
    icon: str
    url_name: str = ""

    @property
    def template(self) -> str:
        return f"help/_{self.anchor}.html"

    def href_for(self, user: User) -> str:
        """The page itself, "" when it is not for this person: its view says whom it is for."""
        if not self.url_name:
            return ""
        href = reverse(self.url_name)
        view: Any = resolve(href).func
        return href if view.needs is None or may(user, view.needs) else ""


TOPICS = (
    Topic(anchor="start", title=_("Getting started"), icon="flag"),
    Topic(anchor="home", title=_("Home"), icon="home", url_name="home"),
    Topic(anchor="organisation", title=_("Organisation"), icon="sitemap", url_name="accounts:tree"),
    Topic(
        anchor="accounts", title=_("Accounts"), icon="building", url_name="accounts:account-list"
    ),
    Topic(anchor="account", title=_("The page of an account"), icon="info-circle"),
    Topic(
        anchor="asking",
        title=_("Ask for an account"),
        icon="plus",
        url_name="accounts:request-create",
    ),
    Topic(anchor="requests", title=_("My requests"), icon="send", url_name="accounts:request-list"),
    Topic(anchor="request", title=_("The page of a request"), icon="file-text"),
    Topic(
        anchor="deciding",
        title=_("Requests to decide"),
        icon="clipboard-check",
        url_name="accounts:request-queue",
    ),
    Topic(anchor="rules", title=_("Approval rules"), icon="scale", url_name="rule-list"),
    Topic(anchor="runs", title=_("Runs"), icon="player-play", url_name="run-list"),
    Topic(anchor="audit", title=_("Audit log"), icon="history", url_name="audit-list"),
    Topic(anchor="data", title=_("Data"), icon="database", url_name="data-list"),
    Topic(anchor="connections", title=_("Connections"), icon="plug", url_name="connection-list"),
    Topic(anchor="people", title=_("People and roles"), icon="users", url_name="person-list"),
    Topic(anchor="profile", title=_("Your profile"), icon="user-circle", url_name="profile"),
    Topic(anchor="tokens", title=_("API tokens"), icon="key", url_name="token-list"),
)

# View name → anchor, also of views that draw a page again when what was sent to them was wrong.
SECTIONS = {
    "home": "home",
    "card": "home",
    "search": "home",
    "accounts:tree": "organisation",
    "accounts:ou-detail": "organisation",
    "accounts:change-list": "organisation",
    "accounts:account-list": "accounts",
    "accounts:account-detail": "account",
    "accounts:request-create": "asking",
    "accounts:request-edit": "asking",
    "accounts:request-list": "requests",
    "accounts:request-detail": "request",
    "accounts:request-comment": "request",
    "accounts:request-decide": "deciding",
    "accounts:request-queue": "deciding",
    "rule-list": "rules",
    "rule-create": "rules",
    "rule-edit": "rules",
    "rule-delete": "rules",
    "rule-try": "rules",
    "run-list": "runs",
    "run-detail": "runs",
    "run-skip": "runs",
    "run-cancel": "runs",
    "audit-list": "audit",
    "audit-detail": "audit",
    "audit-verify": "audit",
    "data-list": "data",
    "connection-list": "connections",
    "connection-set-mode": "connections",
    "person-list": "people",
    "person-detail": "people",
    "person-bind-role": "people",
    "person-set-active": "people",
    "team-list": "people",
    "permission-matrix": "people",
    "profile": "profile",
    "token-list": "tokens",
    "token-create": "tokens",
}


@dataclass(frozen=True, slots=True)
class Start:
    """How somebody in this role begins; `is_mine` when the reader holds it."""

    role: Role
    name: Text
    is_mine: bool

    @property
    def template(self) -> str:
        return f"help/_start_{self.role}.html"


def starts_for(user: User) -> list[Start]:
    """The reader's own roles first."""
    starts = [Start(role, ROLE_NAMES[role], role in user.roles) for role in Role]
    return sorted(starts, key=lambda start: not start.is_mine)


def href_of(view_name: str) -> str:
    """The help about the page that a view draws; the top of the help for any other."""
    anchor = SECTIONS.get(view_name, "")
    return f"{reverse('help')}#{anchor}" if anchor else reverse("help")


@needs(None)
@require_safe
def help_page(request: PortalRequest) -> HttpResponse:
    context = {
        "topics": [(topic, topic.href_for(request.user)) for topic in TOPICS],
        "starts": starts_for(request.user),
    }
    return render(request, "help/page.html", context)
