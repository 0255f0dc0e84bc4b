"""The names of the levels of a panel's index."""

KEYS = ("state", "partner", "year")
