"""The addresses of the landing page and its live demo."""

from django.urls import path

from loyalty.demo.views import demo_key, landing

urlpatterns = [
    path("", landing, name="landing"),
    path("demo/key", demo_key, name="demo-key"),
]
