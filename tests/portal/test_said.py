"""Sentences that workers say and people read in their own language."""

import pytest
from django.utils import translation

from accounts.services.failures import SENTENCES, sentence_for
from portal.flow.models import Run, RunStep
from portal.flow.said import read, said
from portal.people.system import system_user


@pytest.fixture
def run(db):
    return Run.objects.create(plan="vend_account", actor=system_user())


def test_a_kept_sentence_is_read_in_the_readers_language(run):
    Run.objects.filter(pk=run.pk).update(last_error=said("Moved to %(ou)s.", ou="Production"))
    with translation.override("en"):
        assert Run.objects.get().last_error == "Moved to Production."
    with translation.override("ja"):
        shown = Run.objects.get().last_error
    assert "Production" in shown
    assert shown != "Moved to Production."


def test_saving_a_row_again_keeps_what_was_said(run):
    step = RunStep.objects.create(run=run, position=0, name="x", note=said("Tag it"))
    with translation.override("ja"):
        loaded = RunStep.objects.get(pk=step.pk)
        loaded.save()
    with translation.override("en"):
        assert RunStep.objects.get(pk=step.pk).note == "Tag it"


def test_other_text_is_read_as_it_is():
    assert read("organizations:MoveAccount: Busy. 100%") == "organizations:MoveAccount: Busy. 100%"


@pytest.mark.parametrize("reason", [*SENTENCES, "SOMETHING_NEW"])
def test_every_failure_reason_has_a_sentence_in_both_languages(reason):
    raw = sentence_for(reason)
    with translation.override("en"):
        english = read(raw)
    with translation.override("ja"):
        japanese = read(raw)
    assert reason in english
    assert reason in japanese
    assert any("ぁ" <= letter <= "ん" for letter in japanese)
    assert english != japanese
