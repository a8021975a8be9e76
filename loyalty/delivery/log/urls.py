"""The addresses of the log. Its list is told from the app that knows programs."""

from django.urls import path

from loyalty.delivery.log import views

log_urls = [
    path("asyncapi", views.AsyncApiView.as_view(), name="asyncapi"),
]
