"""Tills without a line: what they redeem is signed, counted and chained, and settled when they are back."""
