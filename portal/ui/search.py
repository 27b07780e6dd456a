"""The socket for search: an app's `search.py` registers one provider per kind of thing.

    @search_provider("account", title=_("Accounts"), needs=Action.ACCOUNT_VIEW)
    def accounts(user: User, q: str) -> list[Hit]: ...

Providers narrow by user themselves (`visible_to`) and return a handful of hits, best first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from portal.errors import Text
from portal.people.models import User
from portal.permissions import Action, may

SHORTEST = 2  # characters worth searching for


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found. `icon` is a name in static/icons.svg."""

    title: Text
    href: str
    subtitle: Text = ""
    icon: str = "search"


Find = Callable[[User, str], Sequence[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    kind: str
    title: Text
    needs: Action | None
    find: Find


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The hits of one kind."""

    kind: str
    title: Text
    hits: Sequence[Hit]


_providers: dict[str, Provider] = {}


def search_provider(kind: str, *, title: Text, needs: Action | None) -> Callable[[Find], Find]:
    """Register the decorated function as the search for one kind of thing."""

    def register(find: Find) -> Find:
        if kind in _providers:
            raise ImproperlyConfigured(f"Two search providers find {kind}.")
        _providers[kind] = Provider(kind=kind, title=title, needs=needs, find=find)
        return find

    return register


def find_everywhere(user: User, q: str) -> list[Found]:
    """What the person may see that answers to `q`, by kind; nothing for one character."""
    q = q.strip()
    if len(q) < SHORTEST:
        return []
    mine = [p for p in _providers.values() if p.needs is None or may(user, p.needs)]
    found = [Found(kind=p.kind, title=p.title, hits=p.find(user, q)) for p in mine]
    return [group for group in found if group.hits]
