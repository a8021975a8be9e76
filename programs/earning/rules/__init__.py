"""A brand's earning rules: written as data, compiled once, decided without a database or a clock."""
