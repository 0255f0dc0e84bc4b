"""The panel: its index, its columns, choosing rows, reading a file, building and checking."""
