import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
LANGUAGE, THEME = "prefer-language", "prefer-theme"


def test_the_language_is_remembered_with_the_person(developer, client_of):
    client_of(developer).post(reverse(LANGUAGE), {"language": "ja"})
    developer.refresh_from_db()
    assert developer.language == "ja"


def test_a_stranger_can_read_in_japanese():
    client = Client()
    client.post(reverse(LANGUAGE), {"language": "ja"})
    assert b'lang="ja"' in client.get(reverse("sign-in")).content


def test_the_theme_stands_in_the_page_before_any_script(developer, client_of):
    client = client_of(developer)
    client.post(reverse(THEME), {"theme": "dark"})
    assert b'data-bs-theme="dark"' in client.get(reverse("home")).content[:600]


@pytest.mark.parametrize(("name", "field"), [(LANGUAGE, "language"), (THEME, "theme")])
def test_only_what_we_offer_can_be_chosen(name, field):
    assert Client().post(reverse(name), {field: '"><script>'}).status_code == 422


@pytest.mark.parametrize("name", [LANGUAGE, THEME])
def test_looking_changes_nothing(name):
    assert Client().get(reverse(name)).status_code == 405


@pytest.mark.parametrize(
    "evil", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", ""]
)
def test_the_way_back_stays_in_the_portal(evil):
    answer = Client().post(reverse(THEME), {"theme": "dark", "next": evil})
    assert answer["Location"] == reverse("home")


def test_the_way_back_leads_where_one_was():
    answer = Client().post(reverse(THEME), {"theme": "dark", "next": "/accounts/?q=a"})
    assert answer["Location"] == "/accounts/?q=a"
