"""Rules in words, how often they spoke, and why a rule would or would not speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.approvals.kinds import KINDS, OPERATORS, Fact, FactType, Kind, holds, split
from portal.approvals.models import Rule, RuleCondition, RuleStep
from portal.errors import Missing, Text
from portal.permissions import GRANTS, ROLE_NAMES, Role


def kind_named(key: str) -> Kind:
    """The kind of approval with this key. Raises Missing."""
    if key not in KINDS:
        raise Missing()
    return KINDS[key]


def rules_of(kind: Kind) -> QuerySet[Rule]:
    """The rules in their order, with `times_spoken` and `last_spoken_at`; three queries."""
    return (
        Rule.objects.filter(kind=kind.key)
        .annotate(times_spoken=Count("approvals"), last_spoken_at=Max("approvals__opened_at"))
        .prefetch_related("conditions", "steps")
        .order_by("position", "pk")
    )


def condition_in_words(kind: Kind, condition: RuleCondition) -> str:
    """“Environment is one of Sandbox, Test”. A fact that is gone is named as it is written."""
    fact = kind.facts.get(condition.fact)
    if fact is None:
        return _("%(fact)s (there is no such fact any more)") % {"fact": condition.fact}
    words = {
        "fact": fact.title,
        "operator": OPERATORS[fact.type].get(condition.operator, condition.operator),
        "value": values_in_words(fact, condition.value),
    }
    if fact.type is FactType.YES_NO:
        return _("%(fact)s %(operator)s") % words
    return _("%(fact)s %(operator)s %(value)s") % words


def values_in_words(fact: Fact, value: str) -> str:
    """The values of a condition as people read them, with their unit."""
    if fact.type is FactType.NUMBER:
        return f"{_number(value)} {fact.unit}".strip()
    return ", ".join(str(fact.choices.get(part, part)) for part in split(value))


def _number(text: str) -> str:
    """`5000.50` as the reader's language writes it; what is no number stays as it is."""
    try:
        return number_format(Decimal(text), force_grouping=True)
    except InvalidOperation:
        return text


def step_in_words(step: RuleStep) -> str:
    """“2 × CCoE within 24 h”."""
    words = {"count": step.count, "role": ROLE_NAMES[Role(step.role)], "hours": step.hours}
    return _("%(count)d × %(role)s within %(hours)d h") % words


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as its row reads."""

    rule: Rule
    conditions: list[str]
    steps: list[str]


def lines(kind: Kind) -> list[Line]:
    """The rule table of a kind, in words."""
    return [line_of(kind, rule) for rule in rules_of(kind)]


def line_of(kind: Kind, rule: Rule) -> Line:
    return Line(
        rule=rule,
        conditions=[condition_in_words(kind, c) for c in rule.conditions.all()],
        steps=[step_in_words(s) for s in rule.steps.all()],
    )


def facts_in_words(kind: Kind, facts: Mapping[str, Any]) -> list[tuple[Text, Text]]:
    """(title, value) of every fact the kind has; a value nobody knows is a dash."""
    return [(fact.title, _value(fact, facts.get(name))) for name, fact in kind.facts.items()]


def _value(fact: Fact, value: Any) -> Text:
    if value is None:
        return "–"
    if fact.type is FactType.YES_NO:
        return _("Yes") if value else _("No")
    return values_in_words(fact, str(value))


def deciding_roles(kind: Kind) -> dict[str, Text]:
    """The roles a step may ask: those whom the matrix lets decide on this kind at all."""
    return {str(role): ROLE_NAMES[role] for role in Role if role in GRANTS[kind.decide]}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one rule says about some facts: each condition in words, and whether it holds."""

    rule: Rule
    conditions: list[tuple[str, bool]]
    steps: list[str]
    speaks: bool


def trials(kind: Kind, facts: Mapping[str, Any], spoken: Rule | None) -> list[Trial]:
    """Every rule in force against these facts, in order; `spoken` is the one the engine chose."""
    in_force = [rule for rule in rules_of(kind) if rule.is_active]
    return [
        Trial(
            rule=rule,
            conditions=[_tried(kind, condition, facts) for condition in rule.conditions.all()],
            steps=[step_in_words(step) for step in rule.steps.all()],
            speaks=spoken is not None and rule.pk == spoken.pk,
        )
        for rule in in_force
    ]


def _tried(kind: Kind, condition: RuleCondition, facts: Mapping[str, Any]) -> tuple[str, bool]:
    fact = kind.facts.get(condition.fact)
    met = fact is not None and holds(
        fact, condition.operator, condition.value, facts.get(condition.fact)
    )
    return condition_in_words(kind, condition), met
