"""Everybody can use the pages: by axe-core, in light and dark, on a wide screen and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import grave_faults

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
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
    expect(page.locator(".loading")).to_have_count(0)
    assert (looked_at(page, WIDE, "light"), looked_at(page, WIDE, "dark")) == ([], [])
    assert (looked_at(page, PHONE, "light"), overflow(page)) == ([], 0)


def test_the_sign_in_page_keeps_nobody_out(visit):
    page = visit(reduced_motion="reduce").page
    page.goto("/sign-in/")
    assert (looked_at(page, WIDE, "light"), looked_at(page, WIDE, "dark")) == ([], [])
    assert (looked_at(page, PHONE, "light"), overflow(page)) == ([], 0)


def looked_at(page, size, theme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    return grave_faults(page)


def overflow(page):
    """By how many pixels the page is wider than the screen."""
    root = "document.documentElement"
    return page.evaluate(f"() => {root}.scrollWidth - {root}.clientWidth")
