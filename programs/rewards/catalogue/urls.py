"""The API addresses of this room."""

catalogue_urls: list = []
