"""All addresses, with those that exist in the demo only."""

from django.urls import include, path

from portal.urls import handler403, handler404, handler500, urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [*urlpatterns, path("", include("portal.people.demo_urls"))]
