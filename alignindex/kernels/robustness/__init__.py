"""Draws, ranks and sensitivity indices."""
