"""The addresses of the exchange; each room lists its own."""

urlpatterns: list = []
