"""`{% load audit %}`: the words of the audit log, and facts as people can read them."""

import json
from typing import Any

from django import template

from portal.audit.words import word
from portal.errors import Text

register = template.Library()


@register.filter
def audit_word(action: str) -> Text:
    """`run_start` → “Started a run”."""
    return word(action)


@register.filter
def pretty(facts: Any) -> str:
    """JSON over several lines, in the order of its names."""
    return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False)
