"""IAM roles that can be entered, and whom they trust.

Roles made here (of new accounts, of seeds) are kept in a shelf of our own and written into moto's
IAM only when an account's IAM is first asked, so that a thousand accounts cost nothing. From then
on moto holds the truth about that account.
"""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends

from portal.local.aws.world import World

ACCESS_ROLE = "OrganizationAccountAccessRole"


@dataclass(slots=True, kw_only=True)
class Role:
    account_id: str
    name: str
    trusted: tuple[str, ...]  # account ids
    external_id: str = ""
    max_session_seconds: int = 3600
    is_read_only: bool = False
    description: str = ""
    path: str = "/"

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.name}"

    def trust_policy(self) -> dict[str, Any]:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in self.trusted]},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        }
        if self.external_id:
            statement["Condition"] = {"StringEquals": {"sts:ExternalId": self.external_id}}
        return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass
class Roles:
    by_account: dict[str, dict[str, Role]] = field(default_factory=dict)
    written_to_moto: set[str] = field(default_factory=set)


def add(world: World, role: Role) -> None:
    shelf = world.shelf(Roles)
    shelf.by_account.setdefault(role.account_id, {})[role.name] = role
    if role.account_id in shelf.written_to_moto:
        _write(role)


def find(world: World, account_id: str, name: str) -> Role | None:
    """The role as it may be entered now, or None."""
    shelf = world.shelf(Roles)
    own = shelf.by_account.get(account_id, {}).get(name)
    if account_id not in shelf.written_to_moto and (own or account_id not in iam_backends):
        return own
    return _read(account_id, name, own)


def write_to_moto(world: World, account_id: str) -> None:
    """Makes the roles of an account visible to IAM calls."""
    shelf = world.shelf(Roles)
    if account_id in shelf.written_to_moto:
        return
    shelf.written_to_moto.add(account_id)
    world.is_moto_changed = True
    world.touch()
    for role in shelf.by_account.get(account_id, {}).values():
        _write(role)


def complete(world: World) -> None:
    """After a restart: writes again what a snapshot of moto was too old to have."""
    shelf = world.shelf(Roles)
    for account_id in shelf.written_to_moto:
        if not iam_backends[account_id]["aws"].roles:
            for role in shelf.by_account.get(account_id, {}).values():
                _write(role)


def _write(role: Role) -> None:
    backend = iam_backends[role.account_id]["aws"]
    if any(known.name == role.name for known in backend.roles.values()):
        return
    backend.create_role(
        role_name=role.name,
        assume_role_policy_document=json.dumps(role.trust_policy()),
        path=role.path,
        permissions_boundary=None,
        description=role.description,
        tags=[],
        max_session_duration=str(role.max_session_seconds),
    )


def _read(account_id: str, name: str, own: Role | None) -> Role | None:
    backend = iam_backends[account_id]["aws"]
    found = next((role for role in backend.roles.values() if role.name == name), None)
    if found is None:
        return None
    document = json.loads(found.assume_role_policy_document or "{}")
    statements = document.get("Statement", [])
    trusted, external_id = _trust(statements if isinstance(statements, list) else [statements])
    return Role(
        account_id=account_id,
        name=name,
        trusted=tuple(trusted),
        external_id=external_id,
        max_session_seconds=int(found.max_session_duration or 3600),
        is_read_only=own.is_read_only if own else False,
    )


def _trust(statements: list[dict[str, Any]]) -> tuple[list[str], str]:
    """Trusted accounts (or "*") and the external id. Only what a portal's roles use is read."""
    trusted: list[str] = []
    external_id = ""
    for statement in statements:
        actions = statement.get("Action", [])
        actions = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") != "Allow" or not _matches(actions, "sts:AssumeRole"):
            continue
        principal = statement.get("Principal", {})
        named = principal if isinstance(principal, str) else principal.get("AWS", [])
        for one in [named] if isinstance(named, str) else named:
            trusted.append(one.split(":")[4] if one.startswith("arn:") else one)
        equals = statement.get("Condition", {}).get("StringEquals", {})
        external_id = equals.get("sts:ExternalId", external_id)
    return trusted, external_id


def _matches(patterns: list[str], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
