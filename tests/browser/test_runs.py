"""A run that stopped, and the person who helps it on."""

from playwright.sync_api import expect


def test_the_ccoe_reads_why_a_run_stopped_skips_the_step_and_it_goes_on(visit):
    ccoe = visit("takumi.ito")
    page = ccoe.page
    ccoe.go_by_menu("Runs")
    page.get_by_role("link", name="corporate-it-intranet-dev").first.click()
    expect(page.get_by_text("This run needs a person.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("aws-intranet-editors")

    page.get_by_role("button", name="Skip this step…").click()
    dialog = page.get_by_role("dialog", name="Skip this step?")
    dialog.get_by_label("Reason").fill("The editors get their group on Friday.")
    dialog.get_by_role("button", name="Skip", exact=True).click()

    expect(page.locator("#run-live")).to_contain_text("11 of 11 steps")
    expect(page.locator(".step-skipped")).to_contain_text("Give the team access")
    expect(page.locator(".step-done")).to_have_count(10)
    expect(page.get_by_text("This run needs a person.")).to_have_count(0)
    page.get_by_role("link", name="What it is for").click()
    expect(page.locator("#handover")).to_contain_text("Your account is ready")
