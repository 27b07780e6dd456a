"""What a program may send: small, shallow, strict JSON, and no field it may not set."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

DEEPEST = 20
LARGEST_EXPONENT = 30
NO_TEXT = re.compile("[\x00\ud800-\udfff]")
NAMED_AT_MOST = 20  # of the unknown fields of one body


class Json(BaseParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, DEEPEST levels, no field twice."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise ParseError(
                _("The body is too large: %(limit)s bytes at most.") % {"limit": limit}
            )
        return read(body)


def read(body: bytes) -> Any:
    """The value a body stands for; numbers with a point as Decimal. Raises ParseError."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_float=_number,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except RecursionError:
        raise ParseError(_("The body is nested too deeply.")) from None
    except ValueError as error:
        raise ParseError(_("The body is not JSON: %(why)s") % {"why": error}) from None
    _require_plain(value)
    return value


def _number(text: str) -> Decimal:
    """Exact; but no 1e999999999, which would fill the memory where it is made an integer."""
    number = Decimal(text)
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(_("a number is out of range"))
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may choose differently between two values of one name, so there is one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a name stands twice in one object"))
    return found


def _require_plain(value: Any) -> None:
    """Neither too deep, nor with characters that are no text: NUL, halves of surrogate pairs."""
    level: list[Any] = [value]
    for _depth in range(DEEPEST):
        if any(NO_TEXT.search(text) for text in level if isinstance(text, str)):
            raise ParseError(_("The body has characters in it that are no text."))
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return
    raise ParseError(_("The body is nested too deeply."))


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return chain(value.keys(), value.values())
    return value if isinstance(value, list) else ()


class Input(serializers.Serializer):
    """Named fields only: one that is unknown, or not for people to set, is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            self._refuse_unknown(data)
        return super().to_internal_value(data)

    def _refuse_unknown(self, data: Mapping[str, Any]) -> None:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        unknown = sorted(set(data) - writable)[:NAMED_AT_MOST]
        if unknown:
            sentence = _("“%(name)s” can't be set here.")
            raise ValidationError({n: [sentence % {"name": n[:60]}] for n in unknown})


class Query(Input):
    """The filters of a list, from its address; paging is read elsewhere."""

    def _refuse_unknown(self, data: Mapping[str, Any]) -> None:
        paging = {"cursor", "page_size"}
        unknown = sorted(set(data) - set(self.fields) - paging)[:NAMED_AT_MOST]
        if unknown:
            sentence = _("There is no filter “%(name)s” here.")
            raise ValidationError({n: [sentence % {"name": n[:60]}] for n in unknown})
