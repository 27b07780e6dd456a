"""What a person may choose from when asking for an account: nothing outside is accepted."""

from django.db.models import Q, QuerySet

from accounts.models import AccountRequest
from accounts.words import REGIONS
from portal.aws.models import Connection
from portal.people.models import Team, User


def open_connections() -> QuerySet[Connection]:
    """Organisations in which the portal may make accounts."""
    return Connection.objects.filter(mode=Connection.Mode.MANAGE)


def teams_of(user: User) -> QuerySet[Team]:
    return Team.objects.filter(pk__in=user.team_ids)


def colleagues(user: User, request: AccountRequest) -> QuerySet[User]:
    """People in the person's teams, the person, and who is named in the request already."""
    named = Q(pk__in=[user.pk, request.owner_id, request.deputy_id])
    together = Q(memberships__team__in=user.team_ids)
    active = User.objects.filter(is_active=True, is_system=False)
    return active.filter(named | together).distinct()


def access_groups(user: User) -> list[str]:
    """Identity Center groups of the person's teams."""
    groups = teams_of(user).exclude(access_group="").values_list("access_group", flat=True)
    return sorted(set(groups))


def regions(connection: Connection | None) -> list[tuple[str, object]]:
    """(region, what people read) of the organisation's governed regions, or of all we know."""
    governed = connection.governed_regions if connection else list(REGIONS)
    return [(region, REGIONS[region]) for region in governed if region in REGIONS]
