"""What members ask of the exchange: quotes and exchanges, from asking to the answer."""
