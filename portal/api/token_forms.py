"""The form a person makes a token with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.api.models import ApiToken


class TokenForm(forms.Form):
    """Shape only; what a token may be, portal.api.tokens.issue says."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("Where it will be used, such as “deploy pipeline”."),
    )
    scope = forms.ChoiceField(
        label=_("The token may"), choices=ApiToken.Scope, widget=forms.RadioSelect, initial="read"
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        choices=[
            (7, _("7 days")),
            (30, _("30 days")),
            (90, _("90 days")),
            (180, _("180 days")),
            (365, _("1 year")),
        ],
        coerce=int,
        initial=30,
    )
