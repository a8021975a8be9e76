"""The addresses of this room, below /api/."""

from django.urls import include, path

from loyalty.identity import session_views, views

urlpatterns = [
    path("auth/token", session_views.TokenView.as_view(), name="token"),
    path("auth/token/refresh", session_views.RefreshView.as_view(), name="token-refresh"),
    path("auth/logout", session_views.LogOutView.as_view(), name="logout"),
    path("auth/logout-all", session_views.LogOutEverywhereView.as_view(), name="logout-all"),
    path("", include("loyalty.identity.passwords.urls")),
    path("", include("loyalty.identity.devices.urls")),
    path("", include("loyalty.identity.approvals.urls")),
    path("", include("loyalty.identity.audit.urls")),
    path("", include("loyalty.identity.privacy.urls")),
    path("", include("loyalty.identity.locations.urls")),
    path("users", views.UsersView.as_view(), name="users"),
    path("users/<str:user>", views.UserView.as_view(), name="user"),
    path("members/register", session_views.RegisterView.as_view(), name="member-register"),
    path("members", views.MembersView.as_view(), name="members"),
]
