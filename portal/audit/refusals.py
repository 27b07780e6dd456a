"""Refused attempts stand in the audit log too: who tried what, and why it was not done."""

from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied

from portal.audit.record import record
from portal.errors import Forbidden
from portal.people.models import User

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def note(request: HttpRequest, error: Exception) -> None:
    """Record a refused change; nothing for reading, for strangers, and for other errors.

    Called when the refused work has been rolled back already.
    """
    user = request.user
    kinds = (Forbidden, PermissionDenied)  # a token that may not do it is refused by the second
    refused = isinstance(error, kinds) and request.method not in SAFE
    if refused and isinstance(user, User):
        facts = {"method": request.method, "path": request.path[:300]}
        record(actor=user, action="refused", target=user, reason=str(error), facts=facts)
