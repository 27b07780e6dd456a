"""The rule editor: one form, its condition rows and its step rows; all of it works without scripts.

Buttons that change the shape of the form (add a row, take one away, another fact chosen) send it
to the server, which draws it again with everything that was typed.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.approvals import editing
from portal.approvals.editing import Condition, Draft, Step
from portal.approvals.kinds import OPERATORS, Fact, FactType, Kind, fault_in, split
from portal.approvals.models import Rule
from portal.approvals.wording import deciding_roles

REMOVE = re.compile(r"remove-(condition|step)-(\d{1,3})")
Rows = list[dict[str, Any]]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The rule itself. `version` is the one that was opened; "" for a new rule."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), choices=Rule.Outcome.choices, widget=forms.RadioSelect
    )

    class Meta:
        model = Rule
        fields = ["name", "reason", "outcome", "is_active"]
        widgets: ClassVar[dict[str, Any]] = {"reason": forms.Textarea(attrs={"rows": 2})}


class ConditionForm(forms.Form):
    """One condition; operators and the shape of the value follow the chosen fact."""

    fact = forms.ChoiceField(label=gettext_lazy("Fact"), required=False)
    operator = forms.ChoiceField(label=gettext_lazy("Compared how"), required=False)
    value = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=300)

    def __init__(self, kind: Kind, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.kind = kind
        chosen = self["fact"].value() or ""
        self.chosen: Fact | None = kind.facts.get(chosen)
        self.fields["fact"].choices = self._facts(chosen)  # type: ignore[attr-defined]
        written = self["operator"].value() or ""  # stays, so that only a lost fact is called wrong
        self.fields["operator"].choices = [(written, written)]  # type: ignore[attr-defined]
        if self.chosen is not None:
            operators = OPERATORS[self.chosen.type]
            self.fields["operator"].choices = list(operators.items())  # type: ignore[attr-defined]
            self.fields["value"] = _value_field(self.chosen)
            if self.chosen.choices and isinstance(self.initial.get("value"), str):
                self.initial["value"] = split(self.initial["value"])

    def _facts(self, chosen: str) -> list[tuple[str, Any]]:
        known = [(name, fact.title) for name, fact in self.kind.facts.items()]
        gone = [(chosen, chosen)] if chosen and chosen not in self.kind.facts else []
        return [("", _("Choose a fact")), *known, *gone]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("fact") and "operator" in cleaned and "value" in cleaned:
            wanted = self.condition()
            fault = fault_in(self.kind, wanted.fact, wanted.operator, wanted.value)
            if fault:
                self.add_error("value" if self.chosen else "fact", str(fault))
        return cleaned

    @property
    def is_empty(self) -> bool:
        return not self.cleaned_data.get("fact")

    def condition(self) -> Condition:
        cleaned = self.cleaned_data
        value = cleaned.get("value", "")
        text = ", ".join(value) if isinstance(value, list) else str(value).strip()
        return Condition(cleaned["fact"], cleaned["operator"], text)


def _value_field(fact: Fact) -> forms.Field:
    """What is entered for a fact: boxes for its choices, a number, nothing, or a list of words."""
    label = _("Value (%(unit)s)") % {"unit": fact.unit} if fact.unit else _("Value")
    if fact.choices:
        return forms.MultipleChoiceField(
            label=label,
            required=False,
            choices=list(fact.choices.items()),
            widget=forms.CheckboxSelectMultiple,
        )
    if fact.type is FactType.YES_NO:
        return forms.CharField(required=False, widget=forms.HiddenInput)
    if fact.type is FactType.NUMBER:
        # A text box: what a number box holds that is no number would never reach the server.
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        return forms.CharField(label=label, required=False, max_length=40, widget=widget)
    help_text = _("Separate several by commas.")
    return forms.CharField(label=label, required=False, max_length=300, help_text=help_text)


class StepForm(forms.Form):
    """Whom to ask, how many of them, and how long they have."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    count = forms.IntegerField(
        label=pgettext_lazy("how many", "People"),
        initial=1,
        min_value=1,
        max_value=editing.MOST_PEOPLE,
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Hours to answer"), initial=72, min_value=1, max_value=editing.MOST_HOURS
    )

    def __init__(self, kind: Kind, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        roles = [("", _("Choose a role")), *deciding_roles(kind).items()]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]

    @property
    def is_empty(self) -> bool:
        return not self.cleaned_data.get("role")

    def step(self) -> Step:
        cleaned = self.cleaned_data
        return Step(cleaned["role"], cleaned["count"], cleaned["hours"])


