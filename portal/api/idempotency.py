"""Calls that may arrive twice and count once: the Idempotency-Key header."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from portal.api.models import IdempotentCall
from portal.api.request import ApiRequest
from portal.errors import Conflict, Invalid

HEADER = "Idempotency-Key"
REMEMBERED = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7E]{1,200}")


class KeyUsedDifferently(Conflict):
    """The same key with another body or address: one of the two calls is a mistake."""

    code = "key_used_differently"


def once(request: ApiRequest, work: Callable[[], Response]) -> Response:
    """The answer of `work`, done once per person and key within 24 hours; always, without a key.

    The row is written in the transaction of the work: a second call waits for the first, and what
    failed leaves nothing behind. Raises Invalid, KeyUsedDifferently, and what `work` raises.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return work()
    if not KEY.fullmatch(key):
        raise Invalid(_("An Idempotency-Key is 1 to 200 visible ASCII characters."))
    call = IdempotentCall(
        user=request.user, key=key, path=request.path[:200], body_hash=_hash(request.data)
    )
    with transaction.atomic():
        if not _is_first(call):
            return _earlier(call)
        response = work()
        call.status = response.status_code
        call.answer = json.loads(JSONRenderer().render(response.data))
        call.save()
        return response


def _is_first(call: IdempotentCall) -> bool:
    """Claim the key; waits while another call with it is at work."""
    forgotten = timezone.now() - REMEMBERED
    IdempotentCall.objects.filter(user=call.user, at__lt=forgotten).delete()
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        call.pk = None
        return False
    return True


def _earlier(call: IdempotentCall) -> Response:
    first = IdempotentCall.objects.get(user=call.user, key=call.key)
    if (first.path, first.body_hash) != (call.path, call.body_hash):
        raise KeyUsedDifferently(_("This Idempotency-Key was used for something else."))
    return Response(first.answer, status=first.status, headers={"Idempotency-Replayed": "true"})


def _hash(body: object) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()
