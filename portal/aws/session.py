"""Clients for AWS: from the default credential chain, through the role that fits the purpose.

The management account is reached directly, members through the management account's role.
No key is stored anywhere; sessions live in this process's memory and are renewed in time.
"""

import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from django.conf import settings

from portal.aws import errors
from portal.aws.acting import current
from portal.aws.journal import Journal
from portal.aws.models import Connection

RENEWED_EVERY = 2700  # seconds; chained role sessions live an hour, so 15 minutes are always left
SESSION_SECONDS = 3600


class Role(StrEnum):
    READ = "read"
    OPERATE = "operate"
    RESPOND = "respond"


READ, OPERATE, RESPOND = Role


@dataclass(frozen=True, slots=True)
class Key:
    """What a cached session is for."""

    connection_id: int
    account_id: str
    role: Role
    role_arn: str  # of the management account; another name or external id is another session
    external_id: str
    member_role: str
    name: str
    bucket: int


_lock = threading.Lock()
_sessions: dict[Key, Any] = {}
_clients: dict[tuple[Key, str, str], Any] = {}


def client(
    connection: Connection,
    service: str,
    *,
    account_id: str = "",
    region: str = "",
    role: Role = READ,
) -> Any:
    """A client of the connection's management account, or of a member when `account_id` says.

    READ clients retry (6 attempts) and refuse every changing operation. OPERATE and RESPOND clients
    send each call exactly once: the caller looks before it asks again. Raises AwsError.
    """
    account_id = account_id or connection.management_account_id
    region = region or connection.home_region
    acting = current()
    name = acting.session_name() if acting else "portal"
    key = _key(connection, account_id, role, name)
    with _lock:
        found = _clients.get((key, service, region))
    if found is None:
        session = _session(connection, key)
        found = session.create_client(service, region_name=region, config=_config(role))
        journal = Journal(connection, account_id, region, may_change=role is not READ)
        journal.attach(found)
        found.meta.events.register("after-call.*", _forget_when_expired(key))
        with _lock:
            _clients[(key, service, region)] = found
    return found


def forget() -> None:
    """Drop all sessions and clients: after a test, or when credentials were withdrawn."""
    with _lock:
        _sessions.clear()
        _clients.clear()
    _own_session.cache_clear()


def whoami(connection: Connection, *, role: Role = READ) -> str:
    """The account id AWS says the portal's role is in. Raises AwsError."""
    with errors.our_words("sts:GetCallerIdentity"):
        return str(client(connection, "sts", role=role).get_caller_identity()["Account"])


def _key(connection: Connection, account_id: str, role: Role, name: str) -> Key:
    role_name = {
        READ: connection.read_role,
        OPERATE: connection.operate_role,
        RESPOND: connection.respond_role,
    }[role]
    return Key(
        connection_id=connection.pk,
        account_id=account_id,
        role=role,
        role_arn=_arn(connection.management_account_id, role_name),
        external_id=connection.external_id,
        member_role=connection.member_role,
        name=name,
        bucket=int(time.time() // RENEWED_EVERY),
    )


def _forget_when_expired(key: Key) -> Any:
    def look(parsed: dict[str, Any], **_more: Any) -> None:
        if parsed.get("Error", {}).get("Code") in errors.EXPIRED:
            with _lock:
                _sessions.pop(key, None)
                for cached in [c for c in _clients if c[0] == key]:
                    del _clients[cached]

    return look


def _config(role: Role) -> Config:
    aws = settings.PORTAL.aws
    attempts = 6 if role is READ else 1
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=aws.connect_seconds,
        read_timeout=aws.read_seconds,
        user_agent_extra="governance-portal",
        parameter_validation=role is not READ,  # AWS checks too; a sync makes thousands of calls
        max_pool_connections=10,
    )


@cache
def _loader() -> Loader:
    """AWS's service models, read from disk once for all sessions."""
    return create_loader()


def _new_session() -> Any:
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    return session


@cache
def _own_session() -> Any:
    return _new_session()


def _session(connection: Connection, key: Key) -> Any:
    with _lock:
        found = _sessions.get(key)
    if found is None:
        found = _assume(connection, key)
        with _lock:
            old = [k for k in _sessions if k.bucket < key.bucket]
            for gone in old:
                del _sessions[gone]
            for stale in [c for c in _clients if c[0].bucket < key.bucket]:
                del _clients[stale]
            _sessions[key] = found
    return found


def _assume(connection: Connection, key: Key) -> Any:
    """The role of the management account, and from there the member's when one is meant.

    A source identity sticks to all further sessions, and a role lets it in only when its trust
    allows sts:SetSourceIdentity, which the members' default role does not: so on the way to a
    member the person stands in the session's name alone.
    """
    is_member = key.account_id != connection.management_account_id
    named: dict[str, str] = {} if is_member else {"SourceIdentity": key.name}
    try:
        session = _assumed(
            _own_session(), key.role_arn, key.name, ExternalId=key.external_id, **named
        )
    except errors.AwsError as error:
        if error.aws_code in errors.EXPIRED:  # our own: read anew from the default chain next time
            _own_session.cache_clear()
        raise
    if not is_member:
        return session
    return _assumed(session, _arn(key.account_id, key.member_role), key.name)


def _arn(account_id: str, role_name: str) -> str:
    return f"arn:{settings.PORTAL.aws.partition}:iam::{account_id}:role/{role_name}"


def _assumed(session: Any, role_arn: str, name: str, **more: str) -> Any:
    region = settings.PORTAL.aws.home_region
    sts = session.create_client("sts", region_name=region, config=_config(READ))
    with errors.our_words("sts:AssumeRole"):
        answer = sts.assume_role(
            RoleArn=role_arn, RoleSessionName=name, DurationSeconds=SESSION_SECONDS, **more
        )
    keys = answer["Credentials"]
    assumed = _new_session()
    assumed.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return assumed
