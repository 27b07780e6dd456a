"""Pages of lists: a cursor the portal signed, so that nobody can point it elsewhere; no counts."""

import re
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _
from rest_framework import pagination
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

LARGEST = 200
DIGITS = re.compile(r"[0-9]{1,3}")


class Cursor(pagination.CursorPagination):
    """DRF's cursor under the address's own signature. `view.ordering` names the order."""

    request: Request
    page_size = 100
    page_size_query_param = "page_size"
    page_size_query_description = "Number of results on a page, 200 at most."
    max_page_size = LARGEST

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(view.ordering)

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (DIGITS.fullmatch(asked) and 1 <= int(asked) <= LARGEST):
            sentence = _("Between 1 and %(largest)s.") % {"largest": LARGEST}
            raise ValidationError({self.page_size_query_param: [sentence]})
        return int(asked)

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        signed = request.query_params.get(self.cursor_query_param)
        if signed is None:
            return None
        try:
            offset, reverse, *position = self._signer().unsign_object(signed)
        except (BadSignature, ValueError):
            raise ValidationError({self.cursor_query_param: [_("This is no cursor.")]}) from None
        return pagination.Cursor(offset, reverse, position[0] if position else None)

    def encode_cursor(self, cursor: pagination.Cursor) -> str:
        position = [] if cursor.position is None else [cursor.position]
        signed = self._signer().sign_object([cursor.offset, cursor.reverse, *position])
        return replace_query_param(str(self.base_url), self.cursor_query_param, signed)

    def _signer(self) -> Signer:
        return Signer(salt=f"portal.api.pages:{self.request.path}")
