"""Members who spend their points together."""
