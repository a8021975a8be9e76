"""The API addresses of the app's rooms."""

membership_urls: list = []

activity_urls: list = []

urlpatterns = [*membership_urls, *activity_urls]
