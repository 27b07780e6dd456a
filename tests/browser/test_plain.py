"""Everything can be read, and asked for, without JavaScript."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect


@pytest.fixture
def developer(visit):
    return visit("haruka.sato", java_script_enabled=False)


def test_the_organisation_can_be_read_without_javascript(developer):
    page = developer.page
    developer.go_by_menu("Organisation")
    expect(page.locator("#tree")).to_contain_text("Workloads")
    page.get_by_label("Find an OU or account").fill("ledger-production")
    page.get_by_label("Find an OU or account").press("Enter")
    page.locator("#tree").get_by_role("link", name="ledger-production").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ledger-production")
    expect(page.get_by_role("main")).to_contain_text("Ren Suzuki")


def test_lists_and_requests_can_be_read_without_javascript(developer):
    page = developer.page
    developer.go_by_menu("Accounts")
    expect(page.locator("#rows tbody")).to_contain_text("payment-gateway-production")
    developer.go_by_menu("My requests")
    page.get_by_role("link", name="payments-refunds-prod").first.click()
    expect(page.get_by_role("main")).to_contain_text("Only the ledger, over HTTPS.")


def test_an_account_can_be_asked_for_without_javascript(developer):
    page = developer.page
    developer.go_by_menu("My requests")
    page.get_by_role("link", name="Ask for an account").first.click()
    developer.fill_in(workload="paper-trail", environment="sandbox", budget_usd="100")
    developer.submit()
    expect(page.get_by_role("alert")).to_contain_text("Something needs correcting.")
    developer.fill_in(
        purpose="To see that a plain browser is enough.",
        deputy="Ren Suzuki",
        expires_on=(date.today() + timedelta(days=30)).isoformat(),  # noqa: DTZ011 — as in the browser
    )
    developer.submit()
    expect(page.get_by_role("heading", level=1)).to_contain_text("payments-paper-trail-sandbox")
    expect(page.get_by_text("Small sandboxes", exact=True)).to_be_visible()
