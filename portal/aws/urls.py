from django.urls import path

from portal.aws import views

urlpatterns = [
    path("", views.connection_list, name="connection-list"),
    path("<int:pk>/mode/", views.set_mode, name="connection-set-mode"),
]
