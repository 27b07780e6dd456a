"""Writing the audit log. `audit.record(...)` stands in the same transaction as the change."""

import json
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
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:200] if target is not None else "",
        reason=reason,
        facts=_plain(facts or {}),
        web_request=str(where.get("request_id", ""))[:40],
        address=where.get("ip") or None,
        run_id=where.get("run"),
    )
    event.digest = event.computed_digest()
    event.save(force_insert=True)
    return event


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as JSON gives them back: no floats (they change shape), no NUL (can't be kept)."""
    text = json.dumps(facts, cls=DjangoJSONEncoder).replace("\\u0000", "")
    plain: dict[str, Any] = json.loads(text, parse_float=str)
    return plain
