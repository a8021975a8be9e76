"""The API addresses of this room; the list of vouchers stands with those that issue them."""

from django.urls import path

from programs.rewards.vouchers import views

vouchers_urls: list = [
    path("vouchers/<str:voucher>", views.VoucherView.as_view(), name="voucher"),
    path("vouchers/<str:voucher>/validate", views.ValidateView.as_view(), name="voucher-validate"),
    path("vouchers/<str:voucher>/redeem", views.RedeemView.as_view(), name="voucher-redeem"),
    path("vouchers/<str:voucher>/rollback", views.RollbackView.as_view(), name="voucher-rollback"),
]
