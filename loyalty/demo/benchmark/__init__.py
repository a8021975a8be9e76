"""How fast it is, measured from outside on a database of its own: ratios to a floor in the same run, not seconds."""
