"""The rule table: what it says, who may change it, what can't be, and which rule would speak."""

import pytest

from portal.approvals import editing, wording
from portal.approvals.editing import ChangedMeanwhile, Condition, Draft, Step
from portal.approvals.kinds import KINDS
from portal.approvals.models import Approval, Rule
from portal.approvals.services import first_match
from portal.audit.models import AuditEvent
from portal.errors import Conflict, Forbidden, Invalid
from tests import factories

pytestmark = pytest.mark.django_db
KIND = KINDS["account_request"]
SANDBOX = Draft(
    name="Small sandboxes",
    reason="Small sandboxes need nobody.",
    outcome="approve",
    is_active=True,
    conditions=(
        Condition("environment", "in", "sandbox"),
        Condition("budget_usd", "at_most", "300"),
    ),
)
BIG = Draft(
    name="Large budgets",
    reason="Much money needs two looks.",
    outcome="ask",
    is_active=True,
    conditions=(Condition("budget_usd", "more_than", "5000"),),
    steps=(Step("finance", 1, 48), Step("ccoe", 2, 24)),
)


@pytest.fixture(autouse=True)
def _no_rules_of_the_migration(db):
    Rule.objects.all().delete()


@pytest.fixture
def sandbox(ccoe) -> Rule:
    return editing.create(KIND, SANDBOX, actor=ccoe)


@pytest.fixture
def big(ccoe, sandbox) -> Rule:
    return editing.create(KIND, BIG, actor=ccoe)


def test_a_rule_reads_as_a_sentence(sandbox):
    assert wording.line_of(KIND, sandbox).conditions == [
        "Environment is one of Sandbox",
        "Monthly budget is at most 300 USD",
    ]


def test_a_step_reads_as_a_sentence(big):
    assert wording.line_of(KIND, big).steps == ["1 × Finance within 48 h", "2 × CCoE within 24 h"]


def test_a_fact_that_is_gone_is_named_and_not_hidden(sandbox):
    sandbox.conditions.create(fact="moon_phase", operator="in", value="full")
    assert "moon_phase" in wording.line_of(KIND, sandbox).conditions[-1]


def test_a_new_rule_is_the_last_one_and_audited(ccoe, sandbox, big):
    assert (sandbox.position, big.position) == (0, 1)
    event = AuditEvent.objects.filter(action="rule_create").first()
    assert event.facts["after"]["steps"][1] == {"role": "ccoe", "count": 2, "hours": 24}


@pytest.mark.parametrize("role", ["developer", "finance", "security", "auditor", "admin"])
def test_only_the_ccoe_changes_rules(role, cast, sandbox):
    with pytest.raises(Forbidden):
        editing.change(KIND, sandbox, BIG, version=1, actor=cast[role])
    with pytest.raises(Forbidden):
        editing.delete(sandbox, version=1, actor=cast[role], reason="x")
    with pytest.raises(Forbidden):
        editing.switch(sandbox, on=False, actor=cast[role])
    with pytest.raises(Forbidden):
        editing.move(sandbox, up=True, actor=cast[role])


def test_a_change_keeps_what_was_there_before(ccoe, sandbox):
    editing.change(KIND, sandbox, BIG, version=1, actor=ccoe)
    event = AuditEvent.objects.get(action="rule_change")
    assert event.facts["before"]["name"] == "Small sandboxes"
    assert event.facts["after"]["conditions"] == [
        {"fact": "budget_usd", "operator": "more_than", "value": "5000"}
    ]
    assert event.facts["version"] == 2


def test_a_rule_changed_meanwhile_is_not_overwritten(ccoe, other_ccoe, sandbox):
    editing.change(KIND, sandbox, BIG, version=1, actor=other_ccoe)
    with pytest.raises(ChangedMeanwhile):
        editing.change(KIND, sandbox, SANDBOX, version=1, actor=ccoe)
    assert Rule.objects.get(pk=sandbox.pk).name == BIG.name


def with_(draft: Draft, **changes: object) -> Draft:
    return Draft(**{name: getattr(draft, name) for name in draft.__slots__} | changes)


