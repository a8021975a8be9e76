"""The API addresses of this room."""

from django.urls import path

from exchange.requests import views

requests_urls: list = [
    path("exchanges", views.ExchangesView.as_view(), name="exchanges"),
    path("exchanges/quote", views.QuoteView.as_view(), name="exchange-quote"),
    path("exchanges/<str:exchange>", views.ExchangeView.as_view(), name="exchange"),
    path("exchanges/<str:exchange>/cancel", views.CancelView.as_view(), name="exchange-cancel"),
]
