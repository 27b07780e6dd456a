"""Reading people: the list, a person with their roles, teams, and the permission matrix as rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from portal.errors import Missing, Text
from portal.people import scopes
from portal.people.models import Membership, RoleBinding, Team, User
from portal.people.words import ACTION_WORDS
from portal.permissions import GRANTS, ROLE_NAMES, Action, Role, Scope


def people() -> QuerySet[User]:
    """Everybody but the portal itself, with teams and roles read in three more queries."""
    return User.objects.filter(is_system=False).prefetch_related(
        "role_bindings", "teams", "teams__role_bindings"
    )


def person(pk: int) -> User:
    """One of `people`. Raises Missing."""
    found = people().filter(pk=pk).first()
    if found is None:
        raise Missing()
    return found


def teams() -> QuerySet[Team]:
    """Teams with their members and roles; leads come first."""
    members = Membership.objects.select_related("user").order_by("-is_lead", "user__name")
    return Team.objects.prefetch_related(Prefetch("memberships", queryset=members), "role_bindings")


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role in words. `team` is set when it is held through one; only own ones can be removed."""

    binding: RoleBinding
    name: Text
    where: Text
    target: str
    team: Team | None = None


def held_roles(user: User) -> list[HeldRole]:
    """Own roles first, then those of their teams; reads nothing for one of `people`."""
    own = [held(binding) for binding in user.role_bindings.all()]
    by_team = [held(b, team) for team in user.teams.all() for b in team.role_bindings.all()]
    return own + by_team


def held(binding: RoleBinding, team: Team | None = None) -> HeldRole:
    name = ROLE_NAMES[Role(binding.role)]
    return HeldRole(binding, name, scopes.where(binding.target), binding.target, team)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One action: what it means, and per role "own", "all" or ""."""

    action: Action
    title: Text
    cells: tuple[tuple[Text, str], ...]


def matrix() -> Iterable[MatrixRow]:
    """The permission matrix itself, action by action in its own order."""
    return [
        MatrixRow(
            action=action,
            title=ACTION_WORDS[action],
            cells=tuple((ROLE_NAMES[role], _cell(granted.get(role))) for role in Role),
        )
        for action, granted in GRANTS.items()
    ]


def _cell(scope: Scope | None) -> str:
    return str(scope) if scope else ""
