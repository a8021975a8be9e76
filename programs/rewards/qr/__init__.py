"""Codes that a till reads: signed, short-lived, used once, and checked without a line."""
