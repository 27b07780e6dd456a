"""The form: drafts while typing, wrong values, nothing lost, nobody else's things."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AccountRequest
from accounts.services import requests
from tests import factories

NEW = "/accounts/requests/new/"
CHECK = "/accounts/requests/check/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def typed(developer, connection):
    """What the browser sends for a complete sandbox request."""
    wish = factories.wish(developer, connection)
    return {name: getattr(value, "pk", value) for name, value in wish.items()} | {"begun": "new"}


@pytest.fixture
def draft(developer, connection):
    return requests.start_draft(actor=developer, **factories.wish(developer, connection))


def text(answer) -> str:
    return answer.content.decode()


def test_the_form_starts_with_what_is_known(developer, connection, team, client_of):
    page = text(client_of(developer).get(NEW))
    assert f'value="{team.cost_centre}"' in page
    assert f'<option value="{developer.pk}" selected>' in page
    assert f'<option value="{team.pk}" selected>' in page


def test_reading_the_form_writes_nothing(developer, connection, client_of):
    client_of(developer).get(NEW)
    assert not AccountRequest.objects.exists()


def test_typing_begins_a_draft_and_tells_the_form_its_number(developer, typed, client_of):
    answer = client_of(developer).post(f"{CHECK}?field=workload", typed, headers=HTMX)
    draft = AccountRequest.objects.get()
    assert (draft.requester, draft.workload, draft.is_draft) == (developer, "checkout", True)
    assert f'name="draft" value="{draft.pk}"' in text(answer)
    assert answer["HX-Replace-Url"] == reverse("accounts:request-edit", args=[draft.pk])


def test_typing_on_keeps_the_same_draft(developer, draft, typed, client_of):
    typed |= {"draft": draft.pk, "purpose": "Now with a better purpose."}
    client_of(developer).post(f"{CHECK}?field=purpose", typed, headers=HTMX)
    assert AccountRequest.objects.get().purpose == "Now with a better purpose."


def test_the_check_shows_names_and_who_decides(developer, typed, client_of):
    page = text(client_of(developer).post(f"{CHECK}?field=workload", typed, headers=HTMX))
    assert "payments-checkout-sandbox" in page
    assert "aws+payments-checkout-sandbox@example.com" in page
    assert "People decide" in page


@pytest.mark.parametrize(
    ("field", "value", "english", "japanese"),
    [
        ("workload", "決済", "at least two Latin letters", ""),
        ("purpose", "short", "what the account is for", ""),
        ("cost_centre", "!", "2 to 20 letters", ""),
        ("budget_usd", "much", "Enter a number", "数"),
        ("budget_usd", "0", "between 1 and 1,000,000", ""),
        ("budget_usd", "NaN", "Enter a number", "数"),
        ("expires_on", "2020-01-01", "future", ""),
        ("expires_on", "soon", "valid date", "日付"),
        ("expires_on", "2999-01-01", "90 days at most", ""),
        ("regions", "mars-1", "Select a valid choice", "選択"),
        ("environment", "moon", "Select a valid choice", "選択"),
        ("data_class", "x", "Select a valid choice", "選択"),
        ("network", "x", "Select a valid choice", "選択"),
        ("permission_set", "Root", "Select a valid choice", "選択"),
        ("access_group", "aws-others", "Select a valid choice", "選択"),
        ("team", "999999", "Select a valid choice", "選択"),
        ("connection", "999999", "Select a valid choice", "選択"),
        ("owner", "999999", "Select a valid choice", "選択"),
        ("deputy", "", "This is needed", ""),
        ("workload", "x" * 31, "at most 30", "30"),
        ("purpose", "nul \x00 nul", "Null characters", ""),
    ],
)
def test_a_wrong_value_is_said_and_nothing_is_lost(
    developer, typed, client_of, field, value, english, japanese
):
    typed |= {field: value, "do": "submit"}
    client = client_of(developer)
    answer = client.post(NEW, typed)
    assert answer.status_code == 422
    assert english in text(answer)
    draft = AccountRequest.objects.get()
    assert draft.is_draft
    assert field == "workload" or draft.workload == "checkout"
    in_japanese = client.post(NEW, typed, headers={"Accept-Language": "ja"})
    assert in_japanese.status_code == 422
    assert japanese in text(in_japanese)


def test_what_was_typed_wrongly_is_still_in_the_field(developer, typed, client_of):
    answer = client_of(developer).post(NEW, typed | {"budget_usd": "much", "do": "save"})
    assert answer.status_code == 422
    assert 'value="much"' in text(answer)


def test_an_unfinished_request_is_saved_as_a_draft(developer, connection, client_of):
    answer = client_of(developer).post(NEW, {"workload": "idea", "do": "save"})
    assert answer.status_code == 302
    assert AccountRequest.objects.get().workload == "idea"


def test_a_complete_request_is_submitted(developer, typed, client_of):
    answer = client_of(developer).post(NEW, typed | {"do": "submit"})
    submitted = AccountRequest.objects.get()
    assert answer["Location"] == submitted.get_absolute_url()
    assert submitted.status == "submitted"
    assert submitted.account_name == "payments-checkout-sandbox"


def test_amounts_may_have_separators(developer, typed, client_of):
    client_of(developer).post(NEW, typed | {"budget_usd": "$1,200", "do": "save"})
    assert AccountRequest.objects.get().budget_usd == Decimal(1200)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "approved"),
        ("requester", "1"),
        ("account_id", "123456789012"),
        ("account_name", "mine"),
        ("email", "me@example.com"),
        ("ou", "1"),
        ("approval", "1"),
        ("run", "1"),
        ("submitted_at", "2020-01-01"),
        ("has_budget", "true"),
    ],
)
def test_fields_that_nobody_may_set_are_ignored(developer, typed, client_of, field, value):
    client_of(developer).post(NEW, typed | {field: value, "do": "save"})
    saved = AccountRequest.objects.get()
    assert saved.requester == developer
    assert (saved.status, saved.account_id, saved.account_name, saved.email) == (
        "draft",
        "",
        "",
        "",
    )
    assert (saved.ou, saved.approval, saved.run, saved.submitted_at) == (None, None, None, None)
    assert saved.has_budget is False


def test_a_team_of_others_can_not_be_chosen(developer, other_developer, typed, client_of):
    foreign = other_developer.teams.get()
    answer = client_of(developer).post(NEW, typed | {"team": foreign.pk, "do": "submit"})
    assert answer.status_code == 422
    assert AccountRequest.objects.get().team != foreign


def test_an_observed_organisation_can_not_be_chosen(developer, typed, client_of):
    observed = factories.organisation(mode="observe", organization_id="o-observed")
    answer = client_of(developer).post(NEW, typed | {"connection": observed.pk, "do": "submit"})
    assert answer.status_code == 422


def test_a_draft_of_somebody_else_is_not_there(draft, other_developer, typed, client_of):
    client = client_of(other_developer)
    edit = reverse("accounts:request-edit", args=[draft.pk])
    assert client.get(edit).status_code == 404
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.post(CHECK, typed | {"draft": draft.pk}, headers=HTMX).status_code == 404


def test_a_colleague_sees_no_draft_but_the_submitted_request(draft, team, client_of):
    colleague = factories.person("colleague", role="developer", team=team)
    client = client_of(colleague)
    assert client.get(draft.get_absolute_url()).status_code == 404
    requests.submit(draft, actor=draft.requester)
    assert client.get(draft.get_absolute_url()).status_code == 200
    assert client.get(reverse("accounts:request-edit", args=[draft.pk])).status_code == 403


def test_not_even_the_ccoe_sees_a_draft_of_others(draft, ccoe, client_of):
    assert client_of(ccoe).get(draft.get_absolute_url()).status_code == 404
    assert "checkout" not in text(client_of(ccoe).get("/accounts/requests/queue/?tab=all"))


def test_a_session_lost_while_typing_touches_nothing(client, draft, typed):
    answer = client.post(f"{CHECK}?field=purpose", typed | {"draft": draft.pk}, headers=HTMX)
    assert answer.status_code == 401
    assert "/sign-in/" in answer["X-Sign-In"]
    draft.refresh_from_db()
    assert draft.purpose == "Trying out the new checkout service."


def test_choosing_a_team_brings_its_cost_centre_and_group(developer, draft, typed, client_of):
    second = factories.TeamFactory(slug="second", cost_centre="CC-77", access_group="aws-second")
    second.memberships.create(user=developer)
    typed |= {"draft": draft.pk, "team": second.pk, "access_group": "aws-payments-developers"}
    client_of(developer).post(f"{CHECK}?field=team", typed, headers=HTMX)
    draft.refresh_from_db()
    assert (draft.cost_centre, draft.access_group) == ("CC-77", "aws-second")


def test_choosing_a_sandbox_suggests_an_end(developer, typed, client_of):
    typed |= {"expires_on": ""}
    page = client_of(developer).post(f"{CHECK}?field=environment", typed, headers=HTMX)
    assert AccountRequest.objects.get().expires_on is not None
    assert 'id="request-field-expires_on"' in text(page)


def test_checking_a_submitted_request_changes_nothing(developer, draft, typed, client_of):
    requests.submit(draft, actor=developer)
    typed |= {"draft": draft.pk, "purpose": "Something else altogether."}
    answer = client_of(developer).post(f"{CHECK}?field=purpose", typed, headers=HTMX)
    assert answer.status_code == 200
    draft.refresh_from_db()
    assert draft.purpose == "Trying out the new checkout service."


def test_a_waiting_request_is_changed_and_judged_anew(developer, draft, typed, client_of):
    requests.submit(draft, actor=developer)
    draft.refresh_from_db()
    before = draft.approval.content_hash
    edit = reverse("accounts:request-edit", args=[draft.pk])
    answer = client_of(developer).post(edit, typed | {"budget_usd": "250", "do": "submit"})
    assert answer.status_code == 302
    draft.approval.refresh_from_db()
    assert draft.approval.content_hash != before


def test_a_draft_with_gaps_is_not_submitted_from_its_page(developer, draft, client_of):
    requests.save_draft(draft, actor=developer, purpose="")
    answer = client_of(developer).post(reverse("accounts:request-submit", args=[draft.pk]))
    assert answer["Location"] == reverse("accounts:request-edit", args=[draft.pk])
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_is_deleted_by_post_only(developer, draft, client_of):
    client = client_of(developer)
    url = reverse("accounts:request-delete", args=[draft.pk])
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert not AccountRequest.objects.exists()


@pytest.mark.parametrize("role", ["finance", "security", "auditor", "admin"])
def test_only_developers_and_the_ccoe_ask_for_accounts(cast, client_of, role):
    client = client_of(cast[role])
    assert client.get(NEW).status_code == 403
    assert client.post(CHECK, {"workload": "x"}, headers=HTMX).status_code == 403
    assert not AccountRequest.objects.exists()


def test_the_check_has_a_pinned_number_of_queries(
    developer, draft, typed, client_of, django_assert_max_num_queries
):
    client = client_of(developer)
    with django_assert_max_num_queries(45):
        client.post(f"{CHECK}?field=purpose", typed | {"draft": draft.pk}, headers=HTMX)


def test_a_check_that_comes_after_the_submission_does_nothing(
    developer, draft, typed, client_of, connection
):
    requests.submit(draft, actor=developer)
    draft.move(start="submitted", end="withdrawn")
    late = client_of(developer).post(
        f"{CHECK}?field=purpose", typed | {"draft": draft.pk, "purpose": "late"}, headers=HTMX
    )
    assert late.status_code == 204
    draft.refresh_from_db()
    assert draft.purpose == "Trying out the new checkout service."


def test_nobody_is_told_who_decides_before_the_rules_can_know(developer, typed, client_of):
    page = client_of(developer).post(
        f"{CHECK}?field=purpose", typed | {"budget_usd": ""}, headers=HTMX
    )
    assert "Fill in what is missing" in text(page)