class RuleEditor:
    """The form with its rows: opened on a rule, sent by a browser, or drawn in another shape."""

    def __init__(
        self, kind: Kind, rule: RuleForm, conditions: list[ConditionForm], steps: list[StepForm]
    ) -> None:
        self.kind, self.rule, self.conditions, self.steps = kind, rule, conditions, steps
        self.faults: list[Any] = []

    @classmethod
    def of(cls, kind: Kind, rule: Rule | None) -> "RuleEditor":
        """Opened on a rule, or on an empty one with a row of each."""
        if rule is None:
            return cls._drawn(kind, RuleForm(initial={"outcome": Rule.Outcome.ASK}), [{}], [{}])
        draft = editing.draft_of(rule)
        conditions = [
            {"fact": c.fact, "operator": c.operator, "value": c.value} for c in draft.conditions
        ]
        steps = [{"role": s.role, "count": s.count, "hours": s.hours} for s in draft.steps]
        form = RuleForm(instance=rule, initial={"version": rule.version})
        return cls._drawn(kind, form, conditions, steps)

    @classmethod
    def sent(cls, kind: Kind, post: Any, rule: Rule | None) -> "RuleEditor":
        """As a browser sent it, to be checked. A copy of the rule is filled, never the rule."""
        copy = Rule(pk=rule.pk, kind=kind.key, position=0) if rule else Rule(kind=kind.key)
        conditions = [ConditionForm(kind, post, prefix=p) for p in _prefixes(post, "condition")]
        steps = [StepForm(kind, post, prefix=p) for p in _prefixes(post, "step")]
        return cls(kind, RuleForm(post, instance=copy), conditions, steps)

    @classmethod
    def reshaped(cls, kind: Kind, post: Any, act: str) -> "RuleEditor":
        """What was typed, in the shape the button asked for; nothing is checked yet."""
        conditions = _typed(post, "condition", ("fact", "operator", "value"))
        steps = _typed(post, "step", ("role", "count", "hours"))
        if act == "add-condition":
            conditions.append({})
        elif act == "add-step":
            steps.append({})
        elif asked := REMOVE.fullmatch(act):
            rows = conditions if asked[1] == "condition" else steps
            del rows[int(asked[2]) : int(asked[2]) + 1]
        typed = {name: post.get(name) for name in ("name", "reason", "outcome", "version")}
        form = RuleForm(initial={**typed, "is_active": "is_active" in post})
        return cls._drawn(kind, form, conditions, steps)

    @classmethod
    def _drawn(cls, kind: Kind, rule: RuleForm, conditions: Rows, steps: Rows) -> "RuleEditor":
        return cls(
            kind,
            rule,
            [
                ConditionForm(kind, initial=row, prefix=f"condition-{i}")
                for i, row in enumerate(conditions[: editing.MOST_ROWS])
            ],
            [
                StepForm(kind, initial=row or None, prefix=f"step-{i}")
                for i, row in enumerate(steps[: editing.MOST_ROWS])
            ],
        )

    def is_valid(self) -> bool:
        """Whether it can be saved; the forms, and `faults` for the whole, say why not."""
        answers = [part.is_valid() for part in (self.rule, *self.conditions, *self.steps)]
        if not all(answers):  # every part was asked, so that all errors show
            return False
        self.faults = editing.faults(self.kind, self.draft())
        return not self.faults

    def draft(self) -> Draft:
        """Rows without a fact or a role count as not there."""
        cleaned = self.rule.cleaned_data
        return Draft(
            name=cleaned["name"],
            reason=cleaned["reason"],
            outcome=cleaned["outcome"],
            is_active=cleaned["is_active"],
            conditions=tuple(f.condition() for f in self.conditions if not f.is_empty),
            steps=tuple(f.step() for f in self.steps if not f.is_empty),
        )


def _count(post: Any, row: str) -> int:
    text = post.get(f"{row}s", "0")
    return min(int(text), editing.MOST_ROWS) if text.isascii() and text.isdigit() else 0


def _prefixes(post: Any, row: str) -> list[str]:
    return [f"{row}-{i}" for i in range(_count(post, row))]


def _typed(post: Any, row: str, names: tuple[str, ...]) -> Rows:
    """The rows of a form as they were typed; several values of one name as a list."""
    return [
        {name: _one_or_all(post.getlist(f"{prefix}-{name}")) for name in names}
        for prefix in _prefixes(post, row)
    ]


def _one_or_all(values: list[str]) -> str:
    return ", ".join(values)


class TryForm(forms.Form):
    """Facts to try the rules on: those of a request that exists, or typed ones."""

    subject = forms.CharField(
        label=gettext_lazy("Number of a request"),
        required=False,
        max_length=18,
        help_text=gettext_lazy("Its facts are used, as they are now. Or enter facts below."),
    )

    def __init__(self, kind: Kind, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.kind = kind
        for name, fact in kind.facts.items():
            self.fields[name] = _fact_field(fact)

    def facts(self) -> dict[str, Any]:
        """The typed facts as a rule reads them; None for those left open."""
        cleaned = ((name, self.cleaned_data[name]) for name in self.kind.facts)
        return {name: None if value in ("", None) else value for name, value in cleaned}


def _fact_field(fact: Fact) -> forms.Field:
    """Every fact may be left open: then no condition about it holds."""
    label = f"{fact.title} ({fact.unit})" if fact.unit else str(fact.title)
    if fact.type is FactType.NUMBER:
        return forms.DecimalField(label=label, required=False, max_digits=14, decimal_places=2)
    if fact.type is FactType.YES_NO:
        return forms.TypedChoiceField(
            label=label,
            required=False,
            coerce=lambda word: word == "yes",
            empty_value=None,
            choices=[("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))],
        )
    if fact.choices:
        choices = [("", _("Not known")), *fact.choices.items()]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    return forms.CharField(label=label, required=False, max_length=100)
