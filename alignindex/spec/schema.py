"""JSON Schema of spec files, for editors that complete and check; made from the models.

``python -m alignindex.spec.schema`` writes it anew.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pydantic

from alignindex.spec.model import IndexSpec

__all__ = ["PATH", "spec_schema", "write"]

PATH = Path(__file__).with_name("schema.json")


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec file.

    A file that ``extends`` another needs its own `schema_version`, `name` and `fidelity` only, and
    of each part that it changes the name.

    Examples
    --------
    >>> sorted(spec_schema()["$defs"]["Band"]["properties"])
    ['hi', 'lo', 'name']
    """
    whole = IndexSpec.model_json_schema(ref_template="#/$defs/{model}")
    parts = whole.pop("$defs")
    extending = copy.deepcopy(whole)
    extending["required"] = ["schema_version", "name", "fidelity", "extends"]
    extending["properties"] |= {
        "extends": {"type": "string", "minLength": 1, "title": "Extends"},
        "remove": {"type": "array", "items": {"type": "string"}, "title": "Remove"},
    }
    for key in ("indicators", "nodes", "bands", "alternatives"):
        extending["properties"][key] = {
            "type": "array",
            "items": {"type": "object", "required": ["name"]},
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"made by python -m alignindex.spec.schema with pydantic {pydantic.VERSION}",
        "title": "Index spec of alignindex",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/ExtendingSpec"},
        "else": {"$ref": "#/$defs/IndexSpec"},
        "$defs": {**parts, "IndexSpec": whole, "ExtendingSpec": extending},
    }


def write(path: Path = PATH) -> None:
    """Write the schema into a file, by default the one that is shipped."""
    text = json.dumps(spec_schema(), indent=2, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
