"""Writing the rule table. Every change names its actor and keeps what was there before."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.approvals.kinds import Kind, fault_in
from portal.approvals.models import Rule, RuleCondition, RuleStep
from portal.approvals.wording import deciding_roles
from portal.audit.record import record
from portal.errors import Conflict, Invalid, Text
from portal.people.models import User
from portal.people.scopes import EVERYWHERE
from portal.permissions import Action, require

MOST_PEOPLE = 10
MOST_HOURS = 24 * 90
MOST_ROWS = 20  # conditions or steps of one rule


@dataclass(frozen=True, slots=True)
class Condition:
    fact: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    role: str
    count: int
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule as somebody wants it. All conditions must hold; steps are asked in this order."""

    name: str
    reason: str
    outcome: str
    is_active: bool
    conditions: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()


class ChangedMeanwhile(Conflict):
    """Somebody else has saved this rule since it was opened."""

    code = "rule_changed"


def faults(kind: Kind, draft: Draft) -> list[Text]:
    """What is wrong with a rule as a whole, beyond its single conditions; empty when nothing is."""
    approves = draft.outcome == Rule.Outcome.APPROVE
    wrong: list[Text] = []
    if approves and not draft.conditions:
        wrong.append(_("A rule that approves at once needs a condition; else it approves all."))
    if approves and draft.steps:
        wrong.append(_("A rule that approves at once asks nobody: take its steps away."))
    if max(len(draft.conditions), len(draft.steps)) > MOST_ROWS:
        wrong.append(_("That is too much for one rule: split it."))
    wrong += [f for c in draft.conditions if (f := fault_in(kind, c.fact, c.operator, c.value))]
    wrong += [f for step in draft.steps if (f := step_fault(kind, step))]
    return wrong


def step_fault(kind: Kind, step: Step) -> Text | None:
    """The sentence that says what is wrong with a step; None when nothing is."""
    if step.role not in deciding_roles(kind):
        return _("This role may not decide on such things.")
    if not 1 <= step.count <= MOST_PEOPLE:
        return _("Between 1 and %(most)d people can be asked.") % {"most": MOST_PEOPLE}
    if not 1 <= step.hours <= MOST_HOURS:
        return _("Give them between 1 and %(most)d hours.") % {"most": MOST_HOURS}
    return None


@transaction.atomic
def create(kind: Kind, draft: Draft, *, actor: User) -> Rule:
    """A new rule, the last one in the order. Raises Forbidden, Invalid."""
    require(actor, Action.RULE_CHANGE, EVERYWHERE)
    _check(kind, draft)
    last = Rule.objects.filter(kind=kind.key).aggregate(last=Max("position"))["last"]
    rule = Rule(kind=kind.key, position=0 if last is None else last + 1)
    _write(rule, draft)
    record(actor=actor, action="rule_create", target=rule, facts={"after": asdict(draft)})
    return rule


@transaction.atomic
def change(kind: Kind, rule: Rule, draft: Draft, *, version: int, actor: User) -> Rule:
    """Replace a rule that still has the version the person saw.

    Raises Forbidden, Invalid, ChangedMeanwhile.
    """
    require(actor, Action.RULE_CHANGE, EVERYWHERE)
    _check(kind, draft)
    before = draft_of(rule)
    mine = Rule.objects.filter(pk=rule.pk, version=version)
    if not mine.update(version=F("version") + 1):
        raise ChangedMeanwhile(_("Somebody changed this rule while you were editing it."))
    rule.refresh_from_db()
    rule.conditions.all().delete()
    rule.steps.all().delete()
    _write(rule, draft)
    facts = {"before": asdict(before), "after": asdict(draft), "version": rule.version}
    record(actor=actor, action="rule_change", target=rule, facts=facts)
    return rule


@transaction.atomic
def move(rule: Rule, *, up: bool, actor: User) -> None:
    """One place towards the start or the end; nothing happens there. Raises Forbidden."""
    require(actor, Action.RULE_CHANGE, EVERYWHERE)
    order = list(Rule.objects.select_for_update().filter(kind=rule.kind).order_by("position", "pk"))
    here = next((i for i, other in enumerate(order) if other.pk == rule.pk), None)
    if here is None:
        raise Conflict(_("Somebody deleted this rule."))
    there = max(0, min(len(order) - 1, here - 1 if up else here + 1))
    order.insert(there, order.pop(here))
    for position, other in enumerate(order):
        other.position = position
    Rule.objects.bulk_update(order, ["position"])
    facts = {"from": here, "to": there, "order": [other.name for other in order]}
    record(actor=actor, action="rule_move", target=rule, facts=facts)


@transaction.atomic
def switch(rule: Rule, *, on: bool, actor: User) -> None:
    """Put a rule in force or out of it. Raises Forbidden, Conflict when it is so already."""
    require(actor, Action.RULE_CHANGE, EVERYWHERE)
    mine = Rule.objects.filter(pk=rule.pk, is_active=not on)
    if not mine.update(is_active=on, version=F("version") + 1, changed_at=timezone.now()):
        raise Conflict(_("Somebody has done this already."))
    record(
        actor=actor,
        action="rule_switch",
        target=rule,
        facts={"before": {"is_active": not on}, "after": {"is_active": on}},
    )


@transaction.atomic
def delete(rule: Rule, *, version: int, actor: User, reason: str) -> None:
    """Remove a rule; approvals it spoke on keep its name and reason.

    Raises Forbidden, Invalid without a reason, ChangedMeanwhile.
    """
    require(actor, Action.RULE_CHANGE, EVERYWHERE)
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why this rule is no longer needed.")]})
    before = asdict(draft_of(rule))
    locked = Rule.objects.select_for_update().filter(pk=rule.pk, version=version).first()
    if locked is None:
        raise ChangedMeanwhile(_("Somebody changed this rule in the meantime. Look at it again."))
    record(actor=actor, action="rule_delete", target=rule, reason=reason, facts={"before": before})
    locked.delete()


def draft_of(rule: Rule) -> Draft:
    """A rule as it stands."""
    return Draft(
        name=rule.name,
        reason=rule.reason,
        outcome=rule.outcome,
        is_active=rule.is_active,
        conditions=tuple(Condition(c.fact, c.operator, c.value) for c in rule.conditions.all()),
        steps=tuple(Step(s.role, s.count, s.hours) for s in rule.steps.all()),
    )


def _check(kind: Kind, draft: Draft) -> None:
    if wrong := faults(kind, draft):
        raise Invalid(fields={"rule": wrong})


def _write(rule: Rule, draft: Draft) -> None:
    """The row and its conditions and steps; the caller has removed what was there."""
    values: dict[str, Any] = {"name": draft.name, "reason": draft.reason}
    values |= {"outcome": draft.outcome, "is_active": draft.is_active}
    for name, value in values.items():
        setattr(rule, name, value)
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise Invalid(fields={"name": [_("Another rule has this name.")]}) from error
    RuleCondition.objects.bulk_create(
        RuleCondition(rule=rule, fact=c.fact, operator=c.operator, value=c.value)
        for c in draft.conditions
    )
    RuleStep.objects.bulk_create(
        RuleStep(rule=rule, position=i, role=s.role, count=s.count, hours=s.hours)
        for i, s in enumerate(draft.steps)
    )
