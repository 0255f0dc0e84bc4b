"""Specs made from other specs: what ``extends`` and the levels of an alternative change."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignindex.base.errors import SpecError, closest
from alignindex.spec.packs import spec_text
from alignindex.spec.toml import read

if TYPE_CHECKING:
    from alignindex.spec.model import IndexSpec

__all__ = ["merge", "resolve", "varied"]

# Lists of named parts: a part of the same name is changed, a new one is added.
PARTS = ("nodes", "indicators", "bands", "alternatives")
# What a base says about itself does not hold for the spec that is made from it.
OWN = ("name", "fidelity", "version", "derived_from")


def resolve(
    content: Mapping[str, Any],
    *,
    where: str,
    folder: Path | None = None,
    seen: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Put the whole content of a spec together, following ``extends``.

    Parameters
    ----------
    content : mapping
        As in the file; given back as it is if it extends nothing.
    where : str
        Names the content in an error.
    folder : Path, optional
        Folder that a relative path in ``extends`` starts from.
    seen : tuple of str
        Specs that are being put together, from the first.

    Raises
    ------
    SpecError
        If the base is unknown or extends itself, or a change has nothing to change.
    """
    if "extends" not in content:
        return dict(content)
    name = content["extends"]
    if not isinstance(name, str) or not name:
        raise SpecError(f"{where}: extends takes the name of a spec or a .toml path; got {name!r}")
    if content.get("schema_version") != 2:
        raise SpecError(f"{where}: extends needs schema_version = 2")
    base, key, home = _base(name, folder, where)
    if key in seen:
        raise SpecError(f"{where}: extends goes in a circle: {' → '.join([*seen, key])}")
    whole = resolve(base, where=f"spec {name!r}", folder=home, seen=(*seen, key))
    for own in OWN:
        whole.pop(own, None)
    change = {k: v for k, v in content.items() if k != "extends"}
    return merge(whole, change, where=where) | {"derived_from": name}


def _base(name: str, folder: Path | None, where: str) -> tuple[dict[str, Any], str, Path | None]:
    """Content of a base, a key that tells it from other files, and its folder."""
    if not name.endswith(".toml"):
        return read(spec_text(name, where=f"{where}: extends"), f"spec {name!r}"), name, None
    path = (folder or Path()) / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SpecError(f"{where}: extends {name!r}, which cannot be read: {reason}") from None
    return read(text, f"spec file {name!r}"), str(path.resolve()), path.parent


def merge(
    base: Mapping[str, Any], change: Mapping[str, Any], *, where: str = "the change"
) -> dict[str, Any]:
    """Return the content of a spec with some of its keys changed.

    Parts in lists (indicators, nodes, bands) are found by their name and changed key by key; a
    table such as ``rule`` is changed key by key too, unless the change gives its `kind` and so
    replaces it. ``remove`` lists names of parts, or ``"part.key"``, to leave out first; the kind
    goes before a name that parts of two kinds share: ``"bands.low"``.

    Raises
    ------
    SpecError
        If there is nothing of that name to change or remove, or more than one thing to remove, or
        the parts of either are not lists of tables with names.

    Examples
    --------
    >>> base = {"indicators": [{"name": "a", "weight": 1.0, "cut": 0.5}, {"name": "b"}]}
    >>> merge(base, {"indicators": [{"name": "a", "weight": 2.0}], "remove": ["b", "a.cut"]})
    {'indicators': [{'name': 'a', 'weight': 2.0}]}
    """
    for content, whose in ((base, f"{where}: in the base, "), (change, f"{where}: ")):
        _check_parts(content, whose)
    out = copy.deepcopy(dict(base))
    for name in _names(change.get("remove", []), where):
        _remove(out, name, where)
    if change.get("missing", "carry") != "carry":  # what only carrying reads goes with it
        for part in (out, *out.get("indicators", [])):
            part.pop("carry_years", None)
        out.pop("carry_until", None)
    for key, value in change.items():
        if key in PARTS:
            out[key] = _merged(key, out.get(key, []), value, where)
        elif key != "remove":
            out[key] = copy.deepcopy(value)
    return out


