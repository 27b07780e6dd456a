"""What no template may do, and that each component can be drawn."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string

from portal.errors import Conflict
from portal.permissions import Action
from portal.ui.badges import BADGES

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
SOURCES = [*TEMPLATES, *(ROOT / "portal").rglob("*.py"), *(ROOT / "accounts").rglob("*.py")]
SPRITE = ElementTree.parse(ROOT / "static/icons.svg").getroot()  # noqa: S314 — our own file
ICONS = {symbol.get("id") for symbol in SPRITE}
# Each would need 'unsafe-inline' or 'unsafe-eval', or Bootstrap's scripts, which we do not load.
FORBIDDEN = {
    "script without src": r"<script(?![^>]*\bsrc=)",
    "style element": r"<style",
    "style attribute": r"\sstyle\s*=",
    "event handler": r"\son[a-z]+\s*=\s*[\"']",
    "hx-on": r"\shx-on",
    "evaluated hx-vals": r"hx-(vals|headers)=[\"']\s*js:",
    "evaluated trigger": r"hx-trigger=[\"'][^\"']*\w\[",
    "Bootstrap script": r"data-bs-toggle",
    "outside host": r"(src|href)=[\"']https?://(?!console\.aws)",
    "unescaped text": r"\|safe\b|\bautoescape off",
}


@pytest.mark.parametrize("template", TEMPLATES, ids=NAMES)
def test_no_template_breaks_the_content_security_policy(template):
    source = template.read_text()
    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, source, re.I)]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name):
    assert Template((ROOT / "templates" / name).read_text())


def test_every_icon_that_is_named_is_in_the_sprite():
    named = {
        name
        for source in SOURCES
        for name in re.findall(r"""(?:\{% icon |\bicon=)["']([a-z0-9-]+)["']""", source.read_text())
    }
    assert named - ICONS == set()


def test_every_badge_has_a_colour_and_an_icon_that_exist():
    css = (ROOT / "static/css/portal.css").read_text()
    assert [b.tone for b in BADGES.values() if f".tone-{b.tone} " not in css] == []
    assert {b.icon for b in BADGES.values()} - ICONS == {""}


def test_vendored_files_name_no_source_maps():
    vendored = (ROOT / "static").rglob("*.*s*")
    assert [p.name for p in vendored if "sourceMappingURL" in p.read_text()] == []


AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
PERSON = SimpleNamespace(name="Sato Yuki", email="sato@example.com")
ACCOUNT = SimpleNamespace(
    name="<i>", account_id="123456789012", get_absolute_url=lambda: "/accounts/123456789012/"
)
STEP = SimpleNamespace(title="Tag it", status="done", note="", started_at=AT, seconds=65, tries=2)
EVENT = SimpleNamespace(title="Asked", at=AT, person=PERSON, text="a\nb", icon="send", tone="info")
TAB = SimpleNamespace(title="All", href="/", is_current=True, count=1234)
SOURCE = (SimpleNamespace(name="Hoshizora"), AT, None, "stale")
COMPONENTS = {
    "account": ({"account": ACCOUNT}, 'data-copy="123456789012"'),
    "badge": ({"text": "High", "tone": "high"}, "tone-high"),
    "breadcrumb": ({"crumbs": [("Root", "/"), ("Prod", "")]}, 'aria-current="page"'),
    "copyable": ({"text": "o-123"}, 'data-copy="o-123"'),
    "definitions": ({"rows": [("Owner", "Sato")]}, "<dd>Sato</dd>"),
    "dialog": ({"id": "x", "title": "Reject", "content": ""}, 'aria-labelledby="x-title"'),
    "empty": ({"title": "None", "href": "/", "action": "Ask"}, "Ask</a>"),
    "error": ({"error": Conflict("No.")}, "No."),
    "freshness": ({"freshness": [SOURCE]}, "freshness-stale"),
    "icon": ({"name": "x", "label": "Close"}, 'aria-label="Close"'),
    "loading": ({}, 'role="status"'),
    "money": ({"text": "$1.00"}, "$1.00"),
    "notice": ({"tone": "danger", "text": "Careful"}, 'role="alert"'),
    "panel": ({"title": "Owner", "content": "x"}, "<h2"),
    "person": ({"person": PERSON}, "SY"),
    "stat": ({"title": "Accounts", "value": "128", "href": "/"}, '<a href="/">128</a>'),
    "steps": ({"steps": [STEP]}, "1 min 5 s"),
    "tabs": ({"tabs": [TAB]}, "1,234"),
    "time": ({"at": AT}, 'datetime="2026-01-02T03:04:00+00:00"'),
    "timeline": ({"events": [EVENT]}, "a<br>b"),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_can_be_drawn(name):
    context, expected = COMPONENTS[name]
    assert expected in render_to_string(f"ui/{name}.html", context)


def test_names_from_aws_are_escaped():
    assert "&lt;i&gt;" in render_to_string("ui/account.html", {"account": ACCOUNT})


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_panel_holds_what_stands_in_it():
    drawn = draw('{% panel title="Owner" icon="user" %}<p>{{ x }}</p>{% endpanel %}', x="<")
    assert "<p>&lt;</p>" in drawn


def test_templates_can_ask_what_somebody_may(db, auditor):
    source = "{% if action|open_to:user %}yes{% endif %}"
    assert draw(source, action=Action.AUDIT_EXPORT, user=auditor) == "yes"
    assert draw(source, action=Action.RULE_CHANGE, user=auditor) == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 3.4|duration }}", "3 s"),
        ("{{ 3700|duration }}", "1 h 1 min"),
        ("{{ 90000|duration }}", "1 d 1 h"),
        ("{{ none|duration }}", ""),
        ("{{ amount|money:'USD' }}", "$1,234.50"),
        ("{{ amount|money:'JPY' }}", "¥1,234"),
        ("{{ '123456789012'|account_id }}", "1234-5678-9012"),
        ("{{ '12345'|account_id }}", "12345"),
        ("{{ 1234567|number }}", "1,234,567"),
        ("{{ 'Sato Yuki'|initials }}", "SY"),
        ("{{ '佐藤 優希'|initials }}", "佐"),
        ("{{ ''|initials }}", "?"),
    ],
)
def test_filters_write_for_readers(source, expected):
    assert draw(source, amount=Decimal("1234.4999"), none=None) == expected


class Wish(forms.Form):
    name = forms.CharField(help_text="Short.", max_length=5)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A")])
    sure = forms.BooleanField()


def test_a_field_names_its_help_and_its_error_for_screen_readers():
    form = Wish({"name": "far too long"})
    drawn = form["name"].as_field_group()
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'id="id_name_error"' in drawn
    assert "form-control is-invalid" in drawn


def test_a_form_with_errors_says_so_on_top():
    assert '<a href="#id_name">' in render_to_string("ui/form_errors.html", {"form": Wish({})})


def test_a_field_can_be_checked_while_typing():
    context = {"field": Wish()["name"], "check_url": "/check/"}
    assert 'hx-post="/check/?field=name"' in render_to_string("ui/field.html", context)


def test_one_checkbox_has_its_words_beside_it():
    assert "form-check-label" in str(Wish()["sure"].as_field_group())
