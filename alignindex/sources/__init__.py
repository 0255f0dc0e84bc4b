"""Readers of published files, one module a family; each returns a tidy table and a SourceInfo."""