def _check_parts(content: Mapping[str, Any], whose: str) -> None:
    """Refuse parts that cannot be found by name or changed key by key."""
    for kind in PARTS:
        parts = content.get(kind, [])
        if not isinstance(parts, (list, tuple)) or not all(isinstance(p, Mapping) for p in parts):
            raise SpecError(f"{whose}{kind} must be a list of tables; got {parts!r}")
        for place, part in enumerate(parts, 1):
            name = part.get("name")
            if not isinstance(name, str):
                got = f"got {name!r}" if "name" in part else "it has none"
                raise SpecError(f"{whose}{kind} > {place} needs a name in text; {got}")
            for key in ("rule", "window"):
                if not isinstance(part.get(key) or {}, Mapping):
                    raise SpecError(
                        f"{whose}{kind} > {name!r} > {key} must be a table; got {part[key]!r}"
                    )


def _names(value: object, where: str) -> list[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        raise SpecError(f"{where}: remove takes a list of names; got {value!r}")
    return list(value)


def _remove(content: dict[str, Any], name: str, where: str) -> None:
    """Take out a part by its name, or one key of a part."""
    known: list[str] = []
    found: dict[str, tuple[int, str]] = {}
    for kind in PARTS:
        wanted = (name, name.removeprefix(f"{kind}."))
        for place, part in enumerate(content.get(kind, [])):
            known.append(part["name"])
            if part["name"] in wanted:
                found.setdefault(kind, (place, ""))
            for one in wanted:
                key = one.removeprefix(f"{part['name']}.")
                if key != one and key in part:
                    found.setdefault(kind, (place, key))
    if not found:
        raise SpecError(
            f"{where}: remove names {name!r}, and the base has no such part or key"
            f"{closest(name.partition('.')[0], known)}"
        )
    if len(found) > 1:
        ways = " or ".join(repr(f"{kind}.{name}") for kind in found)
        raise SpecError(
            f"{where}: remove names {name!r}, which is in {' and in '.join(found)}: write {ways}"
        )
    ((kind, (place, key)),) = found.items()
    if key:
        del content[kind][place][key]
    else:
        del content[kind][place]


def _merged(
    kind: str, base: list[dict[str, Any]], change: list[dict[str, Any]], where: str
) -> list[Any]:
    out = copy.deepcopy(list(base))
    known = {part["name"]: part for part in out}
    for part in change:
        name = part["name"]
        if name in known:
            _update(known[name], part)
            continue
        if kind == "indicators" and not {"columns", "rule"} <= set(part):
            raise SpecError(
                f"{where}: {kind} > {name!r} changes an indicator that the base does not have"
                f"{closest(name, known)}; a new one needs columns and a rule"
            )
        out.append(copy.deepcopy(dict(part)))
    return out


def _update(part: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if key in ("rule", "window") and isinstance(value, Mapping) and "kind" not in value:
            part[key] = {**(part.get(key) or {}), **copy.deepcopy(dict(value))}
        else:
            part[key] = copy.deepcopy(value)


def varied(spec: IndexSpec, choices: Mapping[str, str]) -> dict[str, Any]:
    """Content of a spec under levels of its alternatives, without alternatives of its own.

    Raises
    ------
    SpecError
        If there is no such alternative or level.
    """
    known = {alternative.name: alternative for alternative in spec.alternatives}
    for one in choices:
        if one not in known:
            raise SpecError(
                f"spec {spec.name!r} has no alternative {one!r}{closest(one, known)}; it has "
                f"{', '.join(known) or 'none'}"
            )
    content = spec.model_dump(mode="json", exclude_none=True)
    content.pop("alternatives", None)
    for alternative in spec.alternatives:
        if alternative.name not in choices:
            continue
        wanted = choices[alternative.name]
        levels = {one.name: one for one in alternative.levels}
        if wanted not in levels:
            raise SpecError(
                f"alternative {alternative.name!r} has no level {wanted!r}"
                f"{closest(wanted, levels)}; it has {', '.join(levels)}"
            )
        where = f"alternative {alternative.name!r}, level {wanted!r}"
        content = merge(content, levels[wanted].change, where=where)
        content["name"] += f" [{alternative.name}: {wanted}]"
    return content
