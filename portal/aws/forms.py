"""Forms about connections."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.aws.models import Connection


class ModeForm(forms.Form):
    """The other mode, and why."""

    mode = forms.ChoiceField(choices=Connection.Mode.choices, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
