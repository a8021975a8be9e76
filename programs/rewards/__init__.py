"""What points buy: rewards, vouchers, stamp cards, and the codes that a till redeems, on line or off."""
