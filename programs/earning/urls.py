"""The API addresses of rules, campaigns, segments and kinds of event."""

from django.urls import path

from programs.earning.rulesets import views as rulesets

earning_urls = [
    path("programs/<str:program>/rulesets", rulesets.RuleSetsView.as_view()),
    path("programs/<str:program>/rulesets/<str:version>", rulesets.RuleSetView.as_view()),
    path("programs/<str:program>/rulesets/<str:version>/publish", rulesets.PublishView.as_view()),
]
