"""The addresses of this room, below /api/."""

from django.urls import path

from loyalty.identity.locations import views

urlpatterns = [
    path("locations", views.LocationsView.as_view(), name="locations"),
    path("locations/<str:location>", views.LocationView.as_view(), name="location"),
]
