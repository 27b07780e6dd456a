from django.urls import path, re_path

from accounts.api.views import directory, requests

ACCOUNT = r"^accounts/(?P<account_id>[0-9]{12})"

urlpatterns = [
    path("organisations/", directory.OrganisationListApi.as_view(), name="api-organisation-list"),
    path("organisations/<int:pk>/ous/", directory.OuListApi.as_view(), name="api-ou-list"),
    path("freshness/", directory.FreshnessApi.as_view(), name="api-freshness"),
    path("accounts/", directory.AccountListApi.as_view(), name="api-account-list"),
    re_path(rf"{ACCOUNT}/$", directory.AccountApi.as_view(), name="api-account"),
    re_path(
        rf"{ACCOUNT}/placements/$", directory.PlacementListApi.as_view(), name="api-placement-list"
    ),
    re_path(rf"{ACCOUNT}/changes/$", directory.ChangeListApi.as_view(), name="api-change-list"),
    path("requests/", requests.RequestListApi.as_view(), name="api-request-list"),
    path("requests/<int:pk>/", requests.RequestApi.as_view(), name="api-request"),
    path("requests/<int:pk>/submit/", requests.SubmitApi.as_view(), name="api-request-submit"),
    path(
        "requests/<int:pk>/withdraw/", requests.WithdrawApi.as_view(), name="api-request-withdraw"
    ),
    path("requests/<int:pk>/comments/", requests.CommentsApi.as_view(), name="api-comment-list"),
    path("requests/<int:pk>/decisions/", requests.DecisionsApi.as_view(), name="api-decision-list"),
]
