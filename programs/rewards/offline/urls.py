"""The API addresses of this room."""

offline_urls: list = []
