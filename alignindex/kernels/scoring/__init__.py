"""Codes, aggregation and the tree of an index."""
