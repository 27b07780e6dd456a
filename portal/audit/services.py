"""What people do with the audit log itself: export it, prove it. Both leave a line in it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import log
from portal.audit.models import AuditEvent, AuditSeal
from portal.audit.record import record
from portal.audit.verify import Report, verify
from portal.errors import Conflict
from portal.people.models import User
from portal.people.scopes import EVERYWHERE
from portal.permissions import Action, require

VERIFY_AT_MOST = 200_000  # links that a page request may walk; about ten seconds


@dataclass(frozen=True, slots=True)
class Export:
    """An export that has been written down. `head` is "seq:hash" of the link of its own line."""

    head: str
    last_seq: int


def begin_export(*, actor: User, filters: str, format: str) -> Export:
    """Write down who takes the log, then say up to where it goes. Raises Forbidden.

    Not atomic as a whole: the line gets its link when it is committed, and the head includes it.
    """
    require(actor, Action.AUDIT_EXPORT, EVERYWHERE)
    record(actor=actor, action="audit_export", facts={"filters": filters, "format": format})
    head = log.head()
    return Export(head=head, last_seq=int(head.split(":")[0]))


def verify_now(*, actor: User) -> Report:
    """Walk the whole chain, write down what came out. Raises Forbidden, Conflict when too long."""
    require(actor, Action.AUDIT_VIEW, EVERYWHERE)
    newest = AuditSeal.objects.order_by("-seq").first()
    if newest and newest.seq > VERIFY_AT_MOST:
        raise Conflict(_("The log is too long for a page. Run: manage.py verify_audit"))
    report = verify()
    _note(report, actor=actor)
    return report


@transaction.atomic
def _note(report: Report, *, actor: User) -> AuditEvent:
    fault = {"seq": report.fault.seq, "what": report.fault.what} if report.fault else None
    facts = {"events": report.events, "head": report.head, "fault": fault}
    return record(actor=actor, action="audit_verify", facts=facts)
