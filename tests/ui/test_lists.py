"""The whole behaviour of a list, on people."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from portal.people.models import User
from portal.ui.filters import FilterSet, SearchFilter
from portal.ui.lists import table_page
from portal.ui.tables import Table, TimeColumn
from tests import factories

import django_tables2 as tables  # isort: skip

pytestmark = pytest.mark.django_db


class PeopleTable(Table):
    name = tables.Column()
    email = tables.Column()
    created_at = TimeColumn()


class PeopleFilter(FilterSet):
    q = SearchFilter(over=["name", "email"])

    class Meta:
        model = User
        fields = ("theme",)


@pytest.fixture
def people() -> list[User]:
    return [factories.UserFactory(username=f"p{n:03}", name=f"Person {n:03}") for n in range(60)]


@pytest.fixture
def ask(people, rf: RequestFactory):
    def get(query: str = "", **headers: str):
        request = rf.get(f"/list/{query}", headers={"HX-Request": "true", **headers})
        return table_page(
            request,
            table_class=PeopleTable,
            filterset_class=PeopleFilter,
            queryset=User.objects.filter(username__startswith="p"),
            page_template="ui/list.html",
            export_name="people",
        )

    return get


def rows(response) -> int:
    return response.content.decode().count("<tr ")


def test_a_list_takes_two_queries(ask):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask()
    assert len(queries) == 2


def test_a_page_shows_fifty_rows_of_all(ask):
    page = ask().content.decode()
    assert "1–50" in page
    assert "60" in page


@pytest.mark.parametrize("size", ["1000000", "0", "-1", "x", "51"])
def test_nobody_chooses_a_page_size_we_do_not_offer(ask, size):
    assert rows(ask(f"?per_page={size}")) == 50


@pytest.mark.parametrize(("page", "count"), [("2", 10), ("99", 10), ("x", 50), ("-1", 10)])
def test_a_page_that_is_not_there_becomes_one_that_is(ask, page, count):
    assert rows(ask(f"?page={page}")) == count


def test_the_address_sorts(ask):
    page = ask("?sort=-name").content.decode()
    assert page.index("Person 059") < page.index("Person 058")
    assert 'aria-sort="descending"' in page


def test_an_unknown_column_sorts_nothing(ask):
    assert ask("?sort=password").status_code == 200


def test_equal_rows_keep_one_order_over_pages(ask):
    User.objects.update(email="same@example.com")
    first, second = ask("?sort=email").content, ask("?sort=email&page=2").content
    shown = [n for n in range(60) if f"Person {n:03}".encode() in first + second]
    assert len(shown) == 60


def test_each_word_must_be_found_somewhere(ask):
    assert rows(ask("?q=person+p007")) == 1


def test_an_account_id_may_be_typed_in_groups(people):
    User.objects.filter(pk=people[0].pk).update(name="123456789012")
    found = PeopleFilter({"q": "1234-5678-9012"}, queryset=User.objects.all())
    assert list(found.qs) == [people[0]]


def test_a_chosen_filter_can_be_taken_away(ask):
    page = ask("?theme=auto&q=007").content.decode()
    assert 'href="?q=007"' in page
    assert "Clear filters" in page


def test_a_filter_that_can_not_be_shows_nothing_rather_than_all(ask):
    assert rows(ask("?theme=pink")) == 0


def test_filtered_to_nothing_is_not_the_same_as_empty(ask):
    assert b"Nothing fits these filters" in ask("?q=nobody").content
    User.objects.filter(username__startswith="p").delete()
    assert b"Nothing here yet" in ask().content


def test_an_export_holds_all_pages_of_what_is_filtered(ask):
    file = b"".join(ask("?format=csv&q=person&page=2").streaming_content).decode()
    assert file.count("\r\n") == 61


def test_an_unknown_format_is_a_page(ask):
    assert rows(ask("?format=exe")) == 50


def test_what_is_typed_into_the_search_is_escaped(ask):
    assert b"<script>" not in ask("?q=%3Cscript%3E").content
