"""The help is there for everybody, says something about each page, and each page leads to it."""

import re

import pytest
from django.urls import get_resolver, resolve, reverse

from portal.permissions import Role
from portal.ui import help, menu

pytestmark = pytest.mark.django_db

ANCHORS = {topic.anchor for topic in help.TOPICS}
SHAPE = re.compile(r"(?!api-)(.*-)?(list|detail|create|edit|queue|tree|matrix)")


def page_names() -> list[str]:
    """The names of all lists, pages of one thing, and forms that make or change it."""
    resolver = get_resolver()
    accounts = resolver.namespace_dict["accounts"][1]
    own = [name for name in resolver.reverse_dict if isinstance(name, str)]
    below = [f"accounts:{name}" for name in accounts.reverse_dict if isinstance(name, str)]
    return sorted(name for name in own + below if SHAPE.fullmatch(name.split(":")[-1]))


@pytest.fixture
def page(client_of, ccoe) -> str:
    return client_of(ccoe).get(reverse("help")).content.decode()


def test_every_page_of_the_menu_has_a_section():
    assert set(menu._entries) - set(help.SECTIONS) == set()


@pytest.mark.parametrize("name", page_names())
def test_every_list_detail_and_form_has_a_section(name):
    assert name in help.SECTIONS


def test_every_page_leads_to_a_section_that_exists(page):
    drawn = set(re.findall(r'<section class="card panel" id="([a-z]+)"', page))
    assert set(help.SECTIONS.values()) | ANCHORS == drawn


def test_every_section_is_the_help_of_some_page_or_the_beginning():
    assert ANCHORS - set(help.SECTIONS.values()) == {"start"}


def test_links_inside_the_help_lead_somewhere(page):
    named = set(re.findall(r'href="#([a-z-]+)"', page))
    assert named - set(re.findall(r'\bid="([a-z-]+)"', page)) == set()


def test_the_contents_name_every_section_in_its_order(page):
    contents = page.split("help-contents")[1].split("</nav>")[0]
    assert re.findall(r'href="#([a-z]+)"', contents) == [topic.anchor for topic in help.TOPICS]


@pytest.mark.parametrize(
    ("name", "anchor"),
    [
        ("home", "home"),
        ("accounts:tree", "organisation"),
        ("accounts:request-queue", "deciding"),
        ("run-list", "runs"),
        ("token-create", "tokens"),
    ],
)
def test_a_page_links_to_its_own_section(name, anchor, client_of, ccoe):
    drawn = client_of(ccoe).get(reverse(name)).content.decode()
    assert drawn.count(f'href="{reverse("help")}#{anchor}"') == 2  # the top bar and the dialog


def test_a_page_that_does_not_exist_links_to_the_help_as_a_whole(client_of, ccoe):
    answer = client_of(ccoe).get("/nowhere/")
    assert answer.status_code == 404
    assert f'href="{reverse("help")}"' in answer.content.decode()


def test_strangers_are_asked_to_sign_in_and_see_no_link(client):
    assert client.get(reverse("help")).status_code == 302
    assert reverse("help") not in client.get(reverse("sign-in")).content.decode()


def test_somebody_without_a_role_can_read_it(client_of, nobody):
    answer = client_of(nobody).get(reverse("help"))
    assert answer.status_code == 200
    assert "Your role" not in answer.content.decode()


@pytest.mark.parametrize("role", Role)
def test_ones_own_role_comes_first(role, cast):
    starts = help.starts_for(cast[role])
    assert (starts[0].role, starts[0].is_mine) == (role, True)
    assert {start.role for start in starts} == set(Role)


def test_the_help_opens_only_pages_one_may_open(developer, auditor):
    audit = next(topic for topic in help.TOPICS if topic.anchor == "audit")
    assert audit.href_for(developer) == ""
    assert audit.href_for(auditor) == reverse("audit-list")


@pytest.mark.parametrize("topic", help.TOPICS, ids=lambda topic: topic.anchor)
def test_a_section_opens_the_page_it_is_the_help_of(topic):
    named = resolve(reverse(topic.url_name)).view_name if topic.url_name else ""
    assert not named or help.SECTIONS[named] == topic.anchor
