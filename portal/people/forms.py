"""What people enter about people."""

import zoneinfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.people import scopes
from portal.people.models import User
from portal.permissions import ROLE_NAMES

REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def time_zones() -> list[tuple[str, object]]:
    """Zones named after places, and UTC; first the one of the browser."""
    names = (n for n in zoneinfo.available_timezones() if n.split("/")[0] in REGIONS)
    return [("", _("As the browser says")), ("UTC", "UTC"), *((n, n) for n in sorted(names))]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A person's own settings."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser says")), *settings.LANGUAGES],
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=time_zones)

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme"]
        labels = {"name": _("Name"), "theme": _("Theme")}


class RoleForm(forms.Form):
    """A role, and where it holds."""

    role = forms.ChoiceField(label=_("Role"), choices=list(ROLE_NAMES.items()))
    target = forms.CharField(
        label=_("Where"),
        required=False,
        max_length=scopes.TARGET_LENGTH,
        help_text=_(
            "Empty: everywhere. Or an organisation (o-…), a root or OU with all below it "
            "(r-…, ou-…), or one account (12 digits)."
        ),
    )

    def clean_target(self) -> str:
        target: str = self.cleaned_data["target"].strip()
        if fault := scopes.fault_in(target):
            raise forms.ValidationError(str(fault))
        return target


class ReasonForm(forms.Form):
    """Why something is done to a person."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the audit log."),
    )
