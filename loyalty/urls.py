"""Every address of the service, by room."""

urlpatterns: list = []
