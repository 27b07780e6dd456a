from django.urls import path

from portal.ui import help, views

urlpatterns = [
    path("", views.home, name="home"),
    path("cards/<slug:key>/", views.card, name="card"),
    path("help/", help.help_page, name="help"),
    path("search/", views.search, name="search"),
    path("search/quick/", views.quick_search, name="search-quick"),
    path("preferences/language/", views.prefer_language, name="prefer-language"),
    path("preferences/theme/", views.prefer_theme, name="prefer-theme"),
]
