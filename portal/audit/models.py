"""Who did what, when, from where, why: rows that are only ever added, and the chain over them."""

import hashlib
import json
from typing import Any

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
NO_TRUNCATE = pgtrigger.Trigger(
    name="no_truncate",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate %', TG_TABLE_NAME;",
)

# Runs at commit, so that the lock on the chain's end is held for an instant, not for a transaction.
SEAL = """
PERFORM pg_advisory_xact_lock(720401);
SELECT seq, hash INTO last_seq, last_hash FROM portal_auditseal ORDER BY seq DESC LIMIT 1;
last_hash := coalesce(last_hash, repeat('0', 64));
INSERT INTO portal_auditseal (seq, event_id, previous, hash) VALUES (
    coalesce(last_seq, 0) + 1, NEW.id, last_hash,
    encode(sha256(convert_to(last_hash || NEW.digest, 'UTF8')), 'hex')
);
RETURN NULL;
"""


class AuditEvent(models.Model):
    """One thing somebody did, or tried and was refused. Never changed, never deleted."""

    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.ForeignKey(
        "portal.User", models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    actor_name = models.CharField(max_length=100)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    target_kind = models.CharField(_("kind"), max_length=40, blank=True)
    target_id = models.CharField(_("id"), max_length=120, blank=True)
    target_label = models.CharField(_("on what"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    web_request = models.CharField(max_length=40, blank=True)
    address = models.GenericIPAddressField(_("from where"), null=True)
    run_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_kind", "target_id", "-id"], name="audit_by_target"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
        ]
        triggers = [
            APPEND_ONLY,
            NO_TRUNCATE,
            pgtrigger.Trigger(
                name="seal_at_commit",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("last_seq", "bigint"), ("last_hash", "text")],
                func=SEAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action} {self.target_label}"

    def body(self) -> dict[str, Any]:
        """What the digest is over: every column but the id and the digest itself."""
        return {
            "at": self.at.isoformat(timespec="microseconds"),
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "target": [self.target_kind, self.target_id, self.target_label],
            "reason": self.reason,
            "facts": self.facts,
            "from": [self.web_request, self.address, self.run_id],
        }

    def computed_digest(self) -> str:
        """SHA-256 over the canonical JSON of `body`, in hex."""
        text = json.dumps(self.body(), sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
        return hashlib.sha256(text.encode()).hexdigest()


class AuditSeal(models.Model):
    """A link of the chain: hash = sha256(previous hash + the event's digest)."""

    seq = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, models.PROTECT, related_name="seal")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"
