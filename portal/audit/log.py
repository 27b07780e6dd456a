"""Reading the audit log: newest first, in pages that begin where the last one ended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.audit.models import AuditEvent, AuditSeal
from portal.audit.verify import GENESIS
from portal.ui.filters import FilterSet
from portal.ui.tables import Table, per_page

PAGE_SIZES = (50, 100, 200)

# The distinct values of an indexed column, by jumping from each to the next: a million rows or not.
JUMP = """
WITH RECURSIVE jump AS (
    (SELECT {column} AS value FROM portal_auditevent ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM portal_auditevent WHERE {column} > jump.value
            ORDER BY {column} LIMIT 1)
    FROM jump WHERE jump.value IS NOT NULL
)
SELECT value FROM jump WHERE value <> ''
"""


def actions() -> list[str]:
    """Every action the log holds, by name."""
    return _distinct("action")


def target_kinds() -> list[str]:
    """Every kind of thing the log speaks of, such as portal.run."""
    return _distinct("target_kind")


def _distinct(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(JUMP.format(column=column))
        return [row[0] for row in cursor.fetchall()]


def events() -> QuerySet[AuditEvent]:
    """All events with their links, newest first."""
    return AuditEvent.objects.select_related("seal").order_by("-id")


def head() -> str:
    """The last link as "seq:hash": whoever keeps it elsewhere can prove the log later."""
    seal = AuditSeal.objects.order_by("-seq").first()
    return f"{seal.seq}:{seal.hash}" if seal else f"0:{GENESIS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events: fits where templates expect a list of the UI kit, but is not counted.

    `older` is the id to go on from, None at the end; `is_first` when it starts at the newest.
    """

    table: Table
    filters: FilterSet
    older: int | None
    is_first: bool
    can_export: bool = False
    kept_names: tuple[str, ...] = ("per_page",)

    @property
    def is_filtered(self) -> bool:
        return self.filters.is_active


def page(request: HttpRequest, table_class: type[Table], filters: FilterSet) -> Page:
    """The events below `?before=<id>`; one query, however deep."""
    size = per_page(request, PAGE_SIZES, PAGE_SIZES[0])
    before = _number(request.GET.get("before", ""))
    rows = filters.qs if before is None else filters.qs.filter(id__lt=before)
    found = list(rows[: size + 1])
    older = found[size - 1].pk if len(found) > size else None
    table = table_class(found[:size], orderable=False, request=request)
    return Page(table=table, filters=filters, older=older, is_first=before is None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


EXPORT_HEADER = (
    "seq", "at", "actor", "actor_name", "action", "target_kind", "target_id", "target_label",
    "reason", "facts", "web_request", "address", "run_id", "digest", "previous", "hash",
)  # fmt: skip


def export_rows(chosen: QuerySet[AuditEvent], *, up_to: int) -> Iterator[list[Any]]:
    """All that the chain is over, oldest first, up to link `up_to`: enough to verify elsewhere."""
    sealed = chosen.filter(seal__seq__lte=up_to).order_by("seal__seq")
    for event in sealed.iterator(chunk_size=2000):
        yield _export_row(event)


def _export_row(event: AuditEvent) -> list[Any]:
    """In the order of EXPORT_HEADER; moments to the microsecond and facts as canonical JSON."""
    body = event.body()
    facts = json.dumps(body["facts"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    who = [event.seal.seq, body["at"], body["actor"], body["actor_name"], body["action"]]
    chain = [event.digest, event.seal.previous, event.seal.hash]
    return [*who, *body["target"], body["reason"], facts, *body["from"], *chain]
