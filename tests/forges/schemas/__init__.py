"""Requests held against a forge's documented schema: method, path, query and body; what is not documented is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema


class Undocumented(Exception):
    """A request that the forge does not document; `status` is what it would answer."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Operation:
    def __init__(self, described: dict[str, Any]) -> None:
        self.method: str = described["method"]
        self.path: str = described["path"]
        self.query: dict[str, Any] = described.get("query") or {}
        self.path_parameters: dict[str, Any] = described.get("path_parameters") or {}
        self.body: dict[str, Any] | None = described.get("body")
        self.body_required: bool = described.get("body_required", False)
        self.pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))

    def check(self, found: re.Match[str], query: dict[str, str], body: Any) -> dict[str, str]:
        """The path's parameters. Raises `Undocumented`."""
        named = {name: unquote(value) for name, value in found.groupdict().items()}
        for name, value in named.items():
            _validate(value, self.path_parameters.get(name, {}), f"path parameter {name}", text=True)
        for name, value in query.items():
            if name not in self.query:
                raise Undocumented(400, f"{self.method} {self.path} has no query parameter {name}")
            _validate(value, self.query[name], f"query parameter {name}", text=True)
        if body is None:
            if self.body_required:
                raise Undocumented(400, f"{self.method} {self.path} needs a body")
        elif self.body is None:
            raise Undocumented(400, f"{self.method} {self.path} has no body")
        else:
            _validate(body, _closed(self.body), "body")
        return named


class Schema:
    """A forge's operations, as far as they are used (`NAME.json` beside this file says where they are from)."""

    def __init__(self, name: str) -> None:
        described = json.loads((Path(__file__).parent / f"{name}.json").read_text())
        self.operations = [Operation(one) for one in described["operations"]]
        # A path with fewer parameters is the more exact one.
        self.operations.sort(key=lambda operation: operation.path.count("{"))

    def find(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[Operation, dict[str, str]]:
        """The operation and its path's parameters. Raises `Undocumented`."""
        matching = [(operation, found) for operation in self.operations if (found := operation.pattern.fullmatch(path))]
        if not matching:
            raise Undocumented(404, f"{path} is not a documented path")
        for operation, found in matching:
            if operation.method == method:
                return operation, operation.check(found, query, body)
        raise Undocumented(405, f"{method} {path} is not documented")


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without room for what it does not name."""
    if "oneOf" in schema or "anyOf" in schema:
        key = "oneOf" if "oneOf" in schema else "anyOf"
        return {**schema, key: [_closed(one) for one in schema[key]]}
    if "properties" in schema and "additionalProperties" not in schema:
        properties = {name: _closed(one) for name, one in schema["properties"].items()}
        return {**schema, "properties": properties, "additionalProperties": False}
    return {**schema, "items": _closed(schema["items"])} if isinstance(schema.get("items"), dict) else schema


def _validate(value: Any, schema: dict[str, Any], what: str, *, text: bool = False) -> None:
    kinds = schema.get("type", "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if text and isinstance(value, str):
        if "integer" in kinds and re.fullmatch(r"-?\d+", value):
            value = int(value)
        elif "boolean" in kinds and value in ("true", "false"):
            value = value == "true"
        elif "array" in kinds:
            value = value.split(",")
    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        raise Undocumented(422, f"{what}{' at ' + where if where else ''}: {error.message}") from None
