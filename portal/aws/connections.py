"""What an administrator may do with a connection: let it manage, or only observe."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit.record import record
from portal.aws.models import Connection
from portal.errors import Conflict, Invalid
from portal.people.models import User
from portal.permissions import Action, require


@transaction.atomic
def set_mode(connection: Connection, *, mode: str, actor: User, reason: str) -> None:
    """Switch between looking and managing; counts for the very next call of every run.

    Raises Forbidden, Invalid (no reason, no such mode), Conflict (it is so already).
    """
    require(actor, Action.CONNECTION_MANAGE)
    if mode not in Connection.Mode.values:
        raise Invalid(fields={"mode": [_("There is no such mode.")]})
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why.")]})
    changed = Connection.objects.filter(pk=connection.pk).exclude(mode=mode).update(mode=mode)
    if not changed:
        raise Conflict(_("It is in this mode already."))
    record(
        actor=actor,
        action=Action.CONNECTION_MANAGE,
        target=connection,
        reason=reason,
        facts={"mode": mode},
    )
