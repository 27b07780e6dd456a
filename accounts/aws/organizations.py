"""AWS Organizations; every call goes to the management account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.aws.errors import our_words
from portal.aws.models import Connection
from portal.aws.paging import items
from portal.aws.session import OPERATE, READ, client


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOrganization:
    id: str  # o-…
    management_account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccount:
    """`path` is o-…/r-…/ou-…/<account id>/ where AWS tells it, else ""."""

    id: str
    name: str
    email: str
    state: str
    joined_method: str
    joined_at: datetime | None
    path: str

    @classmethod
    def read(cls, raw: dict[str, Any]) -> "AwsAccount":
        return cls(
            id=raw["Id"],
            name=raw.get("Name", ""),
            email=raw.get("Email", ""),
            state=raw.get("State") or raw.get("Status", ""),  # Status was retired in 2026-09
            joined_method=raw.get("JoinedMethod", ""),
            joined_at=raw.get("JoinedTimestamp"),
            path=(raw.get("Paths") or [""])[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOU:
    id: str  # r-… or ou-…
    name: str
    path: str  # "" where AWS does not tell it


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """How far an account's creation is. `state` is IN_PROGRESS, SUCCEEDED or FAILED."""

    id: str  # car-…
    state: str
    account_name: str
    account_id: str
    failure: str
    requested_at: datetime | None

    @classmethod
    def read(cls, raw: dict[str, Any]) -> "Creation":
        return cls(
            id=raw["Id"],
            state=raw["State"],
            account_name=raw.get("AccountName", ""),
            account_id=raw.get("AccountId", ""),
            failure=raw.get("FailureReason", ""),
            requested_at=raw.get("RequestedTimestamp"),
        )


def _reading(connection: Connection) -> Any:
    return client(connection, "organizations", role=READ)


def _operating(connection: Connection) -> Any:
    return client(connection, "organizations", role=OPERATE)


def organization(connection: Connection) -> AwsOrganization:
    """Raises AwsError; NotThere when the account has no organisation."""
    with our_words("organizations:DescribeOrganization"):
        raw = _reading(connection).describe_organization()["Organization"]
    return AwsOrganization(id=raw["Id"], management_account_id=raw["MasterAccountId"])


def roots(connection: Connection) -> Iterator[AwsOU]:
    for raw in items(_reading(connection), "list_roots", "Roots"):
        yield AwsOU(id=raw["Id"], name=raw["Name"], path="")


def ous_below(connection: Connection, parent_id: str) -> Iterator[AwsOU]:
    """Direct children only. Raises AwsError."""
    operation = "list_organizational_units_for_parent"
    for raw in items(_reading(connection), operation, "OrganizationalUnits", ParentId=parent_id):
        yield AwsOU(id=raw["Id"], name=raw["Name"], path=raw.get("Path", ""))


def accounts(connection: Connection) -> Iterator[AwsAccount]:
    """All accounts. Raises AwsError."""
    for raw in items(_reading(connection), "list_accounts", "Accounts"):
        yield AwsAccount.read(raw)


def accounts_in(connection: Connection, parent_id: str) -> Iterator[AwsAccount]:
    """Accounts directly in a root or OU: only where accounts don't tell their path."""
    for raw in items(
        _reading(connection), "list_accounts_for_parent", "Accounts", ParentId=parent_id
    ):
        yield AwsAccount.read(raw)


def delegated_administrators(connection: Connection) -> Iterator[str]:
    """Account ids. Raises AwsError."""
    operation = "list_delegated_administrators"
    for raw in items(_reading(connection), operation, "DelegatedAdministrators"):
        yield raw["Id"]


def delegated_services(
    connection: Connection, account_id: str
) -> Iterator[tuple[str, datetime | None]]:
    """(service principal, since). Raises AwsError."""
    operation = "list_delegated_services_for_account"
    for raw in items(_reading(connection), operation, "DelegatedServices", AccountId=account_id):
        yield raw["ServicePrincipal"], raw.get("DelegationEnabledDate")


def tags_of(connection: Connection, resource_id: str) -> dict[str, str]:
    """Tags of one account, OU or root. Raises AwsError."""
    listed = items(_reading(connection), "list_tags_for_resource", "Tags", ResourceId=resource_id)
    return {raw["Key"]: raw["Value"] for raw in listed}


def account(connection: Connection, account_id: str) -> AwsAccount:
    with our_words("organizations:DescribeAccount"):
        raw = _reading(connection).describe_account(AccountId=account_id)["Account"]
    return AwsAccount.read(raw)


def parent_of(connection: Connection, account_id: str) -> str:
    """The r-… or ou-… an account is in. Raises NotThere while AWS does not show the account yet."""
    with our_words("organizations:ListParents"):
        parents = _reading(connection).list_parents(ChildId=account_id)["Parents"]
    return str(parents[0]["Id"])


def creation_status(connection: Connection, creation_id: str) -> Creation:
    with our_words("organizations:DescribeCreateAccountStatus"):
        answer = _reading(connection).describe_create_account_status(
            CreateAccountRequestId=creation_id
        )
    return Creation.read(answer["CreateAccountStatus"])


def creations(connection: Connection) -> Iterator[Creation]:
    """Every creation AWS remembers, in whatever state. Raises AwsError."""
    for raw in items(_reading(connection), "list_create_account_status", "CreateAccountStatuses"):
        yield Creation.read(raw)


def create_account(
    connection: Connection, *, name: str, email: str, tags: dict[str, str]
) -> Creation:
    """Ask for a new account. AWS has no token for this call and it is sent exactly once:
    after NoAnswer, look for the account before anything else. Raises AwsError."""
    with our_words("organizations:CreateAccount"):
        answer = _operating(connection).create_account(
            AccountName=name, Email=email, Tags=_listed(tags)
        )
    return Creation.read(answer["CreateAccountStatus"])


def move_account(connection: Connection, account_id: str, *, source: str, target: str) -> None:
    """Harmless twice: AWS says DuplicateAccount when it is there already. Raises AwsError."""
    with our_words("organizations:MoveAccount"):
        _operating(connection).move_account(
            AccountId=account_id, SourceParentId=source, DestinationParentId=target
        )


def tag(connection: Connection, resource_id: str, tags: dict[str, str]) -> None:
    """Set tags; others stay. Harmless twice. Raises AwsError."""
    with our_words("organizations:TagResource"):
        _operating(connection).tag_resource(ResourceId=resource_id, Tags=_listed(tags))


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
