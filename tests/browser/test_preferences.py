"""Language and theme belong to the person, not to the page."""

from playwright.sync_api import expect


def test_language_and_theme_stay_over_pages_and_the_next_sign_in(visit):
    reader = visit("grace.kim")
    page, html = reader.page, reader.page.locator("html")
    page.get_by_role("button", name="日本語").first.click()
    expect(html).to_have_attribute("lang", "ja")
    with page.expect_response("**/preferences/theme/"):  # the page is dark before it is told
        page.locator("[data-theme-form] button[value=dark]").first.click()
    expect(html).to_have_attribute("data-bs-theme", "dark")

    page.goto("/accounts/list/")
    expect(html).to_have_attribute("lang", "ja")
    expect(html).to_have_attribute("data-bs-theme", "dark")

    elsewhere = visit("grace.kim")
    expect(elsewhere.page.locator("html")).to_have_attribute("lang", "ja")
    expect(elsewhere.page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_theme_follows_the_device_until_somebody_chooses(visit):
    reader = visit("james.mwangi", color_scheme="dark")
    html = reader.page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    reader.page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-bs-theme", "light")
