"""The persona switch: these addresses exist in the demo only."""

from django.urls import path

from portal.people import demo

urlpatterns = [path("persona/", demo.sign_in_as, name="persona-sign-in")]
