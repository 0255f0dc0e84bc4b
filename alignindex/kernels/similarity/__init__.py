"""Similarity measures, their tables and standard errors."""
