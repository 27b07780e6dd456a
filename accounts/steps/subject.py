"""What every step asks of the request it works for."""

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import AccountRequest
from portal.aws.journal import require_hold
from portal.aws.models import Connection
from portal.flow.said import said
from portal.flow.steps import Refused

MARKER = "portal:request-id"  # the tag by which a lost account is known again


def connection_of(request: AccountRequest) -> Connection:
    if request.connection is None:
        raise Refused(said(gettext_noop("The request names no organisation.")))
    return request.connection


@transaction.atomic
def save(request: AccountRequest, **facts: object) -> None:
    """Keep what was learnt. Raises LostHold when another worker has the run by now: it looks for
    itself, and what it knows must not be overwritten by what was true before."""
    require_hold()
    for name, value in facts.items():
        setattr(request, name, value)
    request.save(update_fields=[*facts, "changed_at"])
