"""Writing the audit log. `audit.record(...)` stands in the same transaction as the change."""

import json
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.people.models import User


def record(
    *,
    actor: User,
    action: str,
    target: models.Model | None = None,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one event. `facts` must be JSON and hold no secret; request and run come from context."""
    where = structlog.contextvars.get_contextvars()
    event = AuditEvent(
        at=timezone.now(),
        actor=actor,
        actor_name=actor.name,
        action=str(action),
        target_kind=target._meta.label_lower if target is not None else "",
        target_id=_text(str(target.pk)) if target is not None else "",
        target_label=_text(str(target))[:200] if target is not None else "",
        reason=_text(str(reason)),
        facts=_plain(facts or {}),
        web_request=str(where.get("request_id", ""))[:40],
        address=_address(where.get("ip")),
        run_id=where.get("run"),
    )
    event.digest = event.computed_digest()
    event.save(force_insert=True)
    return event


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as PostgreSQL's JSON will give them back: no floats, which change their shape."""
    text = json.dumps(facts, cls=DjangoJSONEncoder)
    plain: dict[str, Any] = _storable(json.loads(text, parse_float=str, parse_constant=str))
    return plain


def _storable(value: Any) -> Any:
    """Texts as PostgreSQL can keep them, however deep."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {_text(name): _storable(part) for name, part in value.items()}
    return value


def _text(value: str) -> str:
    """Without NUL, and with “�” for halves of characters: PostgreSQL can keep neither."""
    kept = value.replace("\x00", "")
    return kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _address(told: Any) -> str | None:
    """The address as PostgreSQL writes it, which is what the digest is checked against; None for
    what is none. IPv4 inside IPv6 is IPv4."""
    try:
        address = ip_address(str(told).partition("%")[0])
    except ValueError:
        return None
    inside = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if isinstance(address, IPv6Address) and inside is None and 2**16 <= int(address) < 2**32:
        inside = IPv4Address(int(address))
    return str(inside or address)
