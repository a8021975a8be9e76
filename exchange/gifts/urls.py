"""The API addresses of this room."""

from django.urls import path

from exchange.gifts import views

gifts_urls: list = [
    path("members/<str:member>/gifts", views.GiftsView.as_view()),
    path("programs/<str:program>/transfer-policy", views.TransferPolicyView.as_view()),
]