@pytest.mark.parametrize(
    "draft",
    [
        with_(SANDBOX, conditions=()),
        with_(SANDBOX, steps=BIG.steps),
        with_(BIG, conditions=(Condition("moon_phase", "in", "full"),)),
        with_(BIG, conditions=(Condition("environment", "at_most", "3"),)),
        with_(BIG, conditions=(Condition("environment", "in", "the moon"),)),
        with_(BIG, conditions=(Condition("budget_usd", "at_most", "much"),)),
        with_(BIG, conditions=(Condition("budget_usd", "at_most", "NaN"),)),
        with_(BIG, conditions=(Condition("team", "in", " , "),)),
        with_(BIG, steps=(Step("auditor", 1, 24),)),
        with_(BIG, steps=(Step("nobody", 1, 24),)),
        with_(BIG, steps=(Step("ccoe", 0, 24),)),
        with_(BIG, steps=(Step("ccoe", 1, 0),)),
        with_(BIG, steps=(Step("ccoe", 1, 24),) * 21),
    ],
)
def test_a_rule_that_cannot_be_is_refused(draft, ccoe):
    with pytest.raises(Invalid):
        editing.create(KIND, draft, actor=ccoe)
    assert not Rule.objects.exists()


def test_a_name_is_used_once(ccoe, sandbox):
    with pytest.raises(Invalid) as raised:
        editing.create(KIND, SANDBOX, actor=ccoe)
    assert "name" in raised.value.fields


def order() -> list[str]:
    return [rule.name for rule in Rule.objects.filter(kind=KIND.key)]


def test_moving_a_rule_changes_who_speaks_first(ccoe, sandbox, big):
    editing.move(big, up=True, actor=ccoe)
    assert order() == ["Large budgets", "Small sandboxes"]
    assert AuditEvent.objects.get(action="rule_move").facts["order"] == order()


def test_the_first_rule_stays_first_when_moved_up(ccoe, sandbox, big):
    editing.move(sandbox, up=True, actor=ccoe)
    assert order() == ["Small sandboxes", "Large budgets"]


def test_rules_at_the_same_place_are_put_in_order_by_a_move(ccoe, sandbox, big):
    Rule.objects.update(position=7)
    editing.move(big, up=True, actor=ccoe)
    assert list(Rule.objects.values_list("position", flat=True)) == [0, 1]
    assert order()[0] == "Large budgets"


def test_a_rule_out_of_force_does_not_speak(ccoe, sandbox):
    editing.switch(sandbox, on=False, actor=ccoe)
    assert first_match(KIND, {"environment": "sandbox", "budget_usd": 100}) is None
    event = AuditEvent.objects.get(action="rule_switch")
    assert event.facts == {"before": {"is_active": True}, "after": {"is_active": False}}


def test_switching_twice_is_a_conflict(ccoe, sandbox):
    editing.switch(sandbox, on=False, actor=ccoe)
    with pytest.raises(Conflict):
        editing.switch(sandbox, on=False, actor=ccoe)


def test_what_a_deleted_rule_said_stays(ccoe, sandbox):
    approval = Approval.objects.create(
        kind=KIND.key, title="x", requested_by=ccoe, rule=sandbox, rule_name=sandbox.name
    )
    editing.delete(sandbox, version=1, actor=ccoe, reason="Nobody needs it.")
    approval.refresh_from_db()
    assert (approval.rule, approval.rule_name) == (None, "Small sandboxes")
    event = AuditEvent.objects.get(action="rule_delete")
    assert (event.reason, event.target_label) == ("Nobody needs it.", "Small sandboxes")
    assert event.facts["before"]["outcome"] == "approve"


def test_a_rule_changed_meanwhile_is_not_deleted(ccoe, other_ccoe, sandbox):
    editing.change(KIND, sandbox, BIG, version=1, actor=other_ccoe)
    with pytest.raises(ChangedMeanwhile):
        editing.delete(sandbox, version=1, actor=ccoe, reason="x")


def typed(**changes: str) -> dict[str, object]:
    """What a browser sends for a small rule with one condition and one step."""
    return {
        "name": "Typed",
        "reason": "Because it was typed.",
        "outcome": "ask",
        "is_active": "on",
        "conditions": "1",
        "steps": "1",
        "condition-0-fact": "environment",
        "condition-0-operator": "in",
        "condition-0-value": ["sandbox", "test"],
        "step-0-role": "ccoe",
        "step-0-count": "2",
        "step-0-hours": "24",
        **changes,
    }


NEW = "/rules/account_request/new/"


def test_what_is_typed_becomes_a_rule(client_of, ccoe):
    response = client_of(ccoe).post(NEW, typed())
    rule = Rule.objects.get(name="Typed")
    assert response["Location"] == "/rules/#rules-account_request"
    assert editing.draft_of(rule).conditions == (Condition("environment", "in", "sandbox, test"),)
    assert editing.draft_of(rule).steps == (Step("ccoe", 2, 24),)


