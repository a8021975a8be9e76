"""Vouchers: codes, what they take off an order, redeeming, rolling back, disabling, moving."""
