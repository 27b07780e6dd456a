"""The people one can be in the demo: two of each role."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.people.models import RoleBinding, User
from portal.permissions import ROLE_NAMES, Role

PER_ROLE = 2
DOES: dict[Role, Text] = {
    Role.DEVELOPER: _("asks for accounts and sees the own ones"),
    Role.CCOE: _("decides what rules leave open, shapes rules, steers runs"),
    Role.FINANCE: _("sees what accounts cost, decides on large budgets"),
    Role.SECURITY: _("sees everything that happens"),
    Role.AUDITOR: _("reads everything, exports the audit log"),
    Role.ADMIN: _("manages people and roles"),
}


@dataclass(frozen=True, slots=True)
class Persona:
    username: str
    name: str
    role: Text
    does: Text


def personas() -> list[Persona]:
    """In the order of the matrix; empty outside the demo."""
    if not settings.PORTAL.demo:
        return []
    return [
        Persona(user.username, user.name, ROLE_NAMES[role], DOES[role])
        for role in Role
        for user in _holders(role)
    ]


def _holders(role: Role) -> Iterable[User]:
    """Those with the fewest other roles first, as they show best what this one is."""
    held = Count("role_bindings")
    holders = User.objects.filter(
        is_active=True, pk__in=RoleBinding.objects.filter(role=role).values("user")
    )
    return holders.annotate(held=held).order_by("held", "pk")[:PER_ROLE]
