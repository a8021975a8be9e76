"""The API addresses of this room."""

stamps_urls: list = []
