"""The API addresses of rules, campaigns, segments and kinds of event."""

from django.urls import path

from programs.earning.campaigns import views as campaigns
from programs.earning.event_types import views as event_types
from programs.earning.rulesets import schema_views
from programs.earning.rulesets import views as rulesets
from programs.earning.segments import views as segments

earning_urls = [
    path("programs/<str:program>/rulesets", rulesets.RuleSetsView.as_view()),
    path("programs/<str:program>/rulesets/schema", schema_views.RulesSchemaView.as_view()),
    path("programs/<str:program>/rulesets/<str:version>", rulesets.RuleSetView.as_view()),
    path("programs/<str:program>/rulesets/<str:version>/publish", rulesets.PublishView.as_view()),
    path("programs/<str:program>/campaigns", campaigns.CampaignsView.as_view()),
    path("campaigns/<str:campaign>", campaigns.CampaignView.as_view()),
    path("campaigns/<str:campaign>/activate", campaigns.ActivateView.as_view()),
    path("campaigns/<str:campaign>/pause", campaigns.PauseView.as_view()),
    path("campaigns/<str:campaign>/end", campaigns.EndView.as_view()),
    path("campaigns/<str:campaign>/metrics", campaigns.MetricsView.as_view()),
    path("segments", segments.SegmentsView.as_view()),
    path("segments/<str:segment>", segments.SegmentView.as_view()),
    path("segments/<str:segment>/members", segments.SegmentMembersView.as_view()),
    path("event-types", event_types.EventTypesView.as_view()),
    path("event-types/<str:event_type>", event_types.EventTypeView.as_view()),
]
