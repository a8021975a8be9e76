"""Every address of the service, by room."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from loyalty.health import HealthView
from loyalty.http.urls import last_urls, page_urls
from loyalty.metrics import metrics

API_ROOMS = ["loyalty.http.urls", "loyalty.identity.urls", "programs.urls"]

urlpatterns = [
    path("api/health", HealthView.as_view(), name="health"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    *[path("api/", include(room)) for room in API_ROOMS if find_spec(room)],
    *page_urls,
    *[path("", include(room)) for room in ["loyalty.demo.urls"] if find_spec(room)],
    *last_urls,
]
handler400 = "loyalty.http.problems.handler400"
handler403 = "loyalty.http.problems.handler403"
handler404 = "loyalty.http.problems.handler404"
handler500 = "loyalty.http.problems.handler500"
