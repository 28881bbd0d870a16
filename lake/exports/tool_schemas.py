"""The tools of a sample in one form: functions with a JSON schema of their parameters, as every loader reads them.

Sources wrap a function as `{"type": "function", "function": …}` or not, hold the list as a JSON text, give Anthropic's
`input_schema`, or describe parameters by types of Python, which is no schema (xLAM: `{"word": {"type": "str"}}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from lake.exports.base import Row, Unfit
from lake.formats.values import parsed_json

_NAMES = ("tools", "functions")
_SCHEMA = ("properties", "$ref", "anyOf", "oneOf", "allOf")
_PYTHON = {
    "str": "string", "string": "string", "int": "integer", "integer": "integer", "float": "number", "number": "number",
    "bool": "boolean", "boolean": "boolean", "list": "array", "tuple": "array", "set": "array", "array": "array",
    "dict": "object", "object": "object",
}  # fmt: skip
"""Names of types in Python, and those of JSON schemas."""


def given(row: Row) -> tuple[str, list[Any]] | None:
    """The column of the source that holds the tools (`tools` or `functions`), and its list, which is not empty."""
    meta = row.get("meta")
    if meta is None or not any(f'"{name}"' in meta for name in _NAMES):
        return None
    held = orjson.loads(meta)
    for name in _NAMES if isinstance(held, dict) else ():
        value = held.get(name)
        value = parsed_json(value) if isinstance(value, str) else value
        value = [value] if isinstance(value, dict) else value
        if isinstance(value, list) and value:
            return name, value
    return None


def functions(row: Row) -> list[dict[str, Any]] | None:
    """The functions a sample's model may call, each with name and parameters; raises Unfit where a tool is none."""
    found = given(row)
    return None if found is None else [_function(tool) for tool in found[1]]


def wrapped(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The functions as OpenAI's tools."""
    return [{"type": "function", "function": function} for function in found]


def _function(tool: Any) -> dict[str, Any]:
    tool = parsed_json(tool) if isinstance(tool, str) else tool
    function = tool.get("function", tool) if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str) or not function["name"]:
        raise Unfit("a tool that is no function with a name")
    kept = {key: value for key, value in function.items() if key != "input_schema" and value is not None}
    if kept.get("type") == "function":
        del kept["type"]  # OpenAI's responses API has it beside the name
    return kept | {"parameters": _schema(function.get("parameters") or function.get("input_schema"))}


def _schema(parameters: Any) -> dict[str, Any]:
    """The parameters as a JSON schema of an object."""
    parameters = parsed_json(parameters) if isinstance(parameters, str) else parameters
    if not parameters:
        return {"type": "object", "properties": {}}
    if not isinstance(parameters, Mapping):
        raise Unfit("a tool whose parameters are no object")
    if parameters.get("type") == "object" or any(key in parameters for key in _SCHEMA):
        return {"type": "object", **parameters, "properties": parameters.get("properties") or {}}
    if not all(isinstance(value, Mapping) for value in parameters.values()):
        raise Unfit("a tool whose parameters are neither a schema nor described one by one")
    properties = {name: _property(described) for name, described in parameters.items()}
    required = [name for name, described in parameters.items() if _required(described)]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _required(described: Mapping[str, Any]) -> bool:
    stated = described.get("required")
    if isinstance(stated, bool):
        return stated
    return "default" not in described and "optional" not in str(described.get("type", "")).lower()


def _property(described: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter with its type in the words of JSON schemas; a type nobody knows is left to the description."""
    kept = {key: value for key, value in described.items() if not (key == "required" and isinstance(value, bool))}
    stated = kept.pop("type", None)
    if isinstance(stated, list):
        return {"type": stated, **kept}
    word = str(stated or "").lower().removesuffix(", optional").strip()
    word = word.removeprefix("optional[").split("[")[0].split(",")[0].rstrip("]").strip()
    return ({"type": _PYTHON[word]} if word in _PYTHON else {}) | kept
