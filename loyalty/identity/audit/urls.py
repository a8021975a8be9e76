"""The address of this room, below /api/."""

from django.urls import path

from loyalty.identity.audit import views

urlpatterns = [path("history", views.HistoryView.as_view(), name="history")]
