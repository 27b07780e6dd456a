"""How Django's forms look: one field template, Bootstrap's classes, errors that are read out."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget

CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)
SELECTS = (forms.Select, forms.SelectMultiple)


def css_class(widget: Widget) -> str:
    """Bootstrap's class for a widget; none for hidden ones."""
    if isinstance(widget, CHECKS):  # RadioSelect is no Select, but keep the order: checks first
        return "form-check-input"
    if isinstance(widget, SELECTS):
        return "form-select"
    return "" if widget.is_hidden else "form-control"


class Field(forms.BoundField):
    """A field of a form that knows how it looks."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        own = widget.attrs.get("class", "")
        state = "is-invalid" if self.errors else ""
        attrs["class"] = " ".join(part for part in (css_class(widget), own, state) if part)
        return attrs

    @property
    def kind(self) -> str:
        """Which shape ui/field.html draws: check (one box), choices (several) or plain."""
        if isinstance(self.field.widget, forms.CheckboxInput):
            return "check"
        return "choices" if isinstance(self.field.widget, CHECKS) else "plain"


class Renderer(TemplatesSetting):
    """settings.FORM_RENDERER: `{{ form }}` and `{{ field.as_field_group }}` use our templates."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
    bound_field_class = Field
