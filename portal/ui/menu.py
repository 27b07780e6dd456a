"""The socket for menu entries: an app's `menu.py` calls `entry(...)` once per entry."""

from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.people.models import User
from portal.permissions import Action, may


class Section(StrEnum):
    """Parts of the sidebar, in this order."""

    START = "start"
    ACCOUNTS = "accounts"
    SECURITY = "security"
    COSTS = "costs"
    CONTROL = "control"
    ADMINISTRATION = "administration"


SECTION_TITLES: dict[Section, Text] = {
    Section.START: "",
    Section.ACCOUNTS: _("Accounts"),
    Section.SECURITY: _("Security"),
    Section.COSTS: _("Costs"),
    Section.CONTROL: _("Control"),
    Section.ADMINISTRATION: _("Administration"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """A registered entry. `icon` is a name in static/icons.svg, `url_name` needs no arguments."""

    title: Text
    icon: str
    url_name: str
    order: int
    needs: Action | None
    section: Section


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuLink:
    title: Text
    icon: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSection:
    title: Text
    links: list[MenuLink]


_entries: dict[str, MenuEntry] = {}


def entry(
    *,
    title: Text,
    icon: str,
    url_name: str,
    order: int,
    needs: Action | None,
    section: Section = Section.ACCOUNTS,
) -> MenuEntry:
    """Register a menu entry, shown to people who may do `needs` (None: everybody signed in)."""
    if url_name in _entries:
        raise ImproperlyConfigured(f"Two menu entries lead to {url_name}.")
    _entries[url_name] = MenuEntry(
        title=title, icon=icon, url_name=url_name, order=order, needs=needs, section=section
    )
    return _entries[url_name]


def entries_for(user: User) -> list[MenuEntry]:
    """The entries a person may follow, by order."""
    mine = (e for e in _entries.values() if e.needs is None or may(user, e.needs))
    return sorted(mine, key=lambda e: (e.order, e.url_name))


def menu_for(user: User, path: str = "") -> list[MenuSection]:
    """The sidebar of a person who reads the page at `path`; empty sections are left out."""
    entries = entries_for(user)
    here = _current(path, [reverse(e.url_name) for e in entries])
    return [
        MenuSection(
            title=title, links=[_link(e, here=here) for e in entries if e.section is section]
        )
        for section, title in SECTION_TITLES.items()
        if any(e.section is section for e in entries)
    ]


def _link(entry: MenuEntry, *, here: str) -> MenuLink:
    href = reverse(entry.url_name)
    return MenuLink(title=entry.title, icon=entry.icon, href=href, is_current=href == here)


def _current(path: str, hrefs: list[str]) -> str:
    """The entry under which a page stands: the longest address its own begins with."""
    home = reverse("home")
    above = [href for href in hrefs if path == href or (href != home and path.startswith(href))]
    return max(above, key=len, default="")


entry(title=_("Home"), icon="home", url_name="home", order=0, needs=None, section=Section.START)
