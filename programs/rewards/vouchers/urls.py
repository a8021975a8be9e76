"""The API addresses of this room."""

vouchers_urls: list = []
