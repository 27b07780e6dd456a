"""STS: entering roles, and saying who one is."""

from __future__ import annotations

from portal.local.aws import roles
from portal.local.aws.callers import Session, Sessions, forget_old
from portal.local.aws.calls import Answer, Ask, AwsError, Call, handles
from portal.local.aws.organizations.model import Directory
from portal.local.aws.protocols import denied

CHAINED_SECONDS = 3600
KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@handles("sts", "GetCallerIdentity")
def get_caller_identity(call: Call, ask: Ask) -> Answer:
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account_id, "Arn": caller.arn}


@handles("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call, ask: Ask) -> Answer:
    session = call.world.shelf(Sessions).by_key.get(ask["AccessKeyId"])
    return {"Account": session.account_id if session else call.account_id}


@handles("sts", "AssumeRole")
def assume_role(call: Call, ask: Ask) -> Answer:
    """Refuses whom the role's trust policy does not name, a wrong external id, and accounts that
    are not there, not yet usable or closed — all with AccessDenied, as AWS does.
    """
    role = _enterable_role(call, ask)
    seconds = _duration(call, ask, role)
    session = _open(call, ask, role, seconds)
    return {
        "Credentials": {
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret_key,
            "SessionToken": session.token,
            "Expiration": session.expires_at,
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{session.role_id}:{session.name}",
            "Arn": session.arn,
        },
        "PackedPolicySize": min(100, len(session.policy) // 20),
        "SourceIdentity": session.source_identity,
    }


def _enterable_role(call: Call, ask: Ask) -> roles.Role:
    arn = ask["RoleArn"].split(":")
    refusal = denied("sts", f"sts:AssumeRole on resource: {ask['RoleArn']}", call.caller.arn)
    if len(arn) != 6 or not arn[5].startswith("role/"):
        raise AwsError("ValidationError", f"{ask['RoleArn']} is invalid")
    account_id, name = arn[4], arn[5].rsplit("/", 1)[-1]
    account = call.world.shelf(Directory).accounts.get(account_id)
    if account and not account.is_usable(call.now):
        raise refusal
    role = roles.find(call.world, account_id, name)
    if role is None or not {call.account_id, "*"} & set(role.trusted):
        raise refusal
    if role.external_id and role.external_id != ask.get("ExternalId"):
        raise refusal
    identity = call.caller.source_identity
    if identity and ask.get("SourceIdentity", identity) != identity:
        raise refusal
    return role


def _duration(call: Call, ask: Ask, role: roles.Role) -> int:
    seconds = int(ask.get("DurationSeconds") or 3600)
    if seconds > role.max_session_seconds:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if call.caller.role_arn and seconds > CHAINED_SECONDS:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining",
        )
    return seconds


def _open(call: Call, ask: Ask, role: roles.Role, seconds: int) -> Session:
    world = call.world
    forget_old(world)
    session = Session(
        access_key=world.new_id("ASIA", 16, KEY_LETTERS),
        secret_key=world.new_id("", 40),
        token=world.new_id("FwoGZXIvYXdz", 200),
        account_id=role.account_id,
        role_arn=ask["RoleArn"],
        role_id="AROA" + role.account_id + role.name.upper()[:5].ljust(5, "X"),
        name=ask["RoleSessionName"],
        source_identity=ask.get("SourceIdentity") or call.caller.source_identity,
        expires_at=call.now + seconds,
        is_read_only=role.is_read_only,
        policy=ask.get("Policy") or "",
    )
    world.shelf(Sessions).by_key[session.access_key] = session
    world.touch()
    return session
