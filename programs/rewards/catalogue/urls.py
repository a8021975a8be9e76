"""The API addresses of this room."""

from django.urls import path

from programs.rewards.catalogue import views

catalogue_urls: list = [
    path("rewards", views.RewardsView.as_view()),
    path("rewards/<str:reward>", views.RewardView.as_view()),
    path("rewards/<str:reward>/picture", views.RewardPictureView.as_view()),
    path("rewards/<str:reward>/codes", views.RewardCodesView.as_view()),
]
