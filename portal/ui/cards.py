"""The socket for home cards: an app's `cards.py` registers functions that say one thing each.

    @card(title=_("Requests to decide"), order=10, section=Section.WAITING, needs=Action.…)
    def to_decide(user: User) -> Figure: ...

A card is loaded on its own, after the page: a slow or broken one costs only itself.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.people.models import User
from portal.permissions import Action, Role, may


class Section(StrEnum):
    """What a card tells: the three questions of everybody's home."""

    WAITING = "waiting"
    CHANGED = "changed"
    WRONG = "wrong"


SECTION_TITLES: dict[Section, Text] = {
    Section.WAITING: _("What waits for me"),
    Section.CHANGED: _("What changed"),
    Section.WRONG: _("What is wrong"),
}


NOTHING: Text = _("Nothing right now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number (or word) with what it means, and where to read on."""

    template: ClassVar[str] = "ui/_figure.html"
    value: Text | int
    caption: Text = ""
    href: str = ""
    tone: str = ""  # success, info, warning, danger

    @property
    def shown(self) -> Text:
        """The value with thousands separators when it is a count."""
        return intcomma(self.value) if isinstance(self.value, int) else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a listing. `badge` is a status word of portal/ui/badges.py."""

    title: Text
    href: str = ""
    detail: Text = ""
    badge: str = ""
    badge_text: Text = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A few rows; `href` leads to all of them, `total` says how many those are."""

    template: ClassVar[str] = "ui/_listing.html"
    lines: Sequence[Line]
    empty: Text = NOTHING
    href: str = ""
    total: int | None = None


Body = Figure | Listing
Load = Callable[[User], Body]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A registered card. `key` is its address: app and function name."""

    key: str
    title: Text
    section: Section
    order: int
    needs: Action | None
    roles: frozenset[Role]
    load: Load

    def is_for(self, user: User) -> bool:
        if self.needs is not None and not may(user, self.needs):
            return False
        return not self.roles or bool(self.roles & set(user.roles))


_cards: dict[str, Card] = {}


def card(
    *,
    title: Text,
    order: int,
    section: Section = Section.WAITING,
    needs: Action | None = None,
    roles: Iterable[Role] = (),
) -> Callable[[Load], Load]:
    """Register the decorated function as a home card.

    Shown to people who may do `needs` (None: everybody signed in) and, when `roles` is given,
    hold one of these roles. `order` is within the section.
    """

    def register(load: Load) -> Load:
        key = f"{load.__module__.split('.')[0]}-{load.__name__.replace('_', '-')}"
        if key in _cards:
            raise ImproperlyConfigured(f"Two home cards are called {key}.")
        _cards[key] = Card(
            key=key,
            title=title,
            section=section,
            order=order,
            needs=needs,
            roles=frozenset(roles),
            load=load,
        )
        return load

    return register


def cards_for(user: User) -> list[Card]:
    """The person's cards in reading order: by section, order, key."""
    sections = list(Section)
    mine = (c for c in _cards.values() if c.is_for(user))
    return sorted(mine, key=lambda c: (sections.index(c.section), c.order, c.key))
