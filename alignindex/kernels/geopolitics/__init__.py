"""Kernels of `geopolitics`: Shapley parts, blocs, exposure."""
