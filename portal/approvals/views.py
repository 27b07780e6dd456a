"""The rule table as pages: read it, change it, try it."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.approvals import editing, wording
from portal.approvals.editing import ChangedMeanwhile
from portal.approvals.forms import RuleEditor, TryForm
from portal.approvals.kinds import KINDS, Kind
from portal.approvals.models import Rule
from portal.approvals.services import first_match
from portal.errors import Conflict, Invalid, Missing
from portal.permissions import Action, needs
from portal.ui.answers import page_or_part, wants_part
from portal.ui.request import PortalRequest

EDITS = require_http_methods(["GET", "HEAD", "POST"])


@needs(Action.RULE_VIEW)
@require_safe
def rule_list(request: PortalRequest) -> HttpResponse:
    tables = [(kind, wording.lines(kind)) for kind in KINDS.values()]
    return render(request, "rules/rule_list.html", {"tables": tables})


@needs(Action.RULE_CHANGE)
@EDITS
def rule_create(request: PortalRequest, kind: str) -> HttpResponse:
    return _edit(request, wording.kind_named(kind), None)


@needs(Action.RULE_CHANGE)
@EDITS
def rule_edit(request: PortalRequest, pk: int) -> HttpResponse:
    rule = _rule(pk)
    return _edit(request, wording.kind_named(rule.kind), rule)


def _edit(request: PortalRequest, kind: Kind, rule: Rule | None) -> HttpResponse:
    """Show the editor, draw it in another shape (`act`), or save what it holds."""
    if request.method != "POST":
        return _editor_page(request, RuleEditor.of(kind, rule), rule)
    if act := request.POST.get("act", ""):
        return _editor_page(request, RuleEditor.reshaped(kind, request.POST, act), rule)
    editor = RuleEditor.sent(kind, request.POST, rule)
    if not editor.is_valid():
        return _editor_page(request, editor, rule, status=422)
    return _save(request, editor, rule)


def _save(request: PortalRequest, editor: RuleEditor, rule: Rule | None) -> HttpResponse:
    draft = editor.draft()
    try:
        if rule is None:
            rule = editing.create(editor.kind, draft, actor=request.user)
        else:
            version = editor.rule.cleaned_data["version"] or 0
            editing.change(editor.kind, rule, draft, version=version, actor=request.user)
    except Invalid as invalid:  # the name is taken: said beside the field, nothing typed is lost
        for name, sentences in invalid.fields.items():
            field = name if name in editor.rule.fields else None
            editor.rule.add_error(field, [str(sentence) for sentence in sentences])
        return _editor_page(request, editor, rule, status=422)
    except ChangedMeanwhile:  # both versions are shown, and what was typed stays
        current = _rule(rule.pk) if rule else None
        again = RuleEditor.reshaped(editor.kind, request.POST, "")
        if current is not None:
            again.rule.initial["version"] = current.version
        return _editor_page(request, again, current, status=409, theirs=current)
    messages.success(request, _("The rule “%(name)s” is saved.") % {"name": rule.name})
    return _to_list(rule)


def _editor_page(
    request: PortalRequest,
    editor: RuleEditor,
    rule: Rule | None,
    *,
    status: int = 200,
    theirs: Rule | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"editor": editor, "rule": rule, "kind": editor.kind}
    if theirs is not None:
        context["theirs"] = wording.line_of(editor.kind, theirs)
    page = "rules/rule_edit.html"
    return page_or_part(request, page, "rules/_editor.html", context, status=status)


@needs(Action.RULE_CHANGE)
@require_POST
def rule_move(request: PortalRequest, pk: int) -> HttpResponse:
    rule = _rule(pk)
    editing.move(rule, up=request.POST.get("to") == "up", actor=request.user)
    return _table_or_list(request, rule)


@needs(Action.RULE_CHANGE)
@require_POST
def rule_toggle(request: PortalRequest, pk: int) -> HttpResponse:
    """`on` is yes or no: what the rule shall be, so that a second click changes nothing."""
    rule = _rule(pk)
    editing.switch(rule, on=request.POST.get("on") == "yes", actor=request.user)
    return _table_or_list(request, rule)


@needs(Action.RULE_CHANGE)
@EDITS
def rule_delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Asks first and shows the rule in words; deletes what was shown, with a reason."""
    rule = _rule(pk)
    reason, version = request.POST.get("reason", ""), request.POST.get("version", "")
    if request.method == "POST" and reason.strip() and version.isdecimal():
        editing.delete(rule, version=int(version), actor=request.user, reason=reason[:500])
        messages.success(request, _("The rule “%(name)s” is deleted.") % {"name": rule.name})
        return _to_list(rule)
    line = wording.line_of(wording.kind_named(rule.kind), rule)
    status = 422 if request.method == "POST" else 200
    context = {"line": line, "rule": rule, "is_missing_reason": status == 422}
    return render(request, "rules/rule_delete.html", context, status=status)


@needs(Action.RULE_VIEW)
@require_safe
def rule_try(request: PortalRequest, kind: str) -> HttpResponse:
    """Which rule would speak: about a request that exists, or about typed facts."""
    found = wording.kind_named(kind)
    form = TryForm(found, request.GET or None)
    context: dict[str, Any] = {"kind": found, "form": form}
    status = 200
    if form.is_bound:
        if form.is_valid():
            context |= _tried(request, found, form)
        status = 200 if form.is_valid() else 422
    return page_or_part(request, "rules/rule_try.html", "rules/_tried.html", context, status=status)


def _tried(request: PortalRequest, kind: Kind, form: TryForm) -> dict[str, Any]:
    facts = form.facts()
    if number := form.cleaned_data["subject"].strip().lstrip("#"):
        subject = _visible_subject(request, kind, number)
        if subject is None:
            form.add_error("subject", _("There is no such request, or it is not yours to see."))
            return {}
        facts = kind.facts_of(subject)
    spoken = first_match(kind, facts)
    return {
        "spoken": spoken,
        "facts": wording.facts_in_words(kind, facts),
        "trials": wording.trials(kind, facts, spoken),
        "is_tried": True,
    }


def _visible_subject(request: PortalRequest, kind: Kind, number: str) -> Any:
    """The subject with this number when the person may see it, else None."""
    if not (number.isascii() and number.isdigit()):
        return None
    model: Any = apps.get_model(kind.subject)
    return model.objects.visible_to(request.user).filter(pk=int(number)).first()


def _rule(pk: int) -> Rule:
    rule = Rule.objects.prefetch_related("conditions", "steps").filter(pk=pk).first()
    if rule is None:
        raise Missing()
    if rule.kind not in KINDS:
        raise Conflict(_("Nothing in this portal asks this rule any more."))
    return rule


def _to_list(rule: Rule) -> HttpResponse:
    return redirect(f"{reverse('rule-list')}#rules-{rule.kind}")


def _table_or_list(request: PortalRequest, rule: Rule) -> HttpResponse:
    """The table again for htmx, the whole page for everybody else."""
    if not wants_part(request):
        return _to_list(rule)
    kind = wording.kind_named(rule.kind)
    context = {"kind": kind, "lines": wording.lines(kind)}
    return render(request, "rules/_table.html", context)
