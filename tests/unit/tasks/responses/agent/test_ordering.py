"""A request for the agent as an order: what it says, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from pullwright.protocol.errors import FixSettings, Unsupported
from pullwright.protocol.policy import Budget
from pullwright.tasks.responses.agent.following import verdict_of
from pullwright.tasks.responses.agent.ordering import order_of
from told_responses import asking

IMAGE = "data:image/png;base64,AAAA"


def test_a_whole_request_is_a_whole_order() -> None:
    metadata = {
        "ref": "next", "mode": "ask", "attempts": "3", "budget": "$2.50", "budget_tokens": "1000", "model": "fast",
        "title": "Why", "template": "bug-triage", "environment": "ci", "priority": "-1", "deadline": "60", "ticket": "X-1",
        "approval": "auto-edit",
    }  # fmt: skip
    message = {"role": "user", "content": [{"type": "input_text", "text": "Why?"}, {"type": "input_image", "image_url": IMAGE}]}
    asked = asking([{"role": "developer", "content": "Be brief."}, message], metadata=metadata, instructions="Go.")
    order = order_of(asked, "", "once")
    assert (order.prompt, order.images) == ("Go.\n\nBe brief.\n\nWhy?", (IMAGE,))
    assert (order.project, order.ref, order.mode, order.attempts) == ("shop", "next", "ask", 3)
    assert (order.approval, order_of(asking("Go"), "", "").approval) == ("auto-edit", "full-auto")
    assert (order.model, order.template, order.environment, order.title) == ("fast", "bug-triage", "ci", "Why")
    assert (order.budget, order.priority, order.deadline) == (Budget(usd=2.5, tokens=1000), -1, 60.0)
    assert (order.dedup, order.source.kind) == ("once", "api")


def test_the_keys_project_is_meant_where_none_is_named() -> None:
    assert order_of(asking("Go", metadata={"project": ""}), "proj_1", "").project == "proj_1"
    with pytest.raises(FixSettings, match=r"metadata\.project"):
        order_of(asking("Go", metadata={"project": ""}), "", "")


@pytest.mark.parametrize(
    "metadata",
    [
        {"attempts": "two"},
        {"attempts": "0"},
        {"attempts": "1.5"},
        {"budget": "a lot"},
        {"budget": "-1"},
        {"budget": "nan"},
        {"budget": "inf"},
        {"budget_steps": "1e3"},
        {"deadline": "soon"},
        {"mode": "yolo"},
        {"approval": "yolo"},
    ],
)
def test_metadata_that_cannot_be_read_is_named(metadata: dict[str, str]) -> None:
    (name,) = metadata
    with pytest.raises(FixSettings, match=rf"metadata\.{name}") as refused:
        order_of(asking("Go", metadata=metadata), "", "")
    assert refused.value.fix


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([{"role": "assistant", "content": "Hello."}], r"input\[0\]"),
        (["Go", {"type": "function_call_output", "call_id": "c", "output": "1"}], r"input\[1\]"),
        ([{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}], r"input\[0\]\.content\[0\]"),
        ([{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}], r"input\[0\]\.content\[0\]"),
        ([{"role": "user", "content": [{"type": "input_image", "image_url": "file:///etc/passwd"}]}], r"content\[0\]"),
        ([{"role": "user", "content": "  "}], "asks for nothing"),
    ],
)
def test_what_says_nothing_to_do_is_refused(given: list[Any], where: str) -> None:
    items = [{"role": "user", "content": one} if isinstance(one, str) else one for one in given]
    with pytest.raises(FixSettings, match=where):
        order_of(asking(items), "", "")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"max_output_tokens": 100}, "max_output_tokens"),
        ({"text": {"format": {"type": "json_schema", "name": "x", "schema": {}}}}, "text.format"),
        ({"reasoning": {"effort": "high"}}, "reasoning.effort"),
        ({"temperature": 0.5}, "temperature"),
    ],
)
def test_what_a_task_cannot_heed_is_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(Unsupported) as refused:
        order_of(asking("Go", **fields), "", "")
    assert (refused.value.param, bool(refused.value.fix)) == (param, True)


def test_what_changes_nothing_is_let_be() -> None:
    fields = {"tools": [], "text": {"format": {"type": "text"}}, "reasoning": {}, "temperature": None, "service_tier": "auto"}
    assert order_of(asking("Go", **fields), "", "").prompt == "Go"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Yes.", "once"),
        ("ok", "once"),
        ("Always", "session"),
        ("no", "no"),
        ("No, use euros", "no"),
        ("Euros", None),
        ("None", None),
    ],
)
def test_an_answer_is_read(text: str, verdict: str | None) -> None:
    assert verdict_of(text) == verdict
