"""From a wish to an account: asked, decided, made, found."""

import re

from playwright.sync_api import expect

from tests.browser.visitor import READY

SANDBOX = {
    "workload": "tokenisation",
    "purpose": "Try the new tokenisation service before we plan with it.",
    "environment": "sandbox",
    "deputy": "Ren Suzuki",
    "budget_usd": "150",
}
PRODUCTION = {
    "purpose": "Chargebacks leave the card gateway and get a service of their own.",
    "environment": "production",
    "data_class": "Confidential",
    "deputy": "Ren Suzuki",
    "budget_usd": "1,800",
}
# A forger knows the address and has a valid token: the form of the comments carries one.
FORGE_YES = """form => {
    form.action = form.action.replace("/comment/", "/decide/");
    for (const [name, value] of [["verdict", "yes"], ["seen_hash", "0".repeat(64)]]) {
        form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    form.submit();
}"""


def test_a_small_sandbox_is_approved_at_once_made_and_found(visit):
    developer = visit("haruka.sato")
    page = developer.page
    developer.go_by_menu("My requests")
    page.get_by_role("link", name="Ask for an account").first.click()
    developer.fill_in(**SANDBOX)
    outlook = page.locator("#request-outlook")
    expect(outlook).to_contain_text("Approved at once")
    expect(outlook).to_contain_text("payments-tokenisation-sandbox")
    expect(outlook).to_contain_text(READY)
    developer.submit()

    expect(page.get_by_text("Approved at once: the account is being made.")).to_be_visible()
    expect(page.get_by_text("Small sandboxes", exact=True)).to_be_visible()
    progress = page.locator("#request-progress")
    expect(progress).to_contain_text("Approved at once by a rule")
    expect(progress).to_contain_text("is for trying things out: nobody needs to look.")
    expect(progress).to_contain_text("Ask AWS for the account")
    expect(progress).to_contain_text("Making the account: 11 of 11 steps")  # without a reload
    expect(page.locator("#handover")).to_contain_text("Your account is ready")
    account_id = page.locator("#handover [data-copy]").first.get_attribute("data-copy")
    assert re.fullmatch(r"\d{12}", account_id)

    developer.go_by_menu("Organisation")
    page.get_by_label("Find an OU or account").fill(account_id)
    found = page.locator("#tree").get_by_role("link", name="payments-tokenisation-sandbox")
    expect(found).to_be_visible()
    page.locator("#search-q").fill("tokenisation")
    page.locator("#quick-results a[href='" + found.get_attribute("href") + "']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("payments-tokenisation-sandbox")


def test_production_is_decided_by_another_person_made_and_written_down(visit, portal):
    developer = visit("haruka.sato")
    number = developer.ask_for_account(workload="chargebacks", **PRODUCTION)
    expect(developer.page.get_by_text("It waits for a decision.")).to_be_visible()
    expect(developer.page.get_by_role("button", name="Approve")).to_have_count(0)
    developer.page.locator("form[action$='/comment/']").evaluate(FORGE_YES)
    expect(developer.page.get_by_role("heading", level=1)).to_have_text("You may not do this")

    ccoe = visit("takumi.ito")
    ccoe.go_by_menu("Requests to decide")
    ccoe.page.get_by_role("link", name="payments-chargebacks-prod").first.click()
    expect(ccoe.page.get_by_text("owner, budget and network must fit.").first).to_be_visible()
    ccoe.decide("Approve", reason="Owner and budget fit; no network is needed.")
    expect(ccoe.page.get_by_text("Approved: the account is being made.")).to_be_visible()

    developer.open_request(number)
    page = developer.page
    expect(page.locator("#request-progress")).to_contain_text("Owner and budget fit")
    expect(page.locator("#handover")).to_contain_text("Your account is ready")
    developer.go_by_menu("Organisation")
    page.get_by_label("Find an OU or account").fill("chargebacks")
    page.locator("#tree").get_by_role("link", name="payments-chargebacks-prod").click()
    chain = page.get_by_role("navigation", name="You are here")
    expect(chain).to_contain_text(re.compile("Workloads.*Payments.*Production", re.DOTALL))

    auditor = visit("eriko.okada")
    auditor.go_by_menu("Audit log")
    auditor.page.locator("[name=q]:not(#search-q)").fill("Owner and budget fit")
    expect(auditor.page.locator("#rows tbody tr").first).to_contain_text("Takumi Ito")
    auditor.page.get_by_role("button", name="Verify now").click()
    expect(auditor.page.locator("#verified")).to_contain_text("events hold.")
    assert portal.manage("verify_audit").returncode == 0


def test_nobody_of_the_ccoe_decides_on_their_own_request(visit):
    ccoe = visit("takumi.ito")
    page = ccoe.page
    ccoe.ask_for_account(workload="build-cache", **{**PRODUCTION, "deputy": "Tomas Novak"})
    expect(page.get_by_text("Nobody approves their own request.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.locator("form[action$='/comment/']").evaluate(FORGE_YES)
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(page.get_by_text("Nobody approves their own request.")).to_be_visible()


def test_the_developer_reads_why_a_request_was_rejected(visit):
    developer, ccoe = visit("haruka.sato"), visit("shiori.ogawa")
    number = developer.ask_for_account(workload="one-for-all", **PRODUCTION)
    ccoe.open_request(number)
    ccoe.decide("Reject", reason="One workload in one account, please.")
    expect(ccoe.page.get_by_text("Rejected. The requester reads your reason.")).to_be_visible()
    developer.open_request(number)
    progress = developer.page.locator("#request-progress")
    expect(progress).to_contain_text("One workload in one account, please.")
    expect(developer.page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)


def test_editing_makes_an_earlier_yes_void_and_the_request_can_be_withdrawn(visit):
    developer, ccoe = visit("haruka.sato"), visit("takumi.ito")
    wish = {**PRODUCTION, "data_class": "Restricted: personal or payment data"}
    number = developer.ask_for_account(workload="card-vault", **wish)
    ccoe.open_request(number)
    ccoe.decide("Approve", reason="The vault was reviewed.")
    expect(ccoe.page.get_by_text("somebody else must agree too")).to_be_visible()

    page = developer.page
    page.get_by_role("link", name="Edit", exact=True).click()
    developer.fill_in(budget_usd="2400")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#request-progress")).to_contain_text("Approved an earlier version")
    ccoe.page.reload()
    expect(ccoe.page.get_by_text("Your decision is asked for.")).to_be_visible()

    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("The request is withdrawn.")).to_be_visible()
    ccoe.page.reload()
    expect(ccoe.page.get_by_role("button", name="Approve")).to_have_count(0)
