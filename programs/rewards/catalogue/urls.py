"""The API addresses of this room."""

from django.urls import path

from programs.rewards.catalogue import offer_views, views

catalogue_urls: list = [
    path("rewards", views.RewardsView.as_view()),
    path("rewards/<str:reward>", views.RewardView.as_view()),
    path("rewards/<str:reward>/picture", views.RewardPictureView.as_view()),
    path("rewards/<str:reward>/codes", views.RewardCodesView.as_view()),
    path("offers/available", offer_views.OffersView.as_view()),
    path("offers/holds/<str:stock_hold>", offer_views.StockHoldView.as_view()),
    path("offers/<str:reward>/claim", offer_views.ClaimView.as_view()),
    path("offers/<str:reward>/hold", offer_views.StockHoldsView.as_view()),
    path("vouchers/<str:voucher>/cancel", offer_views.ClaimCancelView.as_view()),
]
