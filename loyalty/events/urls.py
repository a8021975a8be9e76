"""The API addresses of the log."""

urlpatterns: list = []
