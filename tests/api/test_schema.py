"""The OpenAPI schema and its page."""

import io
import json
import re

import pytest
from django.core.management import call_command

JSON_SCHEMA = {"Accept": "application/vnd.oai.openapi+json"}


@pytest.fixture
def schema(client_of, developer):
    return json.loads(client_of(developer).get("/api/schema/", headers=JSON_SCHEMA).content)


def _operations(schema):
    return [operation for path in schema["paths"].values() for operation in path.values()]


def test_the_schema_is_valid_and_made_without_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_schema_needs_a_sign_in(client, db):
    assert client.get("/api/schema/").status_code == 401


def test_every_operation_says_what_it_does(schema):
    assert all(operation["summary"] for operation in _operations(schema))


def test_every_operation_answers_errors_in_one_shape(schema):
    error = {"$ref": "#/components/schemas/Error"}
    shapes = [
        operation["responses"][status]["content"]["application/json"]["schema"]
        for operation in _operations(schema)
        for status in ("401", "403", "404", "422")
    ]
    assert all(shape == error for shape in shapes)


def test_deciding_is_offered_to_sessions_only(schema):
    decide = schema["paths"]["/api/v1/requests/{id}/decisions/"]["post"]
    assert decide["security"] == [{"cookieAuth": []}]


def test_tokens_are_bearer_tokens(schema):
    assert schema["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_the_page_loads_scripts_of_our_own_only(client_of, developer):
    page = client_of(developer).get("/api/docs/").content.decode()
    assert re.findall(r"<script(?! src=\"/)", page) == []
    assert "style=" not in page
    assert "<style" not in page


def test_the_script_of_the_page_is_a_script(client_of, developer):
    answer = client_of(developer).get("/api/docs/?script=")
    assert answer["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in answer.content


def test_the_page_sends_strangers_to_the_sign_in(client, db):
    answer = client.get("/api/docs/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fapi%2Fdocs%2F")
