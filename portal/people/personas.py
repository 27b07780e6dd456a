"""The people one can be in the demo: the first two of each role."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.people.models import User
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
    """In the order of the matrix, a person once; empty outside the demo."""
    if not settings.PORTAL.demo:
        return []
    found: dict[str, Persona] = {}
    for role in Role:
        people = User.objects.filter(is_active=True, role_bindings__role=role).distinct()
        for user in people.order_by("pk")[:PER_ROLE]:
            persona = Persona(user.username, user.name, ROLE_NAMES[role], DOES[role])
            found.setdefault(user.username, persona)
    return list(found.values())
