"""The addresses of this room: below /api/, and the pages below /password/."""

from django.urls import path

from loyalty.identity.passwords import pages, views

urlpatterns = [
    path("auth/password/forgot", views.ForgotView.as_view(), name="api-password-forgot"),
    path("auth/password/reset", views.ResetView.as_view(), name="api-password-reset"),
    path("auth/password/change", views.ChangeView.as_view(), name="api-password-change"),
]
page_urls = [
    path("forgot", pages.forgot, name="password-forgot"),
    path("reset", pages.reset, name="password-reset"),
]
