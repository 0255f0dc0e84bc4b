"""Slow twins of the kernels, written from the definitions with plain loops: the tests' oracle."""
