"""Net alignment between two poles, and distance to a weighted group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import Years, check_choice
from alignindex.base.errors import PanelError, first_three
from alignindex.geopolitics.layers import check_poles, layers, to_poles

__all__ = ["GROUPS", "group_distance", "net_alignment"]

# Members, the first whole year of membership and the last; None is open.
MEMBERSHIP: dict[str, tuple[tuple[str, int, int | None], ...]] = {
    "G7": (("CAN DEU FRA GBR ITA JPN USA", 1976, None),),
    "BRICS": (
        ("BRA CHN IND RUS", 2009, None), ("ZAF", 2011, None), ("ARE EGY ETH IRN", 2024, None),
        ("IDN", 2025, None),
    ),
    "EU": (
        ("BEL DEU FRA ITA LUX NLD", 1958, None), ("DNK IRL", 1973, None), ("GBR", 1973, 2019),
        ("GRC", 1981, None), ("ESP PRT", 1986, None), ("AUT FIN SWE", 1995, None),
        ("CYP CZE EST HUN LTU LVA MLT POL SVK SVN", 2005, None), ("BGR ROU", 2007, None),
        ("HRV", 2014, None),
    ),
}  # fmt: skip
GROUPS: dict[str, dict[str, tuple[int, int | None]]] = {
    name: {state: (first, last) for names, first, last in parts for state in names.split()}
    for name, parts in MEMBERSHIP.items()
}


def net_alignment(
    data: Any,
    *,
    poles: tuple[str, str] = ("USA", "CHN"),
    over: str = "sample",
    value: str = "distance",
    years: Years = None,
) -> pd.DataFrame:
    r"""Return the net alignment of states between two poles, in [-1, 1].

    :math:`n_{it} = (d_{it,2} - d_{it,1}) / m`, where :math:`d_{it,p}` is the distance to pole p
    and m the largest :math:`|d_2 - d_1|` of the sample, or of the year. 1 is wholly with the first
    pole, -1 wholly with the second, 0 as far from one as from the other.

    Parameters
    ----------
    data : DataFrame
        Points (state, year, point) or distances (state, partner, year, `value`).
    poles : (str, str)
        The first is the positive end.
    over : {"sample", "year"}
        With ``"sample"`` values are comparable over years; with ``"year"`` a pole has 1 in every
        year, however near the two are.
    value : str
        Column of the distances.
    years : int, (first, last) or list of int, optional
        With ``over="sample"``, these years are the sample.

    Returns
    -------
    DataFrame
        Index (state, year), sorted: ``to_<pole>`` for both, ``net_alignment``. NaN where a
        distance or a pole is missing, or where the poles do not differ.

    Raises
    ------
    PanelError
        Poles or years that do not occur, tables that cannot be used.

    References
    ----------
    Airaudo, de Soyres, Richards & Santacreu (2025), doi:10.17016/IFDP.2025.1408, use the
    difference of the two distances scaled over the sample.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame(
    ...     {"state": ["BRA", "CHN", "USA"], "year": 2024, "point": [0.5, -1.0, 3.0]}
    ... )
    >>> ai.geopolitics.net_alignment(points)["net_alignment"].tolist()
    [-0.25, -1.0, 1.0]
    """
    check_choice(over, "over", ("sample", "year"))
    found = layers(data, value=value, years=years)
    check_poles(poles, found)
    blocks = []
    for layer in found:
        first, second = to_poles(layer, poles)
        block = {"state": layer.states, "year": layer.year, f"to_{poles[0]}": first}
        blocks.append(pd.DataFrame(block | {f"to_{poles[1]}": second}))
    table = pd.concat(blocks, ignore_index=True)
    net = table[f"to_{poles[1]}"] - table[f"to_{poles[0]}"]
    size = net.abs()
    most = size.groupby(table["year"]).transform("max") if over == "year" else size.max()
    table["net_alignment"] = net / np.where(np.asarray(most) > 0, most, np.nan)
    return table.set_index(["state", "year"]).sort_index()


def group_distance(
    data: Any,
    members: str | Iterable[str],
    *,
    weights: Mapping[str, float] | None = None,
    value: str = "distance",
    years: Years = None,
) -> pd.DataFrame:
    r"""Return the mean distance of states to the members of a group.

    :math:`\sum_m w_m d_{im} / \sum_m w_m` over the members other than i itself.

    Parameters
    ----------
    data : DataFrame
        Points or distances, as in `net_alignment`.
    members : str or iterable of str
        ``"EU"``, ``"G7"`` or ``"BRICS"``, with the members of each year, or states.
    weights : mapping of str to float, optional
        Weights of the members, such as their GDP; equal unless given.
    value : str
        Column of the distances.
    years : int, (first, last) or list of int, optional

    Returns
    -------
    DataFrame
        Index (state, year): ``group_distance``, over the members with a distance; ``coverage``,
        their share of the weight (of members other than the state itself). NaN and 0 where no
        member has one.

    Raises
    ------
    PanelError
        A group that is not known, members without a weight, weights below 0.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame({"state": ["BRA", "CAN", "USA"], "year": 2024, "point": [0.0, 1, 4]})
    >>> found = ai.geopolitics.group_distance(points, ["CAN", "USA"], weights={"CAN": 1, "USA": 3})
    >>> found.loc[("BRA", 2024), "group_distance"]
    np.float64(3.25)
    """
    if isinstance(members, str) and members not in GROUPS:
        raise PanelError(f"members takes {', '.join(GROUPS)} or a list of states; got {members!r}")
    spans: dict[str, tuple[int, int | None]]
    spans = GROUPS[members] if isinstance(members, str) else dict.fromkeys(members, (0, None))
    if not spans:
        raise PanelError("members is empty: name at least one state")
    heavy = dict.fromkeys(spans, 1.0) if weights is None else dict(weights)
    bad = [m for m in spans if not heavy.get(m, -1) >= 0 or not np.isfinite(heavy[m])]
    if bad:
        raise PanelError(
            f"every member needs a weight of 0 or more; {first_three(bad)} has none: add it to "
            "weights"
        )
    blocks = []
    for layer in layers(data, value=value, years=years):
        there = [m for m, (a, b) in spans.items() if a <= layer.year <= (b or 9999)]
        total, held, part = np.zeros((3, layer.states.size))
        for member in there:
            place, weight = layer.place(member), float(heavy[member])
            total += np.where(layer.states == member, 0.0, weight)
            if place is not None:
                gap = layer.distance[:, place]
                known = ~np.isnan(gap) & (layer.states != member)
                held += np.where(known, weight, 0.0)
                part += np.where(known, weight * gap, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = {
                "state": layer.states,
                "year": layer.year,
                "group_distance": np.where(held > 0, part / held, np.nan),
                "coverage": np.where(total > 0, held / total, 0.0),
            }
        blocks.append(pd.DataFrame(found))
    return pd.concat(blocks, ignore_index=True).set_index(["state", "year"]).sort_index()
