"""The socket for kinds of approval: apps declare theirs in approvals.py, with typed facts."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.permissions import Action, Role


class FactType(StrEnum):
    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes_no"
    TEXT = "text"


OPERATORS: dict[FactType, dict[str, Text]] = {
    FactType.CHOICE: {"in": _("is one of"), "not_in": _("is none of")},
    FactType.NUMBER: {"at_most": _("is at most"), "more_than": _("is more than")},
    FactType.YES_NO: {"yes": _("is yes"), "no": _("is no")},
    FactType.TEXT: {"in": _("is one of"), "not_in": _("is none of")},
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a rule may ask about. `choices` maps value to what people read."""

    title: Text
    type: FactType
    choices: Mapping[str, Text] = field(default_factory=dict)
    unit: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing that needs approval.

    `subject` is app.Model, whose row has an `approval`; `facts_of(subject)` gives the values of the
    facts, `content_of(subject)` everything that must not change once approved;
    `approved(subject, approval)` and `rejected(subject, approval)` run in the deciding transaction.
    """

    key: str
    title: Text
    subject: str
    decide: Action
    facts: Mapping[str, Fact]
    facts_of: Callable[[Any], dict[str, Any]]
    content_of: Callable[[Any], dict[str, Any]]
    approved: Callable[[Any, Any], None]
    rejected: Callable[[Any, Any], None]
    default_role: Role = Role.CCOE
    default_hours: int = 72
    valid_hours: int = 24 * 14  # an approval not carried out by then is void

    def subject_of(self, approval: Any) -> Any:
        return apps.get_model(self.subject)._default_manager.get(approval=approval)

    def locked_subject_of(self, approval: Any) -> Any:
        """The same, locked until the transaction ends."""
        rows = apps.get_model(self.subject)._default_manager
        return rows.select_for_update(of=("self",), no_key=True).get(approval=approval)

    def content_hash(self, subject: Any) -> str:
        """SHA-256 over the canonical JSON of what is approved, in hex."""
        text = json.dumps(
            self.content_of(subject), sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder
        )
        return hashlib.sha256(f"{self.key}\n{text}".encode()).hexdigest()


KINDS: dict[str, Kind] = {}


def offer(kind: Kind) -> Kind:
    KINDS[kind.key] = kind
    return kind


def holds(fact: Fact, operator: str, wanted: str, value: Any) -> bool:
    """Whether a condition holds. An unknown value (None) makes every condition false."""
    if value is None:
        return False
    if fact.type is FactType.YES_NO:
        return bool(value) is (operator == "yes")
    if fact.type is FactType.NUMBER:
        smaller = Decimal(str(value)) <= Decimal(wanted)
        return smaller if operator == "at_most" else not smaller
    listed = str(value) in split(wanted)
    return listed if operator == "in" else not listed


def split(wanted: str) -> list[str]:
    return [part.strip() for part in wanted.split(",") if part.strip()]


def fault_in(kind: Kind, name: str, operator: str, wanted: str) -> Text | None:
    """The sentence that says what is wrong with a condition; None when nothing is."""
    fact = kind.facts.get(name)
    if fact is None:
        return _("There is no such fact.")
    if operator not in OPERATORS[fact.type]:
        return _("This fact can't be compared like that.")
    if fact.type is FactType.NUMBER:
        try:
            finite = Decimal(wanted).is_finite()
        except InvalidOperation:
            finite = False
        return None if finite else _("Enter a number, such as 500.")
    if fact.type is FactType.YES_NO:
        return None
    if not split(wanted):
        return _("Enter at least one value; separate several by commas.")
    unknown = [part for part in split(wanted) if fact.choices and part not in fact.choices]
    return _("There is no such value.") if unknown else None
