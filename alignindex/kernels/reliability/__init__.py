"""Coefficients of agreement and latent true codes."""
