"""The API addresses of the rooms that tell others."""

urlpatterns: list = []
