"""What will happen to a request as it stands: its names, and what the rules would say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import AccountRequest
from accounts.services.requests import KIND, Names, faults, names_for
from portal.approvals.kinds import KINDS
from portal.approvals.models import Rule
from portal.approvals.services import first_match
from portal.errors import Text
from portal.permissions import ROLE_NAMES, Role

# Fields that facts for rules are made from: before these are right, nobody can tell.
RULES_LOOK_AT = {
    "environment",
    "team",
    "data_class",
    "regions",
    "network",
    "budget_usd",
    "permission_set",
    "expires_on",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of an approval: how many people of which role, within how many hours."""

    role: Text
    count: int
    hours: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """`rule` None: no rule speaks. `missing`: field labels with what is wrong about them."""

    names: Names
    rule: Rule | None
    is_known: bool  # enough is filled in to ask the rules
    asked: Sequence[Asked]
    missing: Sequence[tuple[str, Text, Text]]  # field, its label, the sentence

    @property
    def at_once(self) -> bool:
        return self.is_known and not self.asked

    def sentences_for(self, field: str) -> dict[str, list[Text]]:
        return {name: [sentence] for name, _label, sentence in self.missing if name == field}


def outlook(account_request: AccountRequest) -> Outlook:
    """What would happen if it were submitted now. Nothing is written."""
    kind = KINDS[KIND]
    missing = _missing(account_request)
    is_known = not RULES_LOOK_AT & {name for name, _label, _sentence in missing}
    rule = first_match(kind, kind.facts_of(account_request)) if is_known else None
    return Outlook(
        names=names_for(account_request),
        rule=rule,
        is_known=is_known,
        asked=_asked(rule) if is_known else [],
        missing=missing,
    )


def _asked(rule: Rule | None) -> list[Asked]:
    kind = KINDS[KIND]
    if rule is not None and rule.outcome == Rule.Outcome.APPROVE:
        return []
    steps = [(step.role, step.count, step.hours) for step in rule.steps.all()] if rule else []
    steps = steps or [(kind.default_role, 1, kind.default_hours)]
    return [Asked(ROLE_NAMES[Role(role)], count, hours) for role, count, hours in steps]


def _missing(account_request: AccountRequest) -> list[tuple[str, Any, Any]]:
    return [
        (name, AccountRequest._meta.get_field(name).verbose_name, sentences[0])  # type: ignore[union-attr]
        for name, sentences in faults(account_request).items()
    ]
