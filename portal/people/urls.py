from django.urls import path

from portal.people import sign_in, views

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("profile/", views.profile, name="profile"),
    path("people/", views.person_list, name="person-list"),
    path("people/<int:pk>/", views.person_detail, name="person-detail"),
    path("people/<int:pk>/roles/", views.bind_role, name="person-bind-role"),
    path("people/<int:pk>/active/", views.set_active, name="person-set-active"),
    path("people/roles/<int:pk>/remove/", views.unbind_role, name="role-unbind"),
    path("people/teams/", views.team_list, name="team-list"),
    path("people/matrix/", views.matrix, name="permission-matrix"),
]
