"""All tables of accounts, by noun."""

from accounts.models.account import (
    Account,
    DelegatedAdministrator,
    OrganisationChange,
    Placement,
)
from accounts.models.ou import OrganizationalUnit
from accounts.models.request import AccountRequest, RequestComment

__all__ = [
    "Account",
    "AccountRequest",
    "DelegatedAdministrator",
    "OrganisationChange",
    "OrganizationalUnit",
    "Placement",
    "RequestComment",
]
