"""The addresses of the exchange; each room lists its own."""

from exchange.clearing.urls import clearing_urls
from exchange.gifts.urls import gifts_urls
from exchange.households.urls import households_urls
from exchange.rates.urls import rates_urls
from exchange.requests.urls import requests_urls

urlpatterns: list = [
    *gifts_urls,
    *households_urls,
    *rates_urls,
    *requests_urls,
    *clearing_urls,
]
