"""One shape for everything that goes wrong: {"code", "message", "fields"}."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from portal.audit import refusals
from portal.errors import Forbidden, Invalid, Missing, PortalError, TooMany

log = logging.getLogger("portal.api")
Fields = dict[str, list[str]]

CODES: dict[type[Exception], str] = {
    exceptions.NotAuthenticated: "not_signed_in",
    exceptions.AuthenticationFailed: "not_signed_in",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.ParseError: "not_json",
}


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler. What nobody foresaw is logged whole and told in one sentence."""
    refusals.note(context["request"], error)
    if isinstance(error, PortalError):
        return shaped(error.code, str(error), error.status, _sentences(error.fields))
    if isinstance(error, exceptions.ValidationError):
        fields = dict(_flat(error.detail))
        rest = [line for name in ("", "non_field_errors") for line in fields.pop(name, [])]
        message = " ".join(rest) or str(Invalid.sentence)
        return shaped(Invalid.code, message, Invalid.status, fields)
    if isinstance(error, Http404 | exceptions.NotFound):
        return shaped(Missing.code, str(Missing.sentence), Missing.status)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return shaped(Forbidden.code, str(_detail(error) or Forbidden.sentence), Forbidden.status)
    if isinstance(error, exceptions.Throttled):
        response = shaped(TooMany.code, str(TooMany.sentence), TooMany.status)
        response["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
        return response
    if isinstance(error, exceptions.APIException):
        return _of_drf(error)
    log.error("api.broken", exc_info=error)
    return shaped(PortalError.code, str(_("Something went wrong here. It was noted.")), 500)


def shaped(code: str, message: str, status: int, fields: Fields | None = None) -> Response:
    body = {"code": code, "message": message, "fields": fields or {}}
    return Response(body, status=status)


def _of_drf(error: exceptions.APIException) -> Response:
    response = shaped(CODES.get(type(error), "error"), str(error.detail), error.status_code)
    if header := getattr(error, "auth_header", ""):
        response["WWW-Authenticate"] = header
    return response


def _detail(error: Exception) -> Any:
    return getattr(error, "detail", "")


def _sentences(fields: Mapping[str, list[Any]]) -> Fields:
    return {name: [str(line) for line in lines] for name, lines in fields.items()}


def _flat(detail: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """Nested details as (name.inner, sentences): fields of fields are named with a dot."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif all(isinstance(line, str) for line in detail):
        yield name, [str(line) for line in detail]
    else:
        for at, inner in enumerate(detail):
            yield from _flat(inner, f"{name}.{at}")
