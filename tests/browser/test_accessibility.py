"""Everybody can use the pages: by axe-core, in light and dark, on a wide screen and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import grave_faults

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = [
    ("haruka.sato", "/"),
    ("haruka.sato", "/accounts/"),
    ("haruka.sato", "/accounts/list/"),
    ("haruka.sato", "/accounts/418203957264/"),
    ("haruka.sato", "/accounts/requests/"),
    ("haruka.sato", "/accounts/requests/new/"),
    ("haruka.sato", "/accounts/requests/3/"),
    ("haruka.sato", "/profile/"),
    ("haruka.sato", "/search/?q=payment"),
    ("haruka.sato", "/nowhere/"),
    ("takumi.ito", "/"),
    ("takumi.ito", "/accounts/requests/queue/"),
    ("takumi.ito", "/accounts/requests/3/"),
    ("takumi.ito", "/accounts/changes/"),
    ("takumi.ito", "/runs/"),
    ("takumi.ito", "/runs/1/"),
    ("takumi.ito", "/rules/"),
    ("takumi.ito", "/audit/"),
    ("takumi.ito", "/data/"),
    ("akira.mori", "/people/"),
    ("akira.mori", "/people/matrix/"),
]


@pytest.mark.parametrize(("username", "address"), PAGES)
def test_a_page_keeps_nobody_out(visit, username, address):
    page = visit(username, reduced_motion="reduce").page
    page.goto(address)
    assert looked_at(page, "light") == {"wide": [], "phone": [], "too_wide_by": 0}
    assert looked_at(page, "dark") == {"wide": [], "phone": [], "too_wide_by": 0}


def test_the_sign_in_page_keeps_nobody_out(visit):
    page = visit(reduced_motion="reduce").page
    page.goto("/sign-in/")
    assert looked_at(page, "light") == {"wide": [], "phone": [], "too_wide_by": 0}
    assert looked_at(page, "dark") == {"wide": [], "phone": [], "too_wide_by": 0}


def looked_at(page, theme):
    """Faults on a wide screen and on a phone, and by how many pixels the phone is too narrow."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(WIDE)
    page.reload()
    expect(page.locator(".loading")).to_have_count(0)
    wide = grave_faults(page)
    page.set_viewport_size(PHONE)
    return {"wide": wide, "phone": grave_faults(page), "too_wide_by": page.evaluate(TOO_WIDE)}
