"""Forms of requests. They parse and restrict choices; what must be right says services.validity."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountRequest
from accounts.selectors import choices
from accounts.services.requests import EDITABLE
from accounts.services.validity import PERMISSION_SETS
from accounts.words import DataClass, Environment, NetworkWish
from portal.approvals.models import Decision
from portal.aws.models import Connection
from portal.errors import Text
from portal.people.models import Team, User

SANDBOX_DAYS_SUGGESTED = 30
OTHERS_LISTED = 300
PERMISSION_SET_WORDS = {
    "DeveloperAccess": _("Build and run workloads; no changes to guardrails or networks"),
    "ReadOnlyAccess": _("Look at everything, change nothing"),
    "AdministratorAccess": _("Everything that guardrails allow; usually somebody must agree"),
}
NOTHING_CHOSEN = [("", "—")]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")  # what browsers send and read, whatever the language


class AmountField(forms.DecimalField):
    """An amount as people write it: 1,200 and $1200 too."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace("，", "").strip(" $\u3000")
        return super().to_python(value)


class RequestForm(forms.Form):
    """A request as a person types it. An unfinished one can be read: it may be a draft."""

    use_required_attribute = False  # the browser must not hold a draft back

    workload = forms.CharField(
        label=_("Workload"),
        max_length=30,
        help_text=_(
            "What runs in the account, in Latin letters, such as “checkout” or “data lake”."
            " One account holds one workload in one environment."
        ),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences for the people who decide: what is it for, who uses it?"),
    )
    connection = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Connection.objects.none(),
        empty_label="—",
        help_text=_("In which AWS organisation the account is made."),
    )
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment.choices, widget=forms.RadioSelect
    )
    data_class = forms.ChoiceField(
        label=_("Data classification"),
        choices=[*NOTHING_CHOSEN, *DataClass.choices],
        help_text=_("The most sensitive data that will ever be in the account."),
    )
    regions = forms.MultipleChoiceField(
        label=_("Regions"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where the workload runs. More regions can be asked for later."),
    )
    network = forms.ChoiceField(
        label=_("Network"),
        choices=[*NOTHING_CHOSEN, *NetworkWish.choices],
        help_text=_("Does it need to reach the internet or systems inside the company?"),
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.none(),
        empty_label="—",
        help_text=_("The team that works in the account. You can choose teams you are in."),
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        empty_label="—",
        help_text=_("Answers for the account: its cost, its data, its security."),
    )
    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        queryset=User.objects.none(),
        empty_label="—",
        help_text=_("Answers when the owner is away. Another person than the owner."),
    )
    cost_centre = forms.CharField(
        label=_("Cost centre"),
        max_length=20,
        help_text=_("Who pays, such as CC-1200. Your team’s is filled in."),
    )
    budget_usd = AmountField(
        label=_("Monthly budget (USD)"),
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_(
            "What a normal month may cost. Owner and deputy are warned before it is used up."
        ),
    )
    expires_on = forms.DateField(
        label=_("Expires on"),
        required=False,
        widget=DateInput(),
        help_text=_(
            "The day the account is no longer needed: kept as a tag."
            " A sandbox needs one; others may stay."
        ),
    )
    access_group = forms.ChoiceField(
        label=_("Who gets in"),
        help_text=_("The team’s group in Identity Center: its members can enter the account."),
    )
    permission_set = forms.ChoiceField(
        label=_("With which permissions"),
        choices=[
            (name, format_lazy("{} · {}", name, PERMISSION_SET_WORDS[name]))
            for name in PERMISSION_SETS
        ],
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, user: User, account_request: AccountRequest, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account_request = account_request
        self._offer("connection", choices.open_connections())
        self._offer("team", choices.teams_of(user))
        self._offer("owner", choices.people())
        self._offer("deputy", choices.people())
        self._list_people(user)
        groups = [(group, group) for group in choices.access_groups(user)]
        self._choose("access_group", [*NOTHING_CHOSEN, *groups])
        self._choose("regions", choices.regions(self._connection()))

    def full_clean(self) -> None:
        """Fields are marked as required for the reader; validity says so when it is submitted."""
        marked = [field for field in self.fields.values() if field.required]
        for field in marked:
            field.required = False
        super().full_clean()
        for field in marked:
            field.required = True

    def _offer(self, name: str, queryset: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 — for the reader and mypy
        field.queryset = queryset

    def _list_people(self, user: User) -> None:
        """Colleagues first, then others, not more than a list can bear; anybody is accepted."""
        named = (self.account_request.owner_id, self.account_request.deputy_id)
        near = [(person.pk, person.name) for person in choices.colleagues(user, *named)]
        known = [pk for pk, _name in near]
        rest = choices.people().exclude(pk__in=known).values_list("pk", "name")[:OTHERS_LISTED]
        offered = [*NOTHING_CHOSEN, (_("People in your teams"), near), (_("Others"), list(rest))]
        for name in ("owner", "deputy"):
            self.fields[name].widget.choices = offered

    def _choose(self, name: str, offered: Iterable[tuple[str, object]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 — for the reader and mypy
        field.choices = list(offered)

    def _connection(self) -> Connection | None:
        """The organisation chosen in the browser, else the stored one."""
        chosen = self.data.get("connection", "") if self.is_bound else ""
        if chosen.isdigit():
            return choices.open_connections().filter(pk=int(chosen)).first()
        return self.account_request.connection

    def readable(self) -> dict[str, Any]:
        """What could be read of the fields, for the services; the rest keeps its old value."""
        self.is_valid()
        return {name: self._stored(name) for name in EDITABLE if name in self.cleaned_data}

    def _stored(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return value.strip() if isinstance(value, str) else value

    def take_over(self, found: Mapping[str, Sequence[Text]]) -> None:
        """Show what validity found, beside what could not even be read."""
        for name, sentences in found.items():
            if name in self.fields and name not in self.errors:
                for sentence in sentences:
                    self.add_error(name, str(sentence))


def first_values(user: User) -> dict[str, Any]:
    """What a new request starts with, so that little is left to type."""
    connections = list(choices.open_connections()[:2])
    teams = list(choices.teams_of(user)[:2])
    team = teams[0] if len(teams) == 1 else None
    # Ordered by purpose: production comes before verification.
    connection = connections[0] if connections else None
    return {
        "connection": connection,
        "regions": _first_region(connection),
        "team": team,
        "owner": user,
        "cost_centre": team.cost_centre if team else "",
        "access_group": team.access_group if team else "",
        "data_class": DataClass.INTERNAL,
        "network": NetworkWish.NONE,
        "permission_set": PERMISSION_SETS[0],
    }


def _first_region(connection: Connection | None) -> list[str]:
    """The first of the organisation's regions: they are listed in the order people prefer."""
    offered = [region for region, _words in choices.regions(connection)] if connection else []
    return offered[:1]


def consequences(field: str, before: AccountRequest, after: AccountRequest) -> dict[str, Any]:
    """What follows from one changed field, for fields that nobody has set by hand."""
    changes: dict[str, Any] = {}
    if field == "team" and after.team is not None:
        for name in ("cost_centre", "access_group"):
            old = getattr(before.team, name) if before.team else ""
            if getattr(after, name) in ("", old):
                changes[name] = getattr(after.team, name)
    if field == "connection" and after.connection_id != before.connection_id:
        changes["regions"] = _first_region(after.connection)
    is_sandbox = after.environment == Environment.SANDBOX
    if field == "environment" and is_sandbox and after.expires_on is None:
        changes["expires_on"] = timezone.localdate() + timedelta(days=SANDBOX_DAYS_SUGGESTED)
    return changes


class DecisionForm(forms.Form):
    """A person's word on a request, bound to the content that was on the screen."""

    verdict = forms.ChoiceField(choices=Decision.Verdict.choices)
    seen_hash = forms.RegexField(r"^[0-9a-f]{64}$")
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Decision.Verdict.NO and not cleaned.get("reason"):
            self.add_error("reason", _("Say why, so that the requester knows what to change."))
        return cleaned


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write something first.")},
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Optional; the people who were asked will read it."),
    )
