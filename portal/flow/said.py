"""Sentences that a worker says now and people read later, each in their own language.

A sentence is kept as its English text with its values, and translated when the row is read.
"""

import json
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext


def said(sentence: str, *, code: str = "", **values: object) -> str:
    """A sentence to be kept in a SaidField. Mark the literal with gettext_noop.

    `code` is AWS's own word for it, shown behind the sentence in every language.
    """
    told = {"say": sentence, "with": {k: str(v) for k, v in values.items()}, "code": code}
    return json.dumps(told, ensure_ascii=False)


class Said(str):
    """The sentence in the reader's language; `raw` is what is kept."""

    __slots__ = ("raw",)
    raw: str

    @classmethod
    def of(cls, raw: str) -> Self:
        sentence = cls(read(raw))
        sentence.raw = raw
        return sentence


def read(raw: str) -> str:
    """What `said` kept, in the language of the moment; any other text as it is."""
    if not raw.startswith('{"say": '):
        return raw
    told: dict[str, Any] = json.loads(raw)
    sentence = gettext(told["say"])
    if told["with"]:
        sentence = sentence % told["with"]
    return f"{sentence} ({told['code']})" if told["code"] else sentence


class SaidField(models.TextField):  # type: ignore[type-arg]  # no parameters at run time
    """Text that may have been `said`; loads as the reader's sentence, saves what was said."""

    def from_db_value(self, value: str | None, *_more: Any) -> Said | None:
        return None if value is None else Said.of(value)

    def get_prep_value(self, value: Any) -> Any:
        return value.raw if isinstance(value, Said) else super().get_prep_value(value)
