"""`{% load audit %}`: the words of the audit log."""

from django import template

from portal.audit.words import word
from portal.errors import Text

register = template.Library()


@register.filter
def audit_word(action: str) -> Text:
    """`run_start` → “Started a run”."""
    return word(action)
