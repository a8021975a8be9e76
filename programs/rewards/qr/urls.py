"""The API addresses of this room."""

qr_urls: list = []
