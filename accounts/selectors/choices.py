"""What a person may choose from when asking for an account: nothing outside is accepted."""

from django.db.models import Q, QuerySet

from accounts.words import REGIONS
from portal.aws.models import Connection
from portal.people.models import Team, User


def open_connections() -> QuerySet[Connection]:
    """Organisations in which the portal may make accounts."""
    return Connection.objects.filter(mode=Connection.Mode.MANAGE)


def teams_of(user: User) -> QuerySet[Team]:
    return Team.objects.filter(pk__in=user.team_ids)


def people() -> QuerySet[User]:
    """Everybody who can answer for an account."""
    return User.objects.filter(is_active=True, is_system=False)


def colleagues(user: User, *also: int | None) -> QuerySet[User]:
    """People in the person's teams, the person, and `also` (primary keys)."""
    together = Q(memberships__team__in=user.team_ids)
    return people().filter(together | Q(pk__in=[user.pk, *also])).distinct()


def access_groups(user: User) -> list[str]:
    """Identity Center groups of the person's teams."""
    groups = teams_of(user).exclude(access_group="").values_list("access_group", flat=True)
    return sorted(set(groups))


def regions(connection: Connection | None) -> list[tuple[str, object]]:
    """(region, what people read) of the organisation's governed regions, or of all we know."""
    governed = connection.governed_regions if connection else list(REGIONS)
    return [(region, REGIONS[region]) for region in governed if region in REGIONS]
