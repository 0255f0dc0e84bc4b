"""Specs of the example pack: one TOML file each in the folder `specs`."""
