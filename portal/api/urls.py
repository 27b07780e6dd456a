"""All addresses below /api/: apps add theirs in <app>/api/urls.py, the last catches the rest."""

from django.urls import URLPattern, URLResolver, include, path

from portal.api.views import audit, docs, people, rules, runs

v1: list[URLPattern | URLResolver] = [
    path("me/", people.MeApi.as_view(), name="api-me"),
    path("runs/", runs.RunListApi.as_view(), name="api-run-list"),
    path("runs/<int:pk>/", runs.RunApi.as_view(), name="api-run"),
    path("runs/<int:pk>/retry/", runs.RetryRunApi.as_view(), name="api-run-retry"),
    path("runs/<int:pk>/skip/", runs.SkipStepApi.as_view(), name="api-run-skip"),
    path("runs/<int:pk>/cancel/", runs.CancelRunApi.as_view(), name="api-run-cancel"),
    path("rules/", rules.RuleListApi.as_view(), name="api-rule-list"),
    path("rules/kinds/", rules.RuleKindApi.as_view(), name="api-rule-kinds"),
    path("audit/", audit.AuditEventListApi.as_view(), name="api-audit-list"),
    path("", include("accounts.api.urls")),
]
urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", docs.SchemaApi.as_view(), name="api-schema"),
    path("docs/", docs.DocsApi.as_view(), name="api-docs"),
    path("", docs.NoDoorApi.as_view()),
    path("<path:rest>", docs.NoDoorApi.as_view()),
]
