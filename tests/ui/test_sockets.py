import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from portal.permissions import Action, Role
from portal.ui import cards, menu, search
from portal.ui.cards import Figure, Line, Listing, Section, card, cards_for
from portal.ui.search import Hit, find_everywhere, search_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_cards(monkeypatch) -> None:
    monkeypatch.setattr(cards, "_cards", {})


@pytest.fixture
def no_providers(monkeypatch) -> None:
    monkeypatch.setattr(search, "_providers", {})


def four(user) -> Figure:
    return Figure(value=1234, caption="wait")


def broken(user) -> Figure:
    raise ValueError("secret words")


def one_line(user) -> Listing:
    return Listing(lines=[Line(title="<b>x</b>", badge="failed", badge_text="Failed")])


def test_a_card_is_for_those_who_may(no_cards, ccoe, developer):
    card(title="Rules", order=1, needs=Action.RULE_CHANGE)(four)
    assert [c.title for c in cards_for(ccoe)] == ["Rules"]
    assert cards_for(developer) == []


def test_a_card_can_be_kept_for_some_roles(no_cards, finance, ccoe):
    card(title="Money", order=1, roles=[Role.FINANCE])(four)
    assert len(cards_for(finance)) == 1
    assert cards_for(ccoe) == []


def test_cards_stand_by_section_then_order(no_cards, ccoe):
    card(title="c", order=1, section=Section.WRONG)(broken)
    card(title="b", order=2)(four)
    card(title="a", order=1)(one_line)
    assert [c.title for c in cards_for(ccoe)] == ["a", "b", "c"]


def test_two_cards_can_not_share_an_address(no_cards):
    card(title="One", order=1)(four)
    with pytest.raises(ImproperlyConfigured):
        card(title="Two", order=2)(four)


def test_a_card_answers_with_its_figure(no_cards, ccoe, client_of):
    card(title="Four", order=1)(four)
    answer = client_of(ccoe).get(reverse("card", args=["tests-four"]), headers={"HX-Request": "1"})
    assert b"1,234" in answer.content


def test_a_card_answers_404_to_others(no_cards, developer, client_of):
    card(title="Four", order=1, needs=Action.RULE_CHANGE)(four)
    assert client_of(developer).get(reverse("card", args=["tests-four"])).status_code == 404


def test_a_broken_card_says_so_and_keeps_its_secret(no_cards, ccoe, client_of):
    card(title="Broken", order=1)(broken)
    answer = client_of(ccoe).get(
        reverse("card", args=["tests-broken"]), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert b"can&#x27;t be shown" in answer.content or b"can't be shown" in answer.content
    assert b"secret" not in answer.content


def test_the_home_page_does_not_wait_for_cards(no_cards, ccoe, client_of):
    card(title="Broken", order=1)(broken)
    home = client_of(ccoe).get(reverse("home"))
    assert home.status_code == 200
    assert reverse("card", args=["tests-broken"]).encode() in home.content


def test_a_listing_shows_its_lines(no_cards, ccoe, client_of):
    card(title="Mine", order=1)(one_line)
    answer = client_of(ccoe).get(reverse("card", args=[cards_for(ccoe)[0].key]))
    assert b"&lt;b&gt;x&lt;/b&gt;" in answer.content


def test_the_menu_leaves_out_what_one_may_not(developer, auditor, monkeypatch):
    monkeypatch.setattr(menu, "_entries", {})
    menu.entry(title="Search", icon="search", url_name="search", order=1, needs=Action.AUDIT_VIEW)
    assert menu.menu_for(developer) == []
    assert menu.menu_for(auditor)[0].links[0].href == reverse("search")


def test_the_menu_marks_the_entry_above_a_page(auditor, monkeypatch):
    monkeypatch.setattr(menu, "_entries", {})
    menu.entry(title="Home", icon="home", url_name="home", order=0, needs=None)
    menu.entry(title="Search", icon="search", url_name="search", order=1, needs=None)
    links = menu.menu_for(auditor, reverse("search-quick"))[0].links
    assert [link.is_current for link in links] == [False, True]


def test_search_asks_only_providers_one_may_use(no_providers, developer, auditor):
    provide = search_provider("event", title="Events", needs=Action.AUDIT_VIEW)
    provide(lambda user, q: [Hit(title=q, href="/")])
    assert find_everywhere(developer, "deny") == []
    assert find_everywhere(auditor, "deny")[0].hits[0].title == "deny"


def test_search_does_not_start_with_one_character(no_providers, auditor):
    search_provider("x", title="X", needs=None)(lambda user, q: [Hit(title=q, href="/")])
    assert find_everywhere(auditor, " a ") == []


def test_search_shows_what_was_asked_without_running_it(no_providers, auditor, client_of):
    answer = client_of(auditor).get(reverse("search"), {"q": "<script>alert(1)</script>"})
    assert b"<script>alert" not in answer.content
