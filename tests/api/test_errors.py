"""Whatever goes wrong, the answer has one shape."""

import json

import pytest

from portal.api.views.people import MeApi

SHAPE = {"code", "message", "fields"}


def test_not_signed_in_is_401_and_says_how_to_sign_in(client, db):
    answer = client.get("/api/v1/me/")
    assert (answer.status_code, set(answer.json())) == (401, SHAPE)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_401(client, db):
    answer = client.get("/api/v1/me/", headers={"Authorization": "Bearer gp_nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer ÿþ", "Bearer " + "a" * 5000])
def test_a_malformed_token_is_401(client, db, header):
    answer = client.get("/api/v1/me/", headers={"Authorization": header})
    assert (answer.status_code, set(answer.json())) == (401, SHAPE)


@pytest.mark.parametrize("path", ["v1/nothing/", "v1/", "", "v2/me/", "v1/accounts/12/", "v1/me"])
def test_an_unknown_address_is_404_in_json(api_of, developer, path):
    answer = api_of(developer).client.get(f"/api/{path}")
    assert (answer.status_code, set(answer.json())) == (404, SHAPE)


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "DELETE"])
def test_an_unknown_method_is_405(api_of, developer, method):
    answer = api_of(developer).client.generic(method, "/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_form_is_415(api_of, developer):
    answer = api_of(developer).client.post("/api/v1/requests/", {"workload": "shop"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_wish_for_html_is_406(api_of, developer):
    answer = api_of(developer).client.get("/api/v1/me/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[1,]",
        "{'a': 1}",
        '{"workload": NaN}',
        '{"workload": Infinity}',
        '{"budget_usd": 1e400}',
        '{"budget_usd": 1e999999999}',
        '{"team": "a", "team": "b"}',
        '{"budget_usd": ' + "9" * 5000 + "}",
        "\ufeff{}",
        r'{"workload": "a\u0000b"}',
        r'{"team\u0000": 1}',
        r'{"regions": ["\ud800"]}',
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"purpose": ' + "[" * 30 + "]" * 30 + "}",
    ],
    ids=lambda body: body[:20],
)
def test_what_is_not_plain_json_is_400(api_of, developer, body):
    client = api_of(developer).client
    answer = client.post("/api/v1/requests/", body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, SHAPE)


def test_a_body_of_other_bytes_is_400(api_of, developer):
    client = api_of(developer).client
    answer = client.post("/api/v1/requests/", b"\xff\xfe{}", content_type="application/json")
    assert answer.status_code == 400


def test_a_body_over_the_limit_is_400(api_of, developer, settings):
    body = json.dumps({"purpose": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    client = api_of(developer).client
    answer = client.post("/api/v1/requests/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


@pytest.mark.parametrize("body", [[], "text", 5, None, [{"workload": "shop"}]])
def test_a_body_that_is_no_object_is_422(api_of, developer, body):
    client = api_of(developer).client
    sent = json.dumps(body)
    answer = client.post("/api/v1/requests/", sent, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (422, SHAPE)


def test_many_unknown_fields_are_not_all_repeated(api_of, developer):
    answer = api_of(developer).post("requests/", {f"field_{n}": 1 for n in range(1000)})
    assert answer.status_code == 422
    assert len(answer.json()["fields"]) == 20


def test_too_many_calls_are_429_with_a_time_to_wait(api_of, developer, monkeypatch):
    monkeypatch.setattr("portal.api.rates.PerPerson.rate", "1/min", raising=False)
    caller = api_of(developer)
    caller.get("me/")
    answer = caller.get("me/")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert int(answer["Retry-After"]) <= 60


def test_the_api_answers_without_redis(api_of, developer, settings):
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    assert api_of(developer).get("me/").status_code == 200


def test_what_nobody_foresaw_is_500_without_a_word_of_why(api_of, developer, monkeypatch, caplog):
    def broken(self, request):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(MeApi, "get", broken)
    answer = api_of(developer).get("me/")
    assert (answer.status_code, set(answer.json())) == (500, SHAPE)
    assert b"secret detail" not in answer.content


def test_sentences_come_in_the_language_asked_for(client, db):
    answer = client.get("/api/v1/me/", headers={"Accept-Language": "ja"})
    assert answer["Content-Language"] == "ja"


def test_a_head_tells_no_more_than_a_get(api_of, finance):
    assert api_of(finance).client.head("/api/v1/audit/").status_code == 403


def test_a_session_without_csrf_token_changes_nothing(developer):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(developer, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/requests/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
