"""Text from outside is shown as text: nothing in it runs, wherever it comes from."""

import pytest
from playwright.sync_api import expect

from portal.local.demo_data import MAIL_DOMAIN

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
LINK = "javascript:alert(3)"
TEXT = f"{SCRIPT} {IMAGE} {LINK} </textarea></template> {{{{ 7*7 }}}} {{% now %}}"
# What would be there if any of it had become part of the page.
BECAME_PAGE = "script:not([src]), img[src=x], a[href^='javascript:'], [onerror]"


def test_a_request_full_of_markup_is_read_and_answered_as_text(visit):
    developer, ccoe = visit("haruka.sato"), visit("takumi.ito")
    wish = {"environment": "production", "deputy": "Ren Suzuki", "budget_usd": "700"}
    number = developer.ask_for_account(workload=SCRIPT, purpose=TEXT, **wish)
    developer.page.get_by_label("Comment").fill(TEXT)
    developer.page.get_by_role("button", name="Comment").click()
    expect(developer.page.locator("#talk .talk-text")).to_have_text(TEXT)

    ccoe.open_request(number)
    expect(ccoe.page.get_by_role("main")).to_contain_text(TEXT)
    ccoe.decide("Reject", reason=TEXT)
    expect(ccoe.page.locator("#request-progress")).to_contain_text(TEXT)
    assert ccoe.page.locator(BECAME_PAGE).count() == 0
    ccoe.go_by_menu("Audit log")
    expect(ccoe.page.locator("#rows")).to_contain_text(TEXT[:40])
    assert ccoe.page.locator(BECAME_PAGE).count() == 0


def test_an_account_named_like_markup_in_aws_is_shown_as_text(visit, portal):
    name = "<img src=x onerror=alert(4)>\"'&amp;"
    email = f"outside@{MAIL_DOMAIN}"
    account_id = portal.cloud.create_account(name=name, email=email)
    ccoe = visit("takumi.ito")
    ccoe.go_by_menu("Organisation")
    ccoe.page.get_by_role("button", name="Read AWS now").click()
    ccoe.page.goto(f"/accounts/?q={account_id}")
    ccoe.reload_until(name)
    assert ccoe.page.locator(BECAME_PAGE).count() == 0
    ccoe.page.locator("#search-q").fill("img src=x")
    expect(ccoe.page.locator("#quick-results")).to_contain_text(name)
    ccoe.page.goto(f"/accounts/{account_id}/")
    expect(ccoe.page.get_by_role("heading", level=1)).to_have_text(name)
    assert ccoe.page.locator(BECAME_PAGE).count() == 0


def test_what_is_searched_for_is_shown_as_text(visit):
    reader = visit("haruka.sato")
    reader.search(TEXT)
    expect(reader.page.get_by_role("main")).to_contain_text(SCRIPT)
    reader.page.goto("/accounts/")
    reader.page.get_by_label("Find an OU or account").fill(TEXT)
    expect(reader.page.locator("#tree")).to_contain_text("Nothing in this organisation")
    assert reader.page.locator(BECAME_PAGE).count() == 0


@pytest.mark.parametrize(
    "target", [LINK, "//evil.example/", "https://evil.example/", "/\\evil.example"]
)
def test_signing_in_leads_nowhere_outside(visit, portal, target):
    reader = visit()
    reader.page.goto(f"/sign-in/?next={target}")
    reader.page.locator("button.persona", has_text="Haruka Sato").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Hello, Haruka Sato")
    assert reader.page.url == f"{portal.address}/"
