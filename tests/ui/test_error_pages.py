import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.ui.errors import broken

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_says_so_in_the_frame(developer, client_of):
    answer = client_of(developer).get("/no/such/page/")
    assert answer.status_code == 404
    assert b'class="sidebar"' in answer.content


def test_a_stranger_sees_errors_without_the_frame():
    assert b'class="sidebar"' not in Client().get("/no/such/page/").content


def test_our_own_fault_is_drawn_without_the_request():
    answer = broken(RequestFactory().get("/accounts/"))
    assert answer.status_code == 500
    assert b"The fault is on our side" in answer.content


def test_programs_get_errors_as_json():
    assert Client().get("/api/no/such/").json()["code"] == "missing"


def test_a_form_without_token_is_refused_kindly(developer):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("prefer-theme"), {"theme": "dark"})
    assert answer.status_code == 403
    assert b"This form is too old" in answer.content


def test_htmx_without_token_is_refused(developer):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("prefer-theme"), {"theme": "dark"}, headers={"HX-Request": "true"})
    assert answer.status_code == 403
