"""The API addresses of this room."""

from django.urls import path

from exchange.rates import views

rates_urls: list = [
    path("rates", views.RatesView.as_view(), name="rates"),
    path("rates/routes", views.RoutesView.as_view(), name="rate-routes"),
    path("agreements", views.AgreementsView.as_view(), name="agreements"),
    path("agreements/<str:agreement>", views.AgreementView.as_view(), name="agreement"),
    path("agreements/<str:agreement>/accept", views.AgreementAcceptView.as_view(), name="agreement-accept"),
    path("agreements/<str:agreement>/end", views.AgreementEndView.as_view(), name="agreement-end"),
    path("bonuses", views.BonusesView.as_view(), name="bonuses"),
    path("bonuses/<str:bonus>/end", views.BonusEndView.as_view(), name="bonus-end"),
]
