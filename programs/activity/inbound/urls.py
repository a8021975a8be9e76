"""The API addresses of this room."""

from django.urls import path

from programs.activity.inbound import setting_up_views as setting_up
from programs.activity.inbound import views

inbound_urls: list = [
    path("events", views.EventsView.as_view(), name="events"),
    path("events/from/<str:event_source>", views.EventSourceInView.as_view(), name="event-source-in"),
    path("events/in", views.InboundEventsView.as_view(), name="inbound-events"),
    path("events/in/unknown", views.UnknownTypesView.as_view(), name="inbound-unknown"),
    path("events/in/<str:inbound>", views.InboundEventView.as_view(), name="inbound-event"),
    path("events/in/<str:inbound>/retry", views.RetryView.as_view(), name="inbound-event-retry"),
    path("events/in/<str:inbound>/discard", views.DiscardView.as_view(), name="inbound-event-discard"),
    path("event-sources", setting_up.EventSourcesView.as_view(), name="event-sources"),
    path("event-sources/<str:event_source>", setting_up.EventSourceView.as_view(), name="event-source"),
    path(
        "event-sources/<str:event_source>/rotate",
        setting_up.SourceRotationView.as_view(),
        name="event-source-rotate",
    ),
    path("event-mappings", setting_up.EventMappingsView.as_view(), name="event-mappings"),
    path("event-mappings/try", setting_up.MappingTrialView.as_view(), name="event-mapping-try"),
    path("event-mappings/<str:mapping>", setting_up.EventMappingView.as_view(), name="event-mapping"),
    path("event-mappings/<str:mapping>/take-up", setting_up.TakeUpView.as_view(), name="event-mapping-take-up"),
]
