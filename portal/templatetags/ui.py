"""Template tags of the UI kit: `{% load ui %}`."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django import template
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString

from portal.permissions import Action, may
from portal.ui import money as amounts
from portal.ui import words
from portal.ui.badges import badge_of

register = template.Library()


@register.inclusion_tag("ui/icon.html")
def icon(name: str, label: str = "", css: str = "") -> dict[str, str]:
    """An icon of static/icons.svg; with `label` when it stands without words."""
    return {"name": name, "label": label, "css": css}


@register.inclusion_tag("ui/badge.html")
def badge(status: Any, text: Any = "") -> dict[str, Any]:
    """A status word in its colour, showing `text` (or itself)."""
    shape = badge_of(status)
    return {"text": text or status, "tone": shape.tone, "icon": shape.icon}


@register.inclusion_tag("ui/time.html")
def moment(at: datetime | None) -> dict[str, Any]:
    """How long ago, with the exact time on hover; a dash for none."""
    return {"at": at}


@register.inclusion_tag("ui/copyable.html")
def copyable(text: Any, shown: Any = "") -> dict[str, Any]:
    """Text in a fixed-width font with a copy button."""
    return {"text": text, "shown": shown}


@register.inclusion_tag("ui/account.html")
def account(account: Any) -> dict[str, Any]:
    """An account: name as a link, 12-digit id beside it."""
    return {"account": account}


@register.inclusion_tag("ui/person.html")
def person(person: Any) -> dict[str, Any]:
    """A person: initials and name."""
    return {"person": person}


@register.simple_block_tag
def panel(
    content: str,
    title: Any = "",
    subtitle: Any = "",
    icon: str = "",
    id: str = "",
    flush: bool = False,
) -> SafeString:
    """`{% panel title="…" %}…{% endpanel %}`: a card with a header. `flush` for tables."""
    context = {"title": title, "subtitle": subtitle, "icon": icon, "id": id, "flush": flush}
    return render_to_string("ui/panel.html", {**context, "content": content})


@register.simple_block_tag
def dialog(content: str, id: str, title: Any, open_now: bool = False) -> SafeString:
    """`{% dialog id="reject" title="…" %}…{% enddialog %}`, opened by `data-open="reject"`."""
    context = {"id": id, "title": title, "open_now": open_now, "content": content}
    return render_to_string("ui/dialog.html", context)


@register.simple_block_tag
def caught(content: str) -> str:
    """`{% caught as name %}…{% endcaught %}`: use a block's content twice, as <title> and <h1>."""
    return content


@register.filter
def open_to(action: str, user: Any) -> bool:
    """`{% if "account_view"|open_to:user %}`: courtesy, not protection."""
    return may(user, Action(action))


@register.filter
def number(value: int | Decimal | None) -> str:
    """`1,234`. Plain `{{ count }}` writes no separators: ids would get them too."""
    return "" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def money(amount: Decimal | None, currency: str = "USD") -> str:
    return "" if amount is None else amounts.show(amount, currency)


@register.filter
def duration(length: timedelta | float | None) -> str:
    return words.duration(length)


@register.filter
def account_id(digits: str) -> str:
    return words.account_id(digits)


@register.filter
def tone(status: Any) -> str:
    """The colour word of a status."""
    return badge_of(status).tone


@register.filter
def status_icon(status: Any) -> str:
    """The icon of a status; a plain ring for a word without one."""
    return badge_of(status).icon or "circle"


@register.filter
def initials(name: Any) -> str:
    """`Sato Yuki` → `SY`, `佐藤 優希` → `佐`."""
    parts = str(name).split()
    first = parts[0][:1] if parts else "?"
    is_latin = first.isascii() and len(parts) > 1
    return (first + parts[-1][:1] if is_latin else first).upper()


@register.simple_tag
def reference_id() -> str:
    """The id under which the log knows this request, or nothing outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
