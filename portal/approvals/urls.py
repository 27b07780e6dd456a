from django.urls import path

from portal.approvals import views

urlpatterns = [
    path("", views.rule_list, name="rule-list"),
    path("<slug:kind>/new/", views.rule_create, name="rule-create"),
    path("<slug:kind>/try/", views.rule_try, name="rule-try"),
    path("<int:pk>/", views.rule_edit, name="rule-edit"),
    path("<int:pk>/move/", views.rule_move, name="rule-move"),
    path("<int:pk>/toggle/", views.rule_toggle, name="rule-toggle"),
    path("<int:pk>/delete/", views.rule_delete, name="rule-delete"),
]
