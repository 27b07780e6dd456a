from django.urls import path

from portal.sync import views

urlpatterns = [path("", views.data_list, name="data-list")]
