"""Paths over time, segments and the dating of breaks."""
