from django.urls import path

from portal.flow import views

urlpatterns = [
    path("", views.run_list, name="run-list"),
    path("<int:pk>/", views.run_detail, name="run-detail"),
    path("<int:pk>/retry/", views.run_retry, name="run-retry"),
    path("<int:pk>/skip/", views.run_skip, name="run-skip"),
    path("<int:pk>/cancel/", views.run_cancel, name="run-cancel"),
]
