"""The API addresses of this room."""

from django.urls import path

from exchange.clearing import views

PAIR = "settlements/<str:from_program>/<str:to_program>/<str:period>"

clearing_urls: list = [
    path("settlements", views.SettlementsView.as_view(), name="settlements"),
    path(f"{PAIR}.csv", views.SettlementFileView.as_view(), name="settlement-file"),
    path(PAIR, views.SettlementView.as_view(), name="settlement"),
    path(f"{PAIR}/lines", views.SettlementLinesView.as_view(), name="settlement-lines"),
]
