"""The API addresses of the rooms that tell others."""

from loyalty.delivery.log.urls import log_urls
from loyalty.delivery.notifications.urls import notification_urls
from loyalty.delivery.webhooks.urls import webhook_urls

urlpatterns: list = [
    *log_urls,
    *notification_urls,
    *webhook_urls,
]