@pytest.mark.parametrize(
    ("fact", "operator", "value", "kept"),
    [
        ("budget_usd", "at_most", "300", "300"),
        ("administrator", "yes", "", ""),
        ("team", "not_in", "payments, search", "payments, search"),
    ],
)
def test_every_kind_of_fact_can_be_asked(fact, operator, value, kept, client_of, ccoe):
    row = {"condition-0-fact": fact, "condition-0-operator": operator, "condition-0-value": value}
    client_of(ccoe).post(NEW, typed(**row))
    assert editing.draft_of(Rule.objects.get()).conditions == (Condition(fact, operator, kept),)


def test_rows_left_empty_do_not_count(client_of, ccoe):
    client_of(ccoe).post(NEW, typed(**{"condition-0-fact": "", "step-0-role": ""}))
    draft = editing.draft_of(Rule.objects.get())
    assert (draft.conditions, draft.steps) == ((), ())


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"reason": ""},
        {"outcome": "maybe"},
        {"outcome": "approve"},
        {"condition-0-fact": "moon_phase"},
        {"condition-0-value": "the moon"},
        {"condition-0-operator": "at_most"},
        {"condition-0-fact": "budget_usd", "condition-0-operator": "at_most"},
        {"step-0-role": "auditor"},
        {"step-0-count": "0"},
        {"step-0-hours": "99999999"},
        {"name": "x" * 81},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(changes, client_of, ccoe):
    response = client_of(ccoe).post(NEW, typed(**changes))
    assert response.status_code == 422
    assert 'value="Typed"' in response.content.decode() or "name" in changes
    assert not Rule.objects.exists()


def test_a_name_that_is_taken_is_said_beside_the_field(client_of, ccoe, sandbox):
    response = client_of(ccoe).post(NEW, typed(name="Small sandboxes"))
    assert response.status_code == 422
    assert response.context["editor"].rule.errors["name"]


@pytest.mark.parametrize(
    ("act", "conditions", "steps"),
    [
        ("add-condition", 2, 1),
        ("add-step", 1, 2),
        ("remove-condition-0", 0, 1),
        ("remove-step-0", 1, 0),
        ("remove-step-9", 1, 1),
        ("refresh", 1, 1),
    ],
)
def test_a_button_draws_the_form_anew_and_saves_nothing(act, conditions, steps, client_of, ccoe):
    response = client_of(ccoe).post(NEW, typed(act=act, name="Half"))
    editor = response.context["editor"]
    assert (len(editor.conditions), len(editor.steps)) == (conditions, steps)
    assert 'value="Half"' in response.content.decode()
    assert not Rule.objects.exists()


def test_choosing_another_fact_shows_its_operators(client_of, ccoe):
    row = {"condition-0-fact": "budget_usd", "condition-0-value": "", "act": "refresh"}
    response = client_of(ccoe).post(NEW, typed(**row), headers={"HX-Request": "true"})
    assert "is at most" in response.content.decode()
    assert "<html" not in response.content.decode()


@pytest.mark.parametrize("count", ["9999999999", "-1", "x", "", "１"])
def test_a_number_of_rows_that_cannot_be_is_harmless(count, client_of, ccoe):
    response = client_of(ccoe).post(NEW, typed(conditions=count, act="refresh"))
    assert len(response.context["editor"].conditions) <= editing.MOST_ROWS


def test_the_editor_opens_with_the_rule_in_it(client_of, ccoe, sandbox):
    page = client_of(ccoe).get(f"/rules/{sandbox.pk}/").content.decode()
    assert 'value="Small sandboxes"' in page
    assert 'value="300"' in page
    assert 'name="version" value="1"' in page


def test_an_edit_in_the_browser_replaces_the_rule(client_of, ccoe, sandbox):
    client_of(ccoe).post(f"/rules/{sandbox.pk}/", typed(version="1"))
    rule = Rule.objects.get()
    assert (rule.name, rule.version, rule.position) == ("Typed", 2, 0)


def test_two_editors_both_versions_are_shown_and_nothing_typed_is_lost(
    client_of, ccoe, other_ccoe, sandbox
):
    client_of(other_ccoe).post(f"/rules/{sandbox.pk}/", typed(version="1", name="Theirs"))
    response = client_of(ccoe).post(f"/rules/{sandbox.pk}/", typed(version="1", name="Mine"))
    page = response.content.decode()
    assert response.status_code == 409
    assert 'value="Mine"' in page
    assert "Theirs" in page
    assert 'name="version" value="2"' in page


