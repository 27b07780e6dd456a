"""A whole list page in one call: filters, order, pages and exports, all of them in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import InvalidPage
from django.http import HttpRequest, HttpResponseBase

from portal.errors import Text
from portal.ui.answers import page_or_part
from portal.ui.export import csv_response, xlsx_response
from portal.ui.filters import FilterSet
from portal.ui.tables import Rows, Table, per_page

PAGE_SIZES = (25, 50, 100, 200)
KEPT = ("sort", "per_page")
EXPORTS = {"csv": csv_response, "xlsx": xlsx_response}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableList:
    """What ui/list.html draws. Two queries: one counts, one reads the page."""

    table: Table
    filters: FilterSet | None
    can_export: bool
    kept: tuple[tuple[str, str], ...] = ()  # of the URL, when only a filter changes
    page_sizes: tuple[int, ...] = PAGE_SIZES
    part_id: str = "rows"

    @property
    def page(self) -> Any:
        return self.table.page

    @property
    def total(self) -> int:
        return int(self.table.paginator.count)

    @property
    def page_numbers(self) -> list[int | str]:
        """The first, the last, and those around here; gaps are `ellipsis`."""
        paginator = self.table.paginator
        return list(paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1))

    @property
    def ellipsis(self) -> str:
        return str(self.table.paginator.ELLIPSIS)

    @property
    def is_filtered(self) -> bool:
        return self.filters is not None and self.filters.is_active

    @property
    def nothing(self) -> Text:
        return self.table.nothing

    @property
    def nothing_hint(self) -> Text:
        return self.table.nothing_hint


def table_page(
    request: HttpRequest,
    *,
    table_class: type[Table],
    queryset: Rows,
    page_template: str,
    part_template: str = "ui/_rows.html",
    filterset_class: type[FilterSet] | None = None,
    context: Mapping[str, Any] | None = None,
    export_name: str = "",
    default_size: int = 50,
    **table_options: Any,
) -> HttpResponseBase:
    """Answer a list: the page, its rows for htmx, or `?format=csv|xlsx` of all that is filtered.

    The template gets `list` (a TableList) besides `context`; it includes "ui/list.html".
    Without `export_name` there is no export. `table_options` go to the table class.
    """
    filters = None
    if filterset_class is not None:
        filters = filterset_class(request.GET, queryset=queryset, request=request)
        queryset = filters.qs
    table = table_class(queryset, **table_options)
    table.request = request
    table.sort_by(request.GET.getlist(table.order_by_field))
    export = EXPORTS.get(request.GET.get("format", "")) if export_name else None
    if export is not None:
        return export(export_name, table.export_header(), table.export_rows())
    _turn_to_page(table, request, default_size)
    kept = tuple((name, request.GET[name]) for name in KEPT if request.GET.get(name))
    shown = TableList(table=table, filters=filters, can_export=bool(export_name), kept=kept)
    return page_or_part(request, page_template, part_template, {**(context or {}), "list": shown})


def _turn_to_page(table: Table, request: HttpRequest, default_size: int) -> None:
    """The page of the URL; the first or the last one where there is no such page."""
    size = per_page(request, PAGE_SIZES, default_size)
    asked = request.GET.get("page", "1")
    try:
        table.paginate(page=asked, per_page=size)
    except InvalidPage:
        table.page = table.paginator.get_page(asked)
