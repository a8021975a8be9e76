"""The addresses of webhooks."""

from django.urls import path

from loyalty.delivery.webhooks import views

ONE = "webhooks/<str:webhook>"

webhook_urls = [
    path("webhooks", views.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/event-types", views.EventTypesView.as_view(), name="webhook-event-types"),
    path(ONE, views.WebhookView.as_view(), name="webhook"),
    path(f"{ONE}/test", views.WebhookTestView.as_view(), name="webhook-test"),
    path(f"{ONE}/rotate", views.WebhookRotateView.as_view(), name="webhook-rotate"),
    path(f"{ONE}/pause", views.WebhookPauseView.as_view(), name="webhook-pause"),
    path(f"{ONE}/enable", views.WebhookEnableView.as_view(), name="webhook-enable"),
    path(f"{ONE}/replay", views.WebhookReplayView.as_view(), name="webhook-replay"),
    path(f"{ONE}/deliveries", views.DeliveriesView.as_view(), name="webhook-deliveries"),
    path(f"{ONE}/deliveries/<str:delivery>", views.DeliveryView.as_view(), name="webhook-delivery"),
    path(f"{ONE}/deliveries/<str:delivery>/redeliver", views.RedeliverView.as_view(), name="webhook-redeliver"),
]
