"""The addresses of this room and, as the upper floors are not loaded here, its plain view of one member."""

from django.urls import include, path

from loyalty.identity.views import MemberView

urlpatterns = [
    path("api/", include("loyalty.identity.urls")),
    path("api/members/<str:member>", MemberView.as_view()),
]
