import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.ui.answers import kept_done, page_or_part, toast, triggers

PAGE, PART = "errors/404.html", "ui/loading.html"


def answer(**headers: str) -> HttpResponse:
    request = RequestFactory().get("/", headers=headers)
    return page_or_part(request, PAGE, PART, {})


def is_page(response: HttpResponse) -> bool:
    return b"<html" in response.content


def test_a_browser_gets_the_page():
    assert is_page(answer())


def test_htmx_gets_the_part():
    assert not is_page(answer(HX_Request="true"))


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_link_and_restored_history_get_the_page(header):
    assert is_page(answer(**{"HX-Request": "true", header: "true"}))


def test_caches_keep_page_and_part_apart():
    assert "HX-Request" in answer()["Vary"]


def test_a_toast_and_a_kept_form_travel_together():
    response = kept_done(toast(HttpResponse(), "Saved", "info"), "request-1")
    assert triggers(response) == {
        "toast": {"kind": "info", "text": "Saved"},
        "kept-done": {"key": "request-1"},
    }
