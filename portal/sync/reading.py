"""Reading how fresh the portal's picture of AWS is: sources, their newest passes, their history."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.aws.models import Connection
from portal.errors import Text
from portal.sync.models import SyncRun
from portal.sync.sources import Freshness, freshness

SOURCE_TITLES: dict[str, Text] = {"organisation": _("Organisation")}
FRESHNESS_WORDS: dict[str, Text] = {
    Freshness.FRESH: _("Fresh"),
    Freshness.STALE: _("Older than it should be"),
    Freshness.FAILED: _("The last pass did not finish"),
    Freshness.NEVER: _("Not read yet"),
}


def source_title(source: str) -> Text:
    """What a source is called; one without a title, as it is written."""
    return SOURCE_TITLES.get(source, source.replace("_", " ").capitalize())


def source_names() -> list[str]:
    """The sources the portal knows, and any others that passes were made of."""
    made = SyncRun.objects.order_by("source").values_list("source", flat=True).distinct()
    return sorted({*SOURCE_TITLES, *made})


def seconds(one_pass: SyncRun) -> float | None:
    """How long a pass took, None while it has not ended."""
    if one_pass.ended_at is None:
        return None
    return (one_pass.ended_at - one_pass.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Reading:
    """One source of one connection: when it was last whole, and its newest finished pass."""

    source: str
    connection: Connection
    as_of: datetime | None
    newest: SyncRun | None
    word: str

    @property
    def title(self) -> Text:
        return source_title(self.source)

    @property
    def says(self) -> Text:
        return FRESHNESS_WORDS[self.word]

    @property
    def seconds(self) -> float | None:
        return seconds(self.newest) if self.newest else None

    @property
    def is_problem(self) -> bool:
        return self.word != Freshness.FRESH


def readings() -> list[Reading]:
    """Every source of every connection."""
    return [
        Reading(source, connection, as_of, newest, word)
        for source in source_names()
        for connection, as_of, newest, word in freshness(source)
    ]


def passes() -> QuerySet[SyncRun]:
    """All passes, newest first."""
    return SyncRun.objects.select_related("connection").order_by("-id")
