"""Vouchers without a claim: many codes at once, birthdays, what rules give, and what runs out."""
