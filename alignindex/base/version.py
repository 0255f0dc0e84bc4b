"""The version, read by the build and written into every result."""

__all__ = ["__version__"]

__version__ = "0.2.0"
