"""Tables on django-tables2, and the columns our lists share. Cells are drawn by templates/ui/."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import Manager, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django_tables2.rows import BoundRow
from django_tables2.utils import Accessor

from portal.errors import Text
from portal.ui import money
from portal.ui.badges import badge_of

CSS = "table table-vcenter card-table list-table"
EXPORT_CHUNK = 2000  # rows read at once, so that an export of any size stays small in memory


class Table(tables.Table):
    """A list: sorted by the URL, stacked as cards on a phone, exported as CSV and Excel.

    `nothing` is what an empty list says, with `nothing_hint` below it.
    """

    nothing: ClassVar[Text] = _("Nothing here yet.")
    nothing_hint: ClassVar[Text] = ""

    class Meta:
        """For `class Meta(Table.Meta)`: django-tables2 inherits options only when told so."""

        attrs: ClassVar[dict[str, str]] = {"class": CSS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A table with a Meta that does not inherit ours gets the class too.
        super().__init__(*args, **kwargs)
        self.attrs.setdefault("class", CSS)

    def sort_by(self, aliases: Sequence[str]) -> None:
        """Order by the URL's columns; equal rows keep one order, or pages would repeat them."""
        if aliases:
            self.order_by = ",".join(aliases)
        rows = self.data.data
        if isinstance(rows, QuerySet):
            ordering = rows.query.order_by or rows.model._meta.ordering
            if "pk" not in ordering and "-pk" not in ordering:
                self.data.data = rows.order_by(*ordering, "pk")

    def export_header(self) -> list[str]:
        return [str(column.header) for column in self._exported()]

    def export_rows(self) -> Iterator[list[Any]]:
        """All rows of the list, not only the page, as plain values."""
        names = [column.name for column in self._exported()]
        rows = self.data.data
        records = rows.iterator(EXPORT_CHUNK) if isinstance(rows, QuerySet) else iter(rows)
        for record in records:
            row = BoundRow(record, table=self)
            yield [row.get_cell_value(name) for name in names]

    def _exported(self) -> list[Any]:
        columns = self.columns.iterall()
        return [column for column in columns if not column.column.exclude_from_export]


class Component(tables.Column):
    """A column whose cell is a component of templates/ui/."""

    component: ClassVar[str]

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"value": value}

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        return render_to_string(self.component, self.context(value=value, record=record))

    def value(self, value: Any) -> Any:
        return value


class AccountColumn(Component):
    """An account by name, its 12-digit id beside it, linked and copyable.

    Without an accessor the row is the account; else the accessor leads to something with
    `name`, `account_id` and `get_absolute_url()`. In files: name and id in one cell.
    """

    component = "ui/account.html"

    def __init__(self, *args: Any, accessor: str = "", **kwargs: Any) -> None:
        self.is_row = not accessor
        kwargs.setdefault("order_by", f"{accessor}__name" if accessor else "name")
        kwargs.setdefault("verbose_name", _("Account"))
        super().__init__(*args, accessor=accessor or "pk", **kwargs)

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"account": record if self.is_row else value}

    def value(self, value: Any, record: Any) -> str:  # type: ignore[override]  # by name
        account = record if self.is_row else value
        return f"{account.name} ({account.account_id})"


class TimeColumn(Component):
    """A moment: how long ago, with the exact time on hover. In files: UTC."""

    component = "ui/time.html"

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"at": value}


class BadgeColumn(Component):
    """A status word with the colour of portal/ui/badges.py, its text from the model's choices."""

    component = "ui/badge.html"

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        status = Accessor(bound_column.accessor).resolve(record)
        return _drawn_badge(str(status), str(value))


@lru_cache(maxsize=1024)
def _drawn_badge(status: str, text: str) -> str:
    """Few words, many rows: a page of badges is drawn once."""
    badge = badge_of(status)
    context = {"text": text, "tone": badge.tone, "icon": badge.icon}
    return render_to_string(BadgeColumn.component, context)


class MoneyColumn(Component):
    """A Decimal with its currency: a fixed code, or the accessor of the column that holds it."""

    component = "ui/money.html"
    attrs = {"td": {"class": "text-end num"}, "th": {"class": "text-end"}}

    def __init__(self, *args: Any, currency: str = "USD", currency_from: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.currency_from = currency_from

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        column = self.currency_from
        currency = Accessor(column).resolve(record) if column else self.currency
        return {"text": money.show(value, currency)}


class NumberColumn(tables.Column):
    """A count, flush right."""

    attrs = {"td": {"class": "text-end num"}, "th": {"class": "text-end"}}


class UserColumn(Component):
    """A person. Select them with the row (`select_related`), or each row asks again."""

    component = "ui/person.html"

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"person": value}

    def value(self, value: Any) -> str:
        return str(value)


Rows = QuerySet[Any] | Manager[Any] | Sequence[Any]


def per_page(request: HttpRequest, sizes: Sequence[int], default: int) -> int:
    """The page size of the URL when it is one we offer; nobody asks for a million rows."""
    asked = request.GET.get("per_page", "")
    return int(asked) if asked in {str(size) for size in sizes} else default
