"""Figures and axes that a notebook shows by themselves; imports matplotlib, so import it late."""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["ShownAxes", "ShownFigure"]


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


class ShownFigure(Figure):
    """A figure that pyplot does not know, and that a notebook draws all the same."""

    def _repr_png_(self) -> bytes:
        return _png(self)


class ShownAxes(Axes):
    """Axes that a notebook shows with their figure, when they are the last value of a cell."""

    def _repr_png_(self) -> bytes:
        figure = self.get_figure()
        assert isinstance(figure, Figure)
        return _png(figure)
