"""The addresses of this room: those of the API, and pages for everybody."""

from django.urls import path

from programs.rewards.qr import views
from programs.rewards.qr.jwks import key_set
from programs.rewards.qr.pictures import png_picture, svg_picture

qr_urls = [
    path("qr", views.ShowView.as_view(), name="qr"),
    path("qr/scan", views.ScanView.as_view(), name="qr-scan"),
]

# Outside of api/: the public keys, and pictures by addresses that only who asked for them knows.
page_urls = [
    path(".well-known/jwks.json", key_set, name="jwks"),
    path("qr/<str:sealed>.svg", svg_picture, name="qr-svg"),
    path("qr/<str:sealed>.png", png_picture, name="qr-png"),
]
