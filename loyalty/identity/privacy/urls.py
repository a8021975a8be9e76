"""The addresses of this room, below /api/."""

from django.urls import path

from loyalty.identity.privacy import views

urlpatterns = [
    path("members/<str:member>/consents", views.ConsentsView.as_view(), name="member-consents"),
    path("members/<str:member>/export", views.PersonalDataView.as_view(), name="member-export"),
]
