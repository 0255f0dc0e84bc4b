"""Ideal points: variational estimation, standard errors, spread."""
