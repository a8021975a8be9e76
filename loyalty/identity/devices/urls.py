"""The addresses of this room, below /api/."""

from django.urls import path

from loyalty.identity.devices import views

urlpatterns = [
    path("auth/devices", views.DevicesView.as_view(), name="devices"),
    path("auth/devices/<str:device>", views.DeviceView.as_view(), name="device"),
    path("auth/step-up", views.StepUpView.as_view(), name="step-up"),
    path("auth/step-up/confirm", views.StepUpConfirmView.as_view(), name="step-up-confirm"),
    path("users/me/email", views.EmailView.as_view(), name="email"),
    path("users/me/email/confirm", views.EmailConfirmView.as_view(), name="email-confirm"),
]
