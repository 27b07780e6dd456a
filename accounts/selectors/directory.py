"""Organisations, OUs and accounts as far as a person may see them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import Account, DelegatedAdministrator, OrganizationalUnit, Placement
from portal.aws.models import Connection
from portal.people.models import User
from portal.permissions import Action, grants


def ous_for(user: User) -> QuerySet[OrganizationalUnit]:
    """OUs that AWS still shows, as far as the person may see them."""
    return ous_ever_for(user).filter(gone_at__isnull=True)


def ous_ever_for(user: User) -> QuerySet[OrganizationalUnit]:
    """OUs the person may see: all, or below their roles' targets, with the way up to the root."""
    targets = {target for _scope, target in grants(user, Action.ORGANISATION_VIEW)}
    ous = OrganizationalUnit.objects.all()
    if not targets:
        return ous.none()
    return ous if "" in targets else ous.filter(_inside(targets) | _above(targets))


def _inside(targets: Iterable[str]) -> Q:
    condition = Q(pk__in=[])
    for target in targets:
        if target.startswith("o-"):
            condition |= Q(path__startswith=f"{target}/")
        elif not target.isdigit():
            condition |= Q(path__contains=f"/{target}/")
    return condition


def _above(targets: Iterable[str]) -> Q:
    """The chain of OUs over bound OUs and accounts, so that the tree has no holes."""
    bound = OrganizationalUnit.objects.filter(
        Q(ou_id__in=targets) | Q(accounts__account_id__in=targets)
    )
    return Q(ou_id__in={above for ou in bound for above in ou.ancestor_ids})


def connections_for(user: User) -> list[Connection]:
    """The organisations the person may look at, production first."""
    targets = {target for _scope, target in grants(user, Action.ORGANISATION_VIEW)}
    if not targets:
        return []
    if "" in targets:
        return list(Connection.objects.all())
    bound = Q(organization_id__in=targets) | Q(accounts__account_id__in=targets)
    return list(Connection.objects.filter(bound | Q(ous__in=ous_for(user))).distinct())


def accounts_for(user: User) -> QuerySet[Account]:
    """Accounts the person may see, with what a line about one needs."""
    seen = Account.objects.here().visible_to(user)
    return seen.select_related("connection", "ou", "team", "owner")


def subtree(ou: OrganizationalUnit) -> Q:
    """Accounts in this OU and below, as a condition on accounts."""
    return Q(ou__path__startswith=ou.path)


def chain(ou: OrganizationalUnit | None) -> list[OrganizationalUnit]:
    """From the root down to the OU itself. One query."""
    if ou is None:
        return []
    above = OrganizationalUnit.objects.filter(ou_id__in=ou.ancestor_ids)
    return sorted(above, key=lambda step: step.depth)


def placements(account: Account) -> QuerySet[Placement]:
    """Where the account was, the newest first."""
    return account.placements.select_related("ou").order_by("-during")


def delegations(user: User, connection: Connection) -> QuerySet[DelegatedAdministrator]:
    """Services that member accounts administer for the organisation."""
    seen = Account.objects.here().visible_to(user).filter(connection=connection)
    return DelegatedAdministrator.objects.filter(account__in=seen).select_related("account")


def search_accounts(user: User, q: str) -> QuerySet[Account]:
    """Accounts by name, id, e-mail or workload; each word must occur."""
    found = accounts_for(user)
    for word in q.split():
        digits = word.replace("-", "") if word.replace("-", "").isdigit() else word
        found = found.filter(
            Q(name__icontains=word)
            | Q(account_id__contains=digits)
            | Q(email__icontains=word)
            | Q(workload__icontains=word)
        )
    return found


def search_ous(user: User, q: str) -> QuerySet[OrganizationalUnit]:
    """OUs by name or id; each word must occur."""
    found = ous_for(user).select_related("parent").order_by("name", "pk")
    for word in q.split():
        found = found.filter(Q(name__icontains=word) | Q(ou_id__icontains=word))
    return found
