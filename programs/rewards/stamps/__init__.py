"""Stamp cards: joined, stamped, full, and turned into a voucher."""