def test_after_a_look_at_theirs_saving_again_replaces_it(client_of, ccoe, other_ccoe, sandbox):
    client_of(other_ccoe).post(f"/rules/{sandbox.pk}/", typed(version="1", name="Theirs"))
    client_of(ccoe).post(f"/rules/{sandbox.pk}/", typed(version="2", name="Mine"))
    assert Rule.objects.get().name == "Mine"


def test_an_edit_without_a_version_is_a_conflict(client_of, ccoe, sandbox):
    assert client_of(ccoe).post(f"/rules/{sandbox.pk}/", typed()).status_code == 409


def test_moving_and_switching_answer_htmx_with_the_table(client_of, ccoe, sandbox, big):
    client, htmx = client_of(ccoe), {"HX-Request": "true"}
    moved = client.post(f"/rules/{big.pk}/move/", {"to": "up"}, headers=htmx).content.decode()
    assert moved.index("Large budgets") < moved.index("Small sandboxes")
    off = client.post(f"/rules/{big.pk}/toggle/", {"on": "no"}, headers=htmx).content.decode()
    assert "Not in force" in off


def test_deleting_asks_first_and_wants_a_reason(client_of, ccoe, sandbox):
    client, url = client_of(ccoe), f"/rules/{sandbox.pk}/delete/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"version": "1", "reason": " "}).status_code == 422
    assert client.post(url, {"version": "1", "reason": "Old."}).status_code == 302
    assert not Rule.objects.exists()


def test_the_table_says_how_often_a_rule_spoke(client_of, auditor, ccoe, sandbox):
    Approval.objects.create(kind=KIND.key, title="x", requested_by=ccoe, rule=sandbox)
    assert "1 time" in client_of(auditor).get("/rules/").content.decode()


def test_the_table_costs_the_same_however_many_rules(
    client_of, auditor, ccoe, sandbox, django_assert_num_queries
):
    [editing.create(KIND, with_(BIG, name=f"Rule {n}"), actor=ccoe) for n in range(20)]
    client = client_of(auditor)
    with django_assert_num_queries(6):
        client.get("/rules/")


def test_readers_see_no_buttons(client_of, auditor, sandbox):
    page = client_of(auditor).get("/rules/").content.decode()
    assert f"/rules/{sandbox.pk}/" not in page


TRY = "/rules/account_request/try/"


def test_trying_facts_names_the_rule_that_would_speak(client_of, finance, sandbox, big):
    facts = {"environment": "sandbox", "budget_usd": "250"}
    response = client_of(finance).get(TRY, facts)
    assert response.context["spoken"] == sandbox
    assert [(t.rule, t.speaks) for t in response.context["trials"]] == [
        (sandbox, True),
        (big, False),
    ]


def test_trying_says_why_a_rule_would_not_speak(client_of, finance, sandbox):
    response = client_of(finance).get(TRY, {"environment": "sandbox", "budget_usd": "301"})
    assert response.context["spoken"] is None
    assert [met for _words, met in response.context["trials"][0].conditions] == [True, False]


def test_a_fact_left_open_holds_no_condition(client_of, finance, sandbox):
    response = client_of(finance).get(TRY, {"environment": "sandbox", "budget_usd": ""})
    assert response.context["spoken"] is None


def test_trying_an_existing_request_uses_its_facts(client_of, ccoe, developer, connection, sandbox):
    asked = factories.RequestFactory(
        requester=developer, status="submitted", **factories.wish(developer, connection)
    )
    response = client_of(ccoe).get(TRY, {"subject": f"#{asked.pk}"})
    assert response.context["spoken"] == sandbox


def test_a_request_one_may_not_see_can_not_be_tried(client_of, finance, developer, connection):
    asked = factories.RequestFactory(
        requester=developer, status="draft", **factories.wish(developer, connection)
    )
    response = client_of(finance).get(TRY, {"subject": str(asked.pk)})
    assert response.status_code == 422


@pytest.mark.parametrize("number", ["x", "1; DROP TABLE", "９", "1" * 18, "-1"])
def test_a_number_that_is_none_is_said_so(number, client_of, ccoe):
    assert client_of(ccoe).get(TRY, {"subject": number}).status_code == 422


def test_trying_changes_nothing(client_of, ccoe, sandbox):
    before = AuditEvent.objects.count()
    client_of(ccoe).get(TRY, {"environment": "sandbox", "budget_usd": "1"})
    assert (AuditEvent.objects.count(), Approval.objects.count()) == (before, 0)


@pytest.mark.parametrize("url", ["/rules/no_kind/try/", "/rules/no_kind/new/", "/rules/0/"])
def test_what_is_not_there_is_missing(url, client_of, ccoe):
    assert client_of(ccoe).get(url).status_code == 404
