"""Numpy kernels: arrays in, arrays out; no pandas, no pydantic, no I/O, no checks."""
