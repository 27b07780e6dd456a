from django.urls import path

from portal.audit import views

urlpatterns = [
    path("", views.event_list, name="audit-list"),
    path("<int:pk>/", views.event_detail, name="audit-detail"),
    path("export/", views.export, name="audit-export"),
    path("verify/", views.verify, name="audit-verify"),
]
