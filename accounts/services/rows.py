"""The hash of a synced row: over what AWS tells, so that an unchanged row is known at a glance."""

import hashlib
import json

from accounts.aws.organizations import AwsAccount, AwsOU


def account_hash(
    account: AwsAccount,
    *,
    connection_pk: int,
    ou_pk: int | None,
    tags: dict[str, str],
    is_management: bool,
) -> str:
    told = [
        connection_pk,
        account.name,
        account.email,
        account.state,
        account.joined_method,
        account.joined_at.isoformat() if account.joined_at else "",
        ou_pk,
        tags,
        is_management,
    ]
    return _digest(told)


def ou_hash(ou: AwsOU, *, parent_id: str, path: str, tags: dict[str, str]) -> str:
    return _digest([ou.name, parent_id, path, tags])


def _digest(told: list[object]) -> str:
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
