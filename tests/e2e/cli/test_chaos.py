"""`kill -9` at random moments, again and again, until the job is done: the log stays true and no work is lost or done twice."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pullwright.models.mock.script import Answer

from .conftest import Server, Shell, ran

pytestmark = pytest.mark.slow

STEPS = 16


def next_step(request: Mapping[str, Any]) -> Answer:
    """Step N appends the line N to a file; which one comes next is read from what the commands reported so far."""
    reported = [
        int(number)
        for item in request["input"]
        if item["type"] == "function_call_output"
        for number in re.findall(r"^lines: (\d+)$", str(item["output"]), re.MULTILINE)
    ]
    done = reported[-1] if reported else 0
    if done >= STEPS:
        return Answer(text=f"Counted to {done}.")
    # The file itself says how far it is: a step whose result was lost is seen and not done again.
    command = f"n=$(cat count.txt 2>/dev/null | wc -l); [ $n -gt {done} ] || echo step >> count.txt; sleep 0.2; "
    return ran(command + "echo lines: $(wc -l < count.txt)")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_any_moment_the_job_still_ends_well(shell: Shell, playing: Callable[..., Server], seed: int) -> None:
    moments = random.Random(seed)
    playing(script=next_step)
    words: tuple[str, ...] = ("exec", "--no-verify", "--json", "count")
    kills = 0
    for _ in range(40):
        process = shell.start(*words)
        try:
            out, err = process.communicate(timeout=moments.uniform(0.15, 0.9) if kills < 10 else 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            listed = json.loads(shell("sessions", "list", "--json").stdout)
            words = ("sessions", "resume", "--last", "--no-verify", "--json") if listed else words
            continue
        assert process.returncode == 0, err
        break
    assert kills >= 3
    assert json.loads(out.splitlines()[-1])["outcome"]["type"] == "succeeded"
    (session,) = json.loads(shell("sessions", "list", "--json").stdout)
    events = [json.loads(line) for line in shell("sessions", "show", "--json", session["id"]).stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    calls = [
        event["item"]["call_id"] for event in events if event["type"] == "item_added" and event["item"]["type"] == "function_call"
    ]
    outputs = [
        event["item"]["call_id"]
        for event in events
        if event["type"] == "item_added" and event["item"]["type"] == "function_call_output"
    ]
    assert sorted(calls) == sorted(outputs)
    assert len(set(calls)) == len(calls)
    branches = shell.git("branch", "--list", "--format=%(refname:short)", "pullwright/*").split()
    assert len(branches) == 1, "one branch, however often it was begun"
    assert shell.git("show", f"{branches[0]}:count.txt") == "step\n" * STEPS
    assert shell.git("status", "--porcelain") == ""
    time.sleep(0.5)
    left = subprocess.run(["pgrep", "-af", str(shell.home)], capture_output=True, text=True).stdout
    assert left == ""
