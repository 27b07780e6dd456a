"""The doors of the API: each says what it needs (portal.api.locks asks the matrix)."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.bodies import Query
from portal.api.locks import Wants
from portal.api.pages import Cursor
from portal.api.request import ApiRequest


class Door(APIView):
    """One address of the API. `needs` says per method which action of the matrix it takes."""

    needs: ClassVar[Wants] = {}
    browser_only: ClassVar[tuple[str, ...]] = ()
    http_method_names = ["get", "head", "post", "patch", "delete"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.needs = cls.needs
        view.is_guarded = True
        return view


class ListDoor(Door):
    """A door behind which there is a list, read page by page in a stable order."""

    pagination_class = Cursor
    ordering: ClassVar[tuple[str, ...]] = ("-id",)

    def paged(self, request: ApiRequest, rows: Any, show: Callable[[Any], Any]) -> Response:
        """One page of `rows`, a queryset narrowed to what the person may see."""
        pages = self.pagination_class()
        page: list[Any] = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show(row) for row in page])

    def filters(self, request: ApiRequest, query: type[Query]) -> dict[str, Any]:
        """The filters as typed values. Raises ValidationError, also for unknown ones."""
        asked = query(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)
