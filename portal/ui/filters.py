"""Filter bars on django-filter: what is chosen, as chips that can be taken away."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.errors import Text

GROUPED_ID = re.compile(r"\d{4}-\d{4}-\d{4}")


@dataclass(frozen=True, slots=True)
class Chip:
    """One chosen filter and the address of the list without it."""

    label: Text
    value: Text
    href: str


class FilterSet(django_filters.FilterSet):
    """Filters of a list. A field called `q` becomes the search box; the others stand beside it.

    Values that can't be (an old bookmark, a typing error) give no rows and say why, instead of
    silently showing more than was asked for.
    """

    @property
    def qs(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().qs if self.is_possible else self.queryset.none()
        return found

    @property
    def is_possible(self) -> bool:
        return not self.is_bound or self.form.is_valid()

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.data.getlist(name) not in ([], [""]) for name in self.filters)

    @property
    def search_field(self) -> BoundField | None:
        return self.form["q"] if "q" in self.filters else None

    @property
    def choice_fields(self) -> list[BoundField]:
        """The bar's other fields, in their order."""
        return [self.form[name] for name in self.filters if name != "q"]

    def chips(self) -> list[Chip]:
        """The chosen filters, in the order of the bar."""
        if not self.is_possible:
            return []
        chosen = ((n, self.form.cleaned_data.get(n)) for n in self.filters)
        return [self._chip(name, value) for name, value in chosen if value not in (None, "", [])]

    def _chip(self, name: str, value: Any) -> Chip:
        field = self.form.fields[name]
        return Chip(label=field.label or name, value=_text(field, value), href=self._without(name))

    def _without(self, name: str) -> str:
        rest: QueryDict = self.data.copy()
        for gone in (name, "page"):
            rest.pop(gone, None)
        return f"?{rest.urlencode()}"


def _text(field: Any, value: Any) -> Text:
    """What a reader sees of a chosen value."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        words = dict(_flat(getattr(field, "choices", ())))
        return words.get(value, value)
    if isinstance(value, Iterable):
        return ", ".join(str(_text(field, one)) for one in value)
    return str(value)


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, Text]]:
    """Choices without their groups."""
    for value, text in choices:
        if isinstance(text, list | tuple):
            yield from _flat(text)
        else:
            yield str(value), text


class SearchFilter(django_filters.CharFilter):
    """The search box: each word must occur in one of the columns.

    `q = SearchFilter(over=["name", "account_id", "owner__name"])`. An account id may be typed
    in groups, 1234-5678-9012.
    """

    def __init__(self, *args: Any, over: Sequence[str], **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Search"))
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)
        self.over = over

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in value.split():
            queryset = queryset.filter(self._anywhere(_ungrouped(word)))
        return queryset

    def _anywhere(self, word: str) -> Q:
        return reduce(or_, (Q(**{f"{column}__icontains": word}) for column in self.over))


def _ungrouped(word: str) -> str:
    return word.replace("-", "") if GROUPED_ID.fullmatch(word) else word
