"""Opening published files: text, sheets and parquet, with an account of every record."""
