"""What people type is kept, and what is wrong with it is said in their language."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from tests.browser.visitor import NEW_REQUEST

WRONG = {
    "workload": "決済",
    "purpose": "short",
    "cost_centre": "CC 11!",
    "budget_usd": "0",
    "expires_on": "2020-01-01",
}
SENTENCES = {
    "workload": (
        "Use at least two Latin letters or digits, such as “checkout”: the account’s"
        " name and e-mail address are made from it."
    ),
    "purpose": "Say in a sentence what the account is for.",
    "deputy": "Owner and deputy must be two people.",
    "cost_centre": "2 to 20 letters, digits or hyphens, such as CC-1200.",
    "budget_usd": "Enter an amount in USD between 1 and 1,000,000 per month.",
    "expires_on": "Choose a day in the future.",
}


def in_language(language: str) -> dict[str, str]:
    with translation.override(language):
        return {name: gettext(sentence) for name, sentence in SENTENCES.items()}


def test_a_session_that_ends_while_typing_loses_nothing(visit):
    developer = visit("haruka.sato")
    page = developer.page
    page.goto(NEW_REQUEST)
    developer.fill_in(workload="disputes", purpose="Disputes are answered by")
    page.wait_for_url(re.compile(r"/requests/\d+/edit/"))
    expect(page.get_by_text("Draft saved")).to_be_visible()

    developer.context.clear_cookies(name="portal-session")
    developer.fill_in(purpose="Disputes are answered by a team of three.", budget_usd="420")
    dialog = page.get_by_role("dialog", name="Your session ended")
    expect(dialog).to_contain_text("Nothing you typed is lost.")
    dialog.get_by_role("link", name="Sign in again").click()
    developer.choose_persona()

    expect(page.get_by_text("We brought back what you had typed before.")).to_be_visible()
    expect(developer.value_of("workload")).to_have_value("disputes")
    expect(developer.value_of("purpose")).to_have_value("Disputes are answered by a team of three.")
    expect(developer.value_of("budget_usd")).to_have_value("420")


def test_a_draft_is_on_the_server_for_another_browser(visit):
    here, there = visit("haruka.sato"), visit("haruka.sato")
    here.page.goto(NEW_REQUEST)
    here.fill_in(workload="installments", purpose="Paying in three parts.")
    here.page.wait_for_url(re.compile(r"/requests/\d+/edit/"))
    expect(here.page.get_by_text("Draft saved")).to_be_visible()
    there.page.goto("/accounts/requests/?tab=drafts")
    there.page.get_by_role("link", name="installments").first.click()
    there.page.get_by_role("link", name="Edit", exact=True).click()
    expect(there.value_of("purpose")).to_have_value("Paying in three parts.")


def test_each_wrong_value_has_its_sentence_in_both_languages(visit):
    developer = visit("ren.suzuki")
    page = developer.page
    page.goto(NEW_REQUEST)
    developer.fill_in(environment="production", deputy="Ren Suzuki", **WRONG)
    developer.submit()
    problems = page.get_by_role("alert")
    expect(problems.get_by_role("listitem")).to_contain_text(list(in_language("en").values()))

    page.get_by_role("button", name="日本語").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(developer.value_of("purpose")).to_have_value("short")
    developer.submit()
    expect(problems.get_by_role("listitem")).to_contain_text(list(in_language("ja").values()))
    assert not set(in_language("ja").values()) & set(in_language("en").values())


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("workload", "x", SENTENCES["workload"]),
        ("budget_usd", "much", "Enter a number."),
        ("cost_centre", "CC_1", SENTENCES["cost_centre"]),
    ],
)
def test_a_wrong_value_is_said_while_typing(visit, session_of, name, typed, sentence):
    developer = visit(storage_state=session_of("haruka.sato"))
    developer.page.goto(NEW_REQUEST)
    developer.fill_in(**{name: typed})
    field = developer.page.locator(f"#request-field-{name}")
    expect(field.locator(".field-error")).to_have_text(sentence)
    expect(developer.value_of(name)).to_have_value(typed)
