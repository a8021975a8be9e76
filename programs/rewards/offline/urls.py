"""The addresses of this room: those of the API, and the pages of the reference till."""

from django.urls import path

from programs.rewards.offline import pages

offline_urls: list = []

page_urls = [
    path("till", pages.till, name="till"),
    path("till-worker.js", pages.worker, name="till-worker"),
]
