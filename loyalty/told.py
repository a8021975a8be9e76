"""The types of events that the rooms of this app declare, in one place for whoever asks what there is."""

from loyalty.delivery.notifications import told as notifications
from loyalty.delivery.webhooks import told as webhooks
from loyalty.identity import told as identity
from loyalty.runs import told as runs

__all__ = ["identity", "notifications", "runs", "webhooks"]
