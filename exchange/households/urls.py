"""The API addresses of this room."""

from django.urls import path

from exchange.households import views

households_urls: list = [
    path("households", views.HouseholdsView.as_view()),
    path("households/<str:household>", views.HouseholdView.as_view()),
    path("households/<str:household>/invite", views.InviteView.as_view()),
    path("households/<str:household>/join", views.JoinView.as_view()),
    path("households/<str:household>/decline", views.DeclineView.as_view()),
    path("households/<str:household>/leave", views.LeaveView.as_view()),
    path("households/<str:household>/remove", views.RemoveView.as_view()),
    path("households/<str:household>/redeem", views.SpendView.as_view()),
    path("pooled-spends/<str:spend>/reverse", views.SpendReverseView.as_view()),
]
