"""The API addresses of this room."""

from django.urls import path

from loyalty.delivery.notifications import member_views, views

notification_urls: list = [
    path("notification-settings", views.SettingsView.as_view()),
    path("notification-kinds", views.KindsView.as_view()),
    path("notification-templates", views.TemplatesView.as_view()),
    path("notification-templates/preview", views.PreviewView.as_view()),
    path("notification-templates/<str:template>", views.TemplateView.as_view()),
    path("notification-templates/<str:template>/test", views.TestView.as_view()),
    path("notifications", views.NotificationsView.as_view()),
    path("notifications/<str:notification>/read", member_views.MessageReadView.as_view()),
    path("members/<str:member>/notifications", member_views.InboxView.as_view()),
    path("members/<str:member>/notifications/read", member_views.InboxReadView.as_view()),
    path("members/<str:member>/notifications/<str:notification>", member_views.MessageView.as_view()),
    path("members/<str:member>/notifications/<str:notification>/read", member_views.MemberMessageReadView.as_view()),
    path("members/<str:member>/notification-choices", member_views.ChoicesView.as_view()),
    path("members/<str:member>/push-tokens", member_views.PushTokensView.as_view()),
]
