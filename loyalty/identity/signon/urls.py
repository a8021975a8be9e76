"""The addresses of single sign-on. Two keep the names that allauth knows them by."""

from allauth.socialaccount import views as social
from django.urls import path

from loyalty.identity.signon import views

urlpatterns = [
    path("sso/", views.find, name="sign_on_find"),
    path("oidc/<slug:provider_id>/login/", views.start, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", views.come_back, name="openid_connect_callback"),
    path("sso/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
]
