"""The addresses of the exchange; each room lists its own."""

from exchange.gifts.urls import gifts_urls
from exchange.rates.urls import rates_urls

urlpatterns: list = [
    *gifts_urls,
    *rates_urls,
]
