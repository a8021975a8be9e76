"""The addresses of this room: those of the API, and the pages of the reference till."""

from django.urls import path

from programs.rewards.offline import pages, views

offline_urls = [
    path("tills", views.TillsView.as_view()),
    path("tills/<str:till>", views.TillView.as_view()),
    path("qr/sync", views.SyncView.as_view()),
]

page_urls = [
    path("till", pages.till, name="till"),
    path("till-worker.js", pages.worker, name="till-worker"),
]
