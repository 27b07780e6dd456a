"""Each persona: one click to sign in, and a menu in which every entry leads somewhere."""

import pytest
from playwright.sync_api import expect

READS = ["Organisation", "Accounts", "Runs", "Approval rules", "Audit log", "Data", "People"]
ASKS = ["Organisation", "Accounts", "My requests"]
DECIDES = ["Requests to decide", "Runs", "Approval rules", "Audit log", "Data", "People"]
PERSONAS = {
    "haruka.sato": [*ASKS, "Runs", "Data"],
    "shiori.ogawa": [*ASKS, *DECIDES],
    "naoko.saito": ["Organisation", "Accounts", "Requests to decide", "Approval rules", "Data"],
    "mika.abe": READS,
    "eriko.okada": READS,
    "akira.mori": [*READS, "Connections"],
}


@pytest.mark.parametrize("username", PERSONAS)
def test_every_entry_of_the_menu_opens(visit, username):
    reader = visit(username)
    assert reader.menu() == ["Home", *PERSONAS[username]]
    assert reader.open_all_of_menu() == dict.fromkeys(PERSONAS[username], 200)


@pytest.mark.parametrize("username", PERSONAS)
def test_every_card_of_the_home_page_comes_in(visit, session_of, username):
    reader = visit(storage_state=session_of(username))
    reader.page.goto("/")
    cards = reader.page.locator("[data-card-body]")
    expect(cards.first).to_be_visible()
    expect(cards.locator(".loading")).to_have_count(0)
    expect(cards.locator(".card-broken")).to_have_count(0)


def test_the_menu_is_a_drawer_on_a_phone(visit):
    reader = visit("haruka.sato", viewport={"width": 390, "height": 844})
    entry = reader.page.get_by_role("link", name="Accounts", exact=True)
    expect(entry).to_be_hidden()
    reader.page.get_by_role("button", name="Open menu").click()
    entry.click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Accounts")
    expect(entry).to_be_hidden()


def test_whoever_signs_out_reads_nothing_more(visit):
    reader = visit("daniel.cohen")
    reader.page.get_by_label("Your menu, Daniel Cohen").click()
    reader.page.get_by_role("button", name="Sign out").click()
    reader.page.goto("/accounts/")
    reader.page.wait_for_url("**/sign-in/?next=/accounts/")
