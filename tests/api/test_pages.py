"""Cursors: whole, in order, signed, and cheap."""

import pytest

from tests import factories


@pytest.fixture
def many(connection):
    ou = connection.ous.get(name="Sandbox")
    return [factories.AccountFactory(ou=ou) for _ in range(5)]


def _walk(caller, address: str) -> list[str]:
    """Ids of all pages from an address on."""
    answer = caller.client.get(address).json()
    here = [row["account_id"] for row in answer["results"]]
    return here + (_walk(caller, answer["next"]) if answer["next"] else [])


def test_the_pages_together_are_the_list_in_order(api_of, ccoe, many):
    found = _walk(api_of(ccoe), "/api/v1/accounts/?page_size=2")
    assert found == sorted(account.account_id for account in many)


def test_a_page_goes_back_to_the_one_before(api_of, ccoe, many):
    caller = api_of(ccoe)
    first = caller.get("accounts/", page_size=2).json()
    second = caller.client.get(first["next"]).json()
    assert caller.client.get(second["previous"]).json()["results"] == first["results"]


def test_what_appears_meanwhile_moves_nothing_twice(api_of, ccoe, many, connection):
    caller = api_of(ccoe)
    first = caller.get("accounts/", page_size=2).json()
    factories.AccountFactory(ou=many[0].ou, account_id="000000000001")
    second = caller.client.get(first["next"]).json()
    assert not {r["account_id"] for r in first["results"]} & {
        r["account_id"] for r in second["results"]
    }


def test_a_cursor_of_another_list_is_refused(api_of, ccoe, many):
    caller = api_of(ccoe)
    cursor = caller.get("accounts/", page_size=2).json()["next"].split("cursor=")[1].split("&")[0]
    assert caller.client.get(f"/api/v1/requests/?cursor={cursor}").status_code == 422


@pytest.mark.parametrize("cursor", ["", "cD0x", "bz0xMDA%3D", "%00", "a:b:c", "é"])
def test_a_cursor_made_by_hand_is_refused(api_of, ccoe, many, cursor):
    answer = api_of(ccoe).client.get(f"/api/v1/accounts/?cursor={cursor}")
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"cursor"})


def test_a_page_of_accounts_costs_the_same_whatever_its_size(
    api_of, ccoe, many, django_assert_max_num_queries
):
    caller = api_of(ccoe)
    with django_assert_max_num_queries(4):
        caller.get("accounts/")


def test_a_page_of_requests_costs_the_same_whatever_its_size(
    api_of, ccoe, developer, connection, django_assert_max_num_queries
):
    for _ in range(5):
        factories.RequestFactory(requester=developer, connection=connection, status="rejected")
    caller = api_of(ccoe)
    with django_assert_max_num_queries(5):
        caller.get("requests/")
