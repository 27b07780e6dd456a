"""A person in front of a browser window, and what that window complains about."""

import re
from pathlib import Path

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Locator,
    Page,
    Response,
    expect,
)

from portal.local.demo_data import PERSON_BY_USERNAME

# Chromium says in its console what tests look at anyway: refusals and forms with mistakes.
ANSWERS = re.compile(r"the server responded with a status of 4(01|03|22) ")
PATIENCE_SECONDS = 60  # the machine may be busy; nothing here waits longer than it must
NEW_REQUEST = "/accounts/requests/new/"
READY = "Complete: you can submit it."


class Visitor:
    """One window with cookies of its own. `page` is all that tests need for everything else."""

    def __init__(self, context: BrowserContext, username: str) -> None:
        self.context = context
        self.username = username
        self.name = PERSON_BY_USERNAME[username].name if username else ""
        self.complaints: list[str] = []
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("response", self._look)
        context.on("dialog", self._refuse)
        self.page: Page = context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        """Violations of the content security policy arrive here too."""
        page = message.page.url if message.page else ""
        is_answer = ANSWERS.search(message.text) or message.location["url"] == page
        if message.type == "error" and not is_answer:
            self.complaints.append(f"{message.text} ({page})")

    def _look(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} from {response.url}")

    def _refuse(self, dialog: Dialog) -> None:
        """The portal opens no alert of the browser's; whoever does, runs what it should not."""
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def describe(self, picture: Path) -> str:
        """Where the window is and what it says; a picture of it in the file."""
        try:
            self.page.screenshot(path=picture, timeout=5000)
            text = self.page.locator("body").inner_text(timeout=5000)
        except Error as error:
            text = str(error)
        return f"{self.username} at {self.page.url}\n{text}\n{self.complaints}"

    def sign_in(self) -> None:
        """One click on the sign-in page."""
        self.page.goto("/sign-in/")
        self.choose_persona()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.name)

    def choose_persona(self) -> None:
        self.page.locator("button.persona", has_text=self.name).click()

    def go_by_menu(self, title: str) -> None:
        self.page.locator("nav.sidebar-nav").get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def menu(self) -> list[str]:
        return self.page.locator("nav.sidebar-nav a").all_inner_texts()

    def open_all_of_menu(self) -> dict[str, int]:
        """Each page's title, read on the page itself, and the status of its answer."""
        links = self.page.locator("nav.sidebar-nav a").all()
        opened = {}
        for address in [link.get_attribute("href") for link in links][1:]:
            answer = self.page.goto(str(address))
            title = self.page.get_by_role("heading", level=1).inner_text()
            opened[title] = answer.status if answer else 0
        return opened

    def reload_until(self, words: str) -> None:
        """Look at the page again, as a person does, until the words are on it."""
        for _look in range(PATIENCE_SECONDS):
            self.page.reload()
            if self.page.get_by_role("main").get_by_text(words).count():
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"“{words}” never came to {self.page.url}")

    def search(self, words: str) -> None:
        """All that is found, on a page of its own."""
        self.page.locator("#search-q").fill(words)
        self.page.locator("#search-q").press("Enter")
        self.page.wait_for_url("**/search/?**")

    # Requests

    def fill_in(self, **answers: str) -> None:
        """Answer questions of the request form: a radio button, a list, or a line of text."""
        for name, answer in answers.items():
            fields = self.page.locator(f"#request-form [name={name}]")
            kind = fields.first.evaluate("field => field.type")
            if kind in ("radio", "checkbox"):
                self.page.locator(f"#request-form [name={name}][value='{answer}']").check()
            elif kind == "select-one":
                fields.select_option(label=answer)
            else:
                fields.fill(answer)

    def ask_for_account(self, **answers: str) -> str:
        """Fill in the form and submit it; the number of the request."""
        self.page.goto(NEW_REQUEST)
        self.fill_in(**answers)
        expect(self.page.get_by_text(READY)).to_be_visible()
        self.submit()
        self.page.wait_for_url(re.compile(r"/accounts/requests/\d+/$"))
        return self.page.url.rstrip("/").rsplit("/", 1)[1]

    def submit(self) -> None:
        self.page.locator("#request-form button[value=submit]").click()

    def value_of(self, name: str) -> Locator:
        return self.page.locator(f"#request-form [name={name}]")

    def open_request(self, number: str) -> None:
        self.page.goto(f"/accounts/requests/{number}/")

    def decide(self, button: str, *, reason: str) -> None:
        """Approve or Reject the request that is open, in the dialog that asks why."""
        self.page.locator(".decide").get_by_role("button", name=button).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill(reason)
        dialog.get_by_role("button", name=button).click()
