"""What holds for the whole house."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from portal.flow.steps import PLANS, STEPS
from portal.permissions import GRANTS, Action, Role

ROOT = Path(__file__).resolve().parent.parent


def routes(resolver, prefix=""):
    for entry in resolver.url_patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, where)
        elif isinstance(entry, URLPattern):
            yield where, entry.callback


ROUTES = sorted(routes(get_resolver()), key=lambda route: route[0])
LIBRARY_ROUTES = ("api/schema/", "api/docs/")


def _is_guarded(view) -> bool:
    of_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    named = getattr(of_class, "needs", None)
    marked = getattr(view, "is_guarded", False) or getattr(of_class, "is_guarded", False)
    return bool(marked or named)


@pytest.mark.parametrize(("route", "view"), ROUTES, ids=[route for route, _view in ROUTES])
def test_every_address_names_its_action(route, view):
    assert _is_guarded(view), f"{route} names no action"


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_row_in_the_matrix(action):
    assert GRANTS[action]
    assert set(GRANTS[action]) <= set(Role)


def test_the_administrator_can_approve_nothing():
    assert Role.ADMIN not in GRANTS[Action.REQUEST_DECIDE]
    assert Role.ADMIN not in GRANTS[Action.RULE_CHANGE]


def test_the_auditor_only_reads():
    reading = re.compile(r"view|export|token_manage|cost")
    assert all(reading.search(a) for a in Action if Role.AUDITOR in GRANTS[a])


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_every_step_of_a_plan_is_offered(plan):
    assert set(plan.steps) <= set(STEPS)


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_boto3_is_imported_in_aws_folders_only():
    sources = [
        p
        for app in ("portal", "accounts", "costs")
        for p in (ROOT / app).rglob("*.py")
        if "aws" not in p.parts and "local" not in p.parts
    ]
    spoken = re.compile(r"^(import|from) (boto3|botocore)", re.MULTILINE)
    assert [str(p) for p in sources if spoken.search(p.read_text())] == []
