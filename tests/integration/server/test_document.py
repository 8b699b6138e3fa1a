"""The OpenAPI document is whole, and the server keeps to it whatever it is sent."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import Failure, FailureGroup

from api.world import MODELS, ApiWorld
from pullwright.server.responses.errors import spoken_at
from server_world import World

FAST = 2
SLOW = 60
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)


def document(world: World) -> dict[str, Any]:
    with world.client(key="read") as program:
        answer = program.get("/api/v1/openapi.json")
        assert answer.status_code == 200
        return answer.json()


def test_every_operation_says_what_it_takes_and_answers(world: World) -> None:
    told = document(world)
    assert told["openapi"].startswith("3.1")
    seen: set[str] = set()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["operationId"] not in seen, where
            seen.add(operation["operationId"])
            assert operation["summary"], where
            assert "security" in operation, where
            good = [status for status in operation["responses"] if status < "400"]
            assert good, where
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert set(answer["content"]) == {_refusal(path)}, where
                elif status not in ("204", "302", "303"):
                    assert answer["content"], where
            if method in ("post", "put", "patch") and "application/json" in operation.get("requestBody", {}).get("content", {}):
                assert "schema" in operation["requestBody"]["content"]["application/json"], where


def test_every_schema_is_one_and_every_reference_leads_somewhere(world: World) -> None:
    told = document(world)
    schemas = told["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema.get("description") or schema.get("anyOf"), name
    for reference in _references(told):
        assert reference.removeprefix("#/components/schemas/") in schemas


def _refusal(path: str) -> str:
    """Of what kind a refusal is: at `/v1` it is OpenAI's."""
    return "application/json" if spoken_at(path) else "application/problem+json"


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _references(inner)]
    return []


def test_every_example_holds_to_its_schema(world: World) -> None:
    told = document(world)
    count = 0
    for operations in told["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in content:
                schema = {**content["schema"], "components": told["components"]}
                jsonschema.validate(content["example"], schema)
                count += 1
    assert count > 15


STREAMS = r"/(stream|events)$"
SELF = r"^(/api/v1)?/(sign-out|links/(redeem|enter)|me/password|users/.*|keys/.*|first-run)$"
"""What would end the credentials that the run lives on, or take its people away."""


def _as_it_is(case: Any) -> None:
    pass


def run(world: World, headers: dict[str, str], count: int) -> None:
    """What schemathesis can think of, well and badly formed, against the running server."""
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document(world))))
    schema.config.update(base_url=world.url)
    failed: dict[str, str] = {}
    for result in schema.exclude(path_regex=STREAMS).exclude(path_regex=SELF).get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            try:
                tried(operation, mode, headers, count)
            except (FailureGroup, Failure) as error:
                inner = error.exceptions if isinstance(error, FailureGroup) else (error,)
                failed[operation.label] = " / ".join(f"{type(one).__name__}: {one}"[:600] for one in inner)
    assert failed == {}, failed


def tried(
    operation: Any, mode: GenerationMode, headers: dict[str, str], count: int, edit: Callable[[Any], None] = _as_it_is
) -> None:
    """`count` cases of one operation; `edit` may change each before it is sent."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Any) -> None:
        edit(case)
        case.call_and_validate(headers=headers, checks=list(CHECKS), timeout=30)

    with contextlib.suppress(Unsatisfiable):  # nothing can be wrong where nothing is taken
        attempt()


def _asks_a_model(case: Any) -> None:
    """A model that there is, where one is named: else every request ended there."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        names = ("fast", *MODELS.values())
        body["model"] = names[len(json.dumps(body, default=str)) % len(names)]


def try_models(folder: Path, count: int) -> None:
    """The API for other programs, with an upstream of each wire that answers."""
    failed: dict[str, str] = {}
    with ApiWorld.open(folder) as api:
        headers = {"Authorization": f"Bearer {api.key}"}
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document(api.world))))
        schema.config.update(base_url=api.world.url)
        for result in schema.include(path_regex=r"^/v1/").get_all_operations():
            for mode in GenerationMode:
                try:
                    tried(result.ok(), mode, headers, count, _asks_a_model)
                except (FailureGroup, Failure) as error:
                    inner = error.exceptions if isinstance(error, FailureGroup) else (error,)
                    failed[result.ok().label] = " / ".join(f"{type(one).__name__}: {one}"[:900] for one in inner)
    assert failed == {}, failed


def test_models_are_asked_whatever_can_be_thought_of(tmp_path: Path) -> None:
    try_models(tmp_path, 8)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_models_are_asked_so_for_long(tmp_path: Path) -> None:
    try_models(tmp_path, 100)


@pytest.mark.parametrize("who", ["nobody", "ada"])
def test_nothing_that_is_sent_breaks_the_server_or_its_word(world: World, who: str) -> None:
    run(world, _headers(world, who), FAST)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["nobody", "pat", "ada"])
def test_nothing_breaks_it_however_long_it_is_tried(world: World, who: str) -> None:
    run(world, _headers(world, who), SLOW)


def _headers(world: World, who: str) -> dict[str, str]:
    if who == "nobody":
        return {}
    with world.client(who) as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return {"Cookie": cookie, "X-CSRF-Token": browser.headers["x-csrf-token"]}
