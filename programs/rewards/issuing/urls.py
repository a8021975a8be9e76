"""The API addresses of this room."""

issuing_urls: list = []
