"""A call sent twice with one Idempotency-Key counts once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import AccountRequest
from portal.api.models import IdempotentCall


def _ask(caller, body, key="key-1"):
    return caller.post("requests/", body, **{"Idempotency-Key": key})


def test_the_second_call_gets_the_first_answer(api_of, developer, wish):
    caller = api_of(developer)
    first, second = _ask(caller, wish), _ask(caller, wish)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotency-Replayed"] == "true"
    assert AccountRequest.objects.count() == 1


def test_another_key_counts_again(api_of, developer, wish):
    caller = api_of(developer)
    assert _ask(caller, wish).json()["id"] != _ask(caller, wish, "key-2").json()["id"]


def test_without_a_key_each_call_counts(api_of, developer, wish):
    caller = api_of(developer)
    assert (
        caller.post("requests/", wish).json()["id"] != caller.post("requests/", wish).json()["id"]
    )


def test_the_same_key_with_another_body_is_refused(api_of, developer, wish):
    caller = api_of(developer)
    _ask(caller, wish)
    answer = _ask(caller, {**wish, "workload": "basket"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used_differently")
    assert AccountRequest.objects.count() == 1


def test_keys_of_two_people_do_not_meet(api_of, developer, ccoe, wish):
    _ask(api_of(developer), wish)
    answer = _ask(api_of(ccoe), {})
    assert (answer.status_code, answer.json()["requester"]["username"]) == (201, "ccoe")


def test_the_order_of_fields_makes_no_other_body(api_of, developer, wish):
    caller = api_of(developer)
    first = _ask(caller, wish)
    assert _ask(caller, dict(reversed(wish.items()))).json() == first.json()


def test_what_failed_may_be_sent_again_corrected(api_of, developer, wish):
    caller = api_of(developer)
    assert _ask(caller, {**wish, "purpose": "", "submit": True}).status_code == 422
    assert _ask(caller, {**wish, "submit": True}).status_code == 201


def test_after_a_day_the_key_is_free(api_of, developer, wish):
    caller = api_of(developer)
    _ask(caller, wish)
    IdempotentCall.objects.update(at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in _ask(caller, wish)
    assert AccountRequest.objects.count() == 2


@pytest.mark.parametrize("key", ["x" * 201, "a b", "é"])
def test_a_key_that_can_not_be_is_refused(api_of, developer, wish, key):
    answer = _ask(api_of(developer), wish, key)
    assert answer.status_code == 422
    assert not AccountRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_the_same_moment_count_once(api_of, developer, wish):
    caller, answers, together = api_of(developer), [], threading.Barrier(2)

    def call() -> None:
        together.wait()
        answers.append(_ask(caller, wish).json()["id"])
        database.close()

    threads = [threading.Thread(target=call) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(answers)) == 1
    assert AccountRequest.objects.count() == 1
