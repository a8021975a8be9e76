"""The API addresses of tills. They stand before those of members, whom a word like `lookup` would name else."""

from django.urls import path

from programs.activity.gateway import views

gateway_urls: list = [
    path("members/lookup", views.LookUpView.as_view(), name="member-lookup"),
    path("transactions/accrue", views.AccrueView.as_view(), name="accrue"),
    path("transactions/accrue/batch", views.AccrueBatchView.as_view(), name="accrue-batch"),
    path("transactions/return", views.TillReturnView.as_view(), name="till-return"),
    path("receipts", views.ReceiptsView.as_view(), name="receipts"),
    path("receipts/claim", views.ReceiptClaimView.as_view(), name="receipt-claim"),
    path("receipts/<str:receipt>", views.ReceiptView.as_view(), name="receipt"),
]
