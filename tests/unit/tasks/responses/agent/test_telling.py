"""A turn's log told as a response: numbers that never move, items that the SDK and Open Responses know."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pullwright.protocol.events import (
    CommandRan,
    Event,
    FilesChanged,
    ItemAdded,
    ModelCalled,
    Noticed,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    Verified,
    raw_item,
)
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    OutputText,
    Reasoning,
    Refusal,
    SummaryText,
    TextPart,
    View,
)
from pullwright.protocol.outcomes import Succeeded
from pullwright.protocol.policy import Effect
from pullwright.protocol.usage import Usage
from pullwright.tasks.responses.agent.standing import Pull, Standing, Try
from pullwright.tasks.responses.agent.telling import tell
from told_responses import check, kinds, shell, text

TURN = "turn_1"
CREATED = "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+one\n+two\n"
CHANGED = "--- a/old.py\n+++ b/old.py\n@@ -1,2 +1,2 @@\n one\n-two\n+--- a/fake.py\n"


def said(view: View, source: Any = "model") -> Event:
    return ItemAdded(source=source, item=raw_item(Item.of(view)))


def called(name: str, arguments: str, call_id: str) -> Event:
    return said(FunctionCall(call_id=call_id, name=name, arguments=arguments))


def gave(output: Any, call_id: str) -> Event:
    return said(FunctionOutput(call_id=call_id, output=output), "tool")


def began(call_id: str, effect: Effect) -> Event:
    return ToolStarted(call_id=call_id, name="-", effect=effect)


def ended(call_id: str, *, ok: bool = True) -> Event:
    return ToolFinished(call_id=call_id, name="-", ok=ok)


def ran(call_id: str, **more: Any) -> Event:
    return CommandRan(call_id=call_id, command="-", cwd="/w", **more)


def logged(*events: Event) -> list[Event]:
    """The events as a log has them, all of one turn."""
    return [msgspec.structs.replace(event, seq=seq, turn=TURN, time=float(seq)) for seq, event in enumerate(events, 1)]


WHOLE = logged(
    ModelCalled(model="m", provider="p", usage=Usage(input=10, cached=4, output=3, reasoning=1), cost_usd=0.25),
    said(Reasoning(id="rs_1", summary=(SummaryText("First,"), SummaryText(" "), SummaryText("then.")), encrypted_content="x")),
    said(Reasoning(id="rs_1", encrypted_content="x")),
    said(Message(role="assistant", content=(OutputText("I look."),), id="msg_1")),
    called("exec", '{"command": ["ls", "false"]}', "c1"),
    called("read", '{"path": "old.py"}', "c2"),
    began("c1", "execute"),
    ran("c1", exit_code=0),
    ran("c1", exit_code=1),
    ended("c1"),
    gave("a\nb\n[1 exit 0]\noh no\n[2 exit 1, 2.0 s]", "c1"),
    began("c2", "read"),
    ended("c2"),
    gave((TextPart("1\tone"), ImagePart("data:image/png;base64,AAAA")), "c2"),
    called("write", '{"path": "new.py", "content": "one\\ntwo\\n"}', "c3"),
    said(CustomCall(call_id="c4", name="apply_patch", input="*** Begin Patch\n*** End Patch")),
    began("c3", "edit"),
    FilesChanged(call_id="c3", paths=("new.py", "old.py", "image.png"), diff=CREATED + CHANGED),
    ended("c3"),
    gave("new.py: written", "c3"),
    began("c4", "edit"),
    ended("c4", ok=False),
    said(CustomOutput(call_id="c4", output="the patch is empty"), "tool"),
    said(Message(role="user", content="A remark.")),
    said(Message(role="developer", content="A note."), "pullwright"),
    said(Message(role="assistant", content=(Refusal("I would rather not."),), id="msg_1")),
    called("exec", '{"command": "sleep 9"}', "c5"),
    called("process", "{}", "c6"),
    began("c5", "execute"),
    Noticed(level="warning", text="the disk is nearly full"),
    Noticed(level="info", text="nothing to see"),
    said(Message(role="assistant", content=(OutputText("Done."),), id="msg_9")),
    Verified(verdict="verified", why="one test went from red to green", command="t"),
    TurnFinished(outcome=Succeeded(why="the agent finished")),
)
GOING = Standing(task="task_1", state="running", attempts=(Try(attempt="att_1", turn=TURN, number=1, begun=True),))
DONE = Standing(
    task="task_1",
    state="review",
    attempts=(
        Try(
            attempt="att_1", turn=TURN, number=1, begun=True, outcome="succeeded", why="the agent finished",
            branch="pullwright/x",
            base="b" * 40, head="a" * 40, files=2, added=3, removed=1, verdict="verified", cost_usd=9.0, usage=Usage(input=99),
        ),
    ),
    pull_request=Pull(number=7, url="https://forge/7", state="open"),
    ended=5.5,
)  # fmt: skip


def test_all_that_a_turn_does_has_its_item() -> None:
    told, now = tell(shell("resp_1"), TURN, WHOLE, DONE, "https://here/tasks/task_1")
    check(told, now)
    assert kinds(now) == [
        "reasoning", "message", "shell_call", "shell_call_output", "function_call", "function_call_output",
        "apply_patch_call", "apply_patch_call_output", "apply_patch_call", "apply_patch_call_output",
        "apply_patch_call", "apply_patch_call_output", "custom_tool_call", "custom_tool_call_output", "message", "shell_call",
        "message", "function_call", "message",
    ]  # fmt: skip
    items = now["output"]
    assert [part["text"] for part in items[0]["summary"]] == ["First,", "then."]
    assert "x" not in items[0].values(), "what belongs to the model's provider stays here"
    assert items[2]["action"]["commands"] == ["ls", "false"]
    outputs = [(one["stdout"], one["outcome"]["exit_code"]) for one in items[3]["output"]]
    assert outputs == [("a\nb\n", 0), ("oh no\n", 1)]
    assert items[5]["output"] == "1\tone\n[an image]"
    edits = [item["operation"] for item in items if item["type"] == "apply_patch_call"]
    assert [(one["type"], one["path"]) for one in edits] == [
        ("create_file", "new.py"),
        ("update_file", "old.py"),
        ("update_file", "image.png"),
    ]
    assert edits[0]["diff"] == "+one\n+two\n"
    assert edits[1]["diff"].endswith("+--- a/fake.py\n"), "no content passes for the head of another file"
    assert items[17]["status"] == "incomplete", "what never began is told at the end"


def test_the_last_message_and_the_object_say_how_it_ended() -> None:
    told, now = tell(shell("resp_1"), TURN, WHOLE, DONE, "https://here/tasks/task_1")
    for word in (
        "**Done**: the agent finished.",
        "2 files, +3 −1",
        "`pullwright/x`",
        "verified: one test",
        "#7, https://forge/7",
    ):
        assert word in text(now)
    assert "$0.2500, 10 tokens in, 3 out" in text(now), "the log's figures, not the row's"
    assert "nearly full" in text(now)
    assert "nothing to see" not in text(now)
    assert "https://here/tasks/task_1" in text(now)
    assert now["usage"]["input_tokens_details"] == {"cached_tokens": 4, "cache_write_tokens": 0}
    assert (now["pullwright"]["cost_usd"], now["completed_at"]) == (0.25, 5)
    assert told[-1].usage == Usage(input=10, cached=4, output=3, reasoning=1)
    assert "".join(text(now, number) for number, kind in enumerate(kinds(now)) if kind == "message" and number != 14).startswith(
        "I look.\n\nDone.\n\n**Done**"
    )


def test_more_of_a_log_never_changes_what_was_told() -> None:
    whole, _ = tell(shell("resp_1"), TURN, WHOLE, DONE)
    for count in range(len(WHOLE)):
        told, now = tell(shell("resp_1"), TURN, WHOLE[:count], GOING)
        assert [frame.data for frame in told] == [frame.data for frame in whole[: len(told)]]
        check(told, now)
        assert (now["status"], now["completed_at"]) == ("in_progress", None)


def test_other_turns_are_not_told() -> None:
    others = [msgspec.structs.replace(event, turn="turn_0") for event in WHOLE]
    assert tell(shell("resp_1"), TURN, [*others, *WHOLE], DONE) == tell(shell("resp_1"), TURN, WHOLE, DONE)


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        ("failed", "failed", None),
        ("cancelled", "cancelled", None),
        ("over_budget", "incomplete", "budget"),
        ("needs_input", "incomplete", "needs_input"),
    ],
)
def test_each_outcome_has_its_status(outcome: Any, status: str, reason: str | None) -> None:
    attempt = msgspec.structs.replace(DONE.attempts[0], outcome=outcome, why="so it is", fix="do that", asks="Which?", head="")
    told, now = tell(shell("resp_1"), TURN, [], msgspec.structs.replace(DONE, attempts=(attempt,), pull_request=None))
    check(told, now)
    assert [frame.type for frame in told[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert (now["status"], told[-1].type) == (status, f"response.{status}")
    assert now["incomplete_details"] == ({"reason": reason} if reason else None)
    assert (now["error"] is not None) == (status == "failed")
    assert "so it is" in text(now)
    assert ("Which?" in text(now)) == (outcome == "needs_input")


def test_a_standing_survives_being_kept() -> None:
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(DONE.told())), Standing) == DONE


def test_a_price_that_is_not_known_is_no_price() -> None:
    events = logged(ModelCalled(model="m", provider="p", usage=Usage(input=1), cost_usd=None))
    _, now = tell(shell("resp_1"), TURN, events, DONE)
    assert (now["pullwright"]["cost_usd"], now["pullwright"]["unpriced"]) == (None, 1)
    assert "cost unknown" in text(now)
