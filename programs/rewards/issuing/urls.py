"""The API addresses of this room."""

from django.urls import path

from programs.rewards.issuing import views

issuing_urls: list = [
    path("members/<str:member>/badges", views.MemberBadgesView.as_view(), name="member-badges"),
    path("vouchers", views.IssuingView.as_view(), name="vouchers"),
    path("voucher-batches", views.BatchesView.as_view(), name="voucher-batches"),
    path("voucher-batches/<str:batch>", views.BatchView.as_view(), name="voucher-batch"),
    path("voucher-batches/<str:batch>/codes", views.BatchCodesView.as_view(), name="voucher-batch-codes"),
    path("voucher-batches/<str:batch>/disable", views.BatchDisableView.as_view(), name="voucher-batch-disable"),
]
