"""The pages on which a person makes and revokes tokens."""

import pytest
from django.urls import reverse

from portal.api import tokens
from portal.api.models import ApiToken

CREATE = {"name": "pipeline", "scope": "read", "days": "30"}


@pytest.fixture
def browser(client_of, developer):
    return client_of(developer)


def test_the_list_shows_own_tokens_by_their_first_characters(browser, developer):
    token, secret = tokens.issue(actor=developer, name="pipeline", scope="read", days=1)
    page = browser.get(reverse("token-list")).content.decode()
    assert token.token_key in page
    assert secret not in page


def test_the_list_shows_nobody_elses_tokens(browser, ccoe):
    tokens.issue(actor=ccoe, name="not-yours", scope="read", days=1)
    assert "not-yours" not in browser.get(reverse("token-list")).content.decode()


def test_an_empty_list_offers_to_make_one(browser):
    assert reverse("token-create") in browser.get(reverse("token-list")).content.decode()


def test_a_new_token_is_shown_once_and_works(browser, client):
    answer = browser.post(reverse("token-create"), CREATE)
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (
        client.get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    )


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 61}, {"scope": "admin"}, {"days": "9999"}, {"days": ""}],
)
def test_a_wrong_form_makes_nothing_and_says_so(browser, wrong):
    answer = browser.post(reverse("token-create"), {**CREATE, **wrong})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_name_used_twice_is_told_at_the_field(browser):
    browser.post(reverse("token-create"), CREATE)
    answer = browser.post(reverse("token-create"), CREATE)
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]


def test_revoking_ends_the_token(browser, developer):
    token, _secret = tokens.issue(actor=developer, name="pipeline", scope="read", days=1)
    assert browser.post(reverse("token-revoke", args=[token.pk])).status_code == 302
    assert not ApiToken.objects.exists()


def test_revoking_by_a_link_does_nothing(browser, developer):
    token, _secret = tokens.issue(actor=developer, name="pipeline", scope="read", days=1)
    assert browser.get(reverse("token-revoke", args=[token.pk])).status_code == 405
    assert ApiToken.objects.exists()


def test_the_token_of_somebody_else_is_not_there(browser, ccoe):
    token, _secret = tokens.issue(actor=ccoe, name="pipeline", scope="read", days=1)
    assert browser.post(reverse("token-revoke", args=[token.pk])).status_code == 404
    assert ApiToken.objects.exists()


def test_a_person_without_a_role_makes_no_tokens(client_of, nobody):
    assert client_of(nobody).get(reverse("token-create")).status_code == 403
