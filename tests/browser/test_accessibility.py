"""Everybody can use the pages: by axe-core, in light and dark, on a wide screen and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import grave_faults

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NOTHING = {"wide": [], "phone": [], "too_wide_by": 0}
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
    ("takumi.ito", "/"),
    ("takumi.ito", "/accounts/requests/queue/"),
    ("takumi.ito", "/accounts/requests/3/"),
    ("takumi.ito", "/accounts/changes/"),
    ("takumi.ito", "/runs/"),
    ("takumi.ito", "/runs/1/"),
    ("takumi.ito", "/rules/"),
    ("takumi.ito", "/audit/"),
    ("takumi.ito", "/data/"),
    ("takumi.ito", "/rules/5/"),
    ("akira.mori", "/people/"),
    ("akira.mori", "/people/2/"),
    ("akira.mori", "/people/teams/"),
    ("akira.mori", "/connections/"),
    ("akira.mori", "/people/matrix/"),
]


@pytest.mark.parametrize(("username", "address"), PAGES)
def test_a_page_keeps_nobody_out(visit, session_of, username, address):
    page = visit(storage_state=session_of(username), reduced_motion="reduce").page
    assert page.goto(address).ok
    assert looked_at(page, "light") == NOTHING
    assert looked_at(page, "dark") == NOTHING


def test_the_way_in_keeps_nobody_out(visit):
    page = visit(reduced_motion="reduce").page
    assert page.goto("/sign-in/?next=/accounts/").ok
    assert looked_at(page, "light") == NOTHING
    assert looked_at(page, "dark") == NOTHING


def test_the_page_for_what_is_not_there_keeps_nobody_out(visit, session_of):
    page = visit(storage_state=session_of("haruka.sato"), reduced_motion="reduce").page
    assert page.goto("/nowhere/").status == 404
    assert looked_at(page, "light") == NOTHING
    assert looked_at(page, "dark") == NOTHING


def looked_at(page, theme):
    """Faults on a wide screen and on a phone, and by how many pixels the phone is too narrow."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(WIDE)
    page.reload()
    expect(page.locator(".loading")).to_have_count(0)
    wide = grave_faults(page)
    page.set_viewport_size(PHONE)
    return {"wide": wide, "phone": grave_faults(page), "too_wide_by": page.evaluate(TOO_WIDE)}
