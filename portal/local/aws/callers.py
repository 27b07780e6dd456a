"""Who signs a call: access keys and the sessions that AssumeRole gave out.

Keys that are given to nobody belong to the portal's own account, as with moto; a key of twelve
digits is the root of that account, for tests. Signatures are not verified.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from moto.iam.models import get_account_id_from

from portal.local.aws.calls import Caller
from portal.local.aws.protocols import expired, unrecognised
from portal.local.aws.world import World

HOME_ACCOUNT = "123456789012"
FORGET_AFTER_SECONDS = 86_400


@dataclass(slots=True, kw_only=True)
class Session:
    access_key: str
    secret_key: str
    token: str
    account_id: str
    role_arn: str
    role_id: str
    name: str
    source_identity: str
    expires_at: float
    is_read_only: bool
    policy: str = ""

    @property
    def arn(self) -> str:
        role_name = self.role_arn.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{self.account_id}:assumed-role/{role_name}/{self.name}"


@dataclass
class Sessions:
    by_key: dict[str, Session] = field(default_factory=dict)
    # Accounts of long-lived keys made through IAM; emptied when IAM makes a new one.
    account_by_key: dict[str, str] = field(default_factory=dict)


def who_is(world: World, access_key: str, service: str) -> Caller:
    """Raises AwsError for an unknown or expired session."""
    session = world.shelf(Sessions).by_key.get(access_key)
    if session:
        if session.expires_at <= world.now():
            raise expired(service)
        return _session_caller(session)
    account_id = _account_of_key(world, access_key)
    if account_id is None:
        raise unrecognised(service)
    name = "root" if access_key == account_id else "user/portal"
    return Caller(
        account_id=account_id,
        arn=f"arn:aws:iam::{account_id}:{name}",
        user_id=account_id if name == "root" else f"AIDA{account_id}PORT",
        access_key=access_key,
    )


def _session_caller(session: Session) -> Caller:
    return Caller(
        account_id=session.account_id,
        arn=session.arn,
        user_id=f"{session.role_id}:{session.name}",
        access_key=session.access_key,
        role_arn=session.role_arn,
        session_name=session.name,
        source_identity=session.source_identity,
        is_read_only=session.is_read_only,
    )


def _account_of_key(world: World, access_key: str) -> str | None:
    if access_key.isdigit() and len(access_key) == 12:
        return access_key
    known = world.shelf(Sessions).account_by_key
    if access_key not in known:
        # moto looks through every account, so its answer is kept.
        found = get_account_id_from(access_key)
        if found == HOME_ACCOUNT and access_key.startswith("ASIA"):
            return None
        known[access_key] = found
    return known[access_key]


def forget_old(world: World) -> None:
    """Drops sessions that ended long ago. An ended one still answers ExpiredToken for a day."""
    sessions = world.shelf(Sessions).by_key
    limit = world.now() - FORGET_AFTER_SECONDS
    for key in [key for key, session in sessions.items() if session.expires_at < limit]:
        del sessions[key]


def forget_keys(world: World) -> None:
    world.shelf(Sessions).account_by_key.clear()


def expire_all(world: World) -> int:
    """Ends every session now; the number of sessions ended."""
    live = [s for s in world.shelf(Sessions).by_key.values() if s.expires_at > world.now()]
    for session in live:
        session.expires_at = world.now()
    return len(live)
