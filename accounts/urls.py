from django.urls import path, re_path

from accounts.views import decisions, directory, drafts, requests

app_name = "accounts"
OU = r"(?P<ou_id>(?:r|ou)-[a-z0-9-]{1,66})"

urlpatterns = [
    path("", directory.organisation_tree, name="tree"),
    path("list/", directory.account_list, name="account-list"),
    path("changes/", directory.change_list, name="change-list"),
    path("organisations/<int:pk>/sync/", directory.sync, name="sync"),
    re_path(rf"^ous/{OU}/$", directory.ou_page, name="ou-detail"),
    re_path(rf"^ous/{OU}/branch/$", directory.ou_branch, name="ou-branch"),
    re_path(rf"^ous/{OU}/accounts/$", directory.ou_accounts, name="ou-accounts"),
    re_path(r"^(?P<account_id>[0-9]{12})/$", directory.account_page, name="account-detail"),
    path("requests/", requests.mine, name="request-list"),
    path("requests/queue/", requests.queue, name="request-queue"),
    path("requests/new/", drafts.create, name="request-create"),
    path("requests/check/", drafts.check, name="request-check"),
    path("requests/<int:pk>/", requests.detail, name="request-detail"),
    path("requests/<int:pk>/progress/", requests.progress, name="request-progress"),
    path("requests/<int:pk>/edit/", drafts.edit, name="request-edit"),
    path("requests/<int:pk>/submit/", drafts.submit, name="request-submit"),
    path("requests/<int:pk>/delete/", drafts.delete, name="request-delete"),
    path("requests/<int:pk>/withdraw/", decisions.withdraw, name="request-withdraw"),
    path("requests/<int:pk>/decide/", decisions.decide, name="request-decide"),
    path("requests/<int:pk>/comment/", decisions.comment, name="request-comment"),
]
