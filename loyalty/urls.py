"""Every address of the service, by room."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from loyalty.delivery.notifications.pages import unsubscribe_page
from loyalty.health import HealthView
from loyalty.http.urls import last_urls, page_urls
from loyalty.http.ways import by_first_word
from loyalty.identity.logos.views import logo
from loyalty.identity.passwords.urls import page_urls as password_pages
from loyalty.identity.signin.views import lead_to_password, lead_to_sign_in
from loyalty.metrics import metrics
from programs.rewards.catalogue.pictures import picture
from programs.rewards.offline.urls import page_urls as till_pages
from programs.rewards.qr.urls import page_urls as qr_pages

# Before the admin's addresses are read, for they hold the pages themselves.
admin.site.login = lead_to_sign_in
admin.site.password_change = lead_to_password

api = by_first_word(
    [
        path("", include("loyalty.http.urls")),
        path("", include("loyalty.identity.urls")),
        path("", include("loyalty.delivery.urls")),
        path("", include("programs.urls")),
        path("", include("exchange.urls")),
        path("health", HealthView.as_view(), name="health"),
    ],
    busiest=("members", "transactions", "vouchers"),
)
urlpatterns = [
    path("api/", include(api)),
    path("metrics", metrics, name="metrics"),
    path("password/", include(password_pages)),
    path("admin/", admin.site.urls),
    path("accounts/", include("loyalty.identity.signin.urls")),
    path("logos/<uuid:brand_id>/<str:digest>.png", logo, name="logo"),
    path("rewards/<uuid:reward_id>/picture/<str:digest>", picture, name="reward-picture"),
    path("unsubscribe/<str:token>", unsubscribe_page, name="unsubscribe"),
    path("favicon.ico", RedirectView.as_view(url=static("loyalty/icon.svg")), name="favicon"),
    *page_urls,
    *qr_pages,
    *till_pages,
    path("", include("loyalty.demo.urls")),
    *last_urls,
]
handler400 = "loyalty.http.problems.handler400"
handler403 = "loyalty.http.problems.handler403"
handler404 = "loyalty.http.problems.handler404"
handler500 = "loyalty.http.problems.handler500"
