"""The API addresses of this room."""

from django.urls import path

from programs.rewards.stamps import views

stamps_urls: list = [
    path("stamp-cards", views.StampCardsView.as_view()),
    path("stamp-cards/<str:stamp_card>", views.StampCardView.as_view()),
    path("stamp-cards/<str:stamp_card>/join", views.JoinView.as_view()),
    path("stamp-cards/<str:stamp_card>/stamps", views.StampsView.as_view()),
    path("stamp-cards/<str:stamp_card>/voucher", views.TurnInView.as_view()),
    path("stamp-cards/<str:stamp_card>/progress", views.ProgressView.as_view()),
    path("members/<str:member>/stamps", views.MemberStampsView.as_view()),
    path("members/<str:member>/stamps/<str:stamp>", views.MemberStampView.as_view()),
    path("programs/<str:program>/stamp-holders", views.StampHoldersView.as_view()),
]
