"""Hooks, skills, custom agents and sub-agents in whole turns: the real wire, the real sandbox."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample import FILES, FIX, RUN, Sample, exec_  # pyright: ignore

from prefixes import beginnings
from pullwright.agent.hooks.decision import Decision, decide
from pullwright.agent.hooks.hook import Hook
from pullwright.agent.personas import persona_of
from pullwright.agent.skills import skill_of
from pullwright.attempts.runner import run_turn
from pullwright.attempts.spec import SubAgents
from pullwright.cli.extending.extensions import extensions
from pullwright.cli.folders import folders
from pullwright.cli.run.request import Asked, turn_spec
from pullwright.cli.settings.load import load
from pullwright.cli.settings.trust import Trust, project_files
from pullwright.log.inbox import MemoryInbox
from pullwright.log.replay import SessionState
from pullwright.models.mock.script import Answer, SaidCall, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.protocol.events import (
    Checkpointed,
    CommandRan,
    HookRan,
    ItemAdded,
    ModelCalled,
    Noticed,
    PrefixSent,
    ToolFinished,
    ToolStarted,
    TurnStarted,
)
from pullwright.protocol.inputs import Interrupt
from pullwright.protocol.outcomes import Cancelled, NeedsInput, OverBudget, Succeeded
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Usage

DENY = """cat > /dev/null; echo '{"decision": "deny", "reason": "not in this project"}'"""


def inside(event: Any, command: str, **more: Any) -> Hook:
    """A project's hook: always in the sandbox."""
    return Hook(event=event, command=command, where="sandbox", own=False, **more)


def outputs(sample: Sample) -> list[str]:
    """What tools gave back, as it is in the log."""
    items = [json.loads(bytes(event.item)) for event in sample.of(ItemAdded) if event.source == "tool"]
    return [str(item.get("output")) for item in items]


def sent(sample: Sample, number: int = -1) -> dict[str, Any]:
    return json.loads(sample.requests[number].body)


# --- hooks ---------------------------------------------------------------------------------------


def test_hooks_inside_deny_replace_and_tell_and_what_they_write_is_in_the_change(sample: Sample) -> None:
    hooks = (
        inside("before_tool", DENY, matcher="exec(curl)", name="no-network"),
        inside(
            "before_tool", """cat > /dev/null; echo '{"decision": "replace", "command": "echo replaced"}'""", matcher="exec(make)"
        ),
        inside("after_tool", 'cat > /dev/null; echo formatted >> notes.txt; echo \'{"tell": "formatted"}\'', matcher="edit"),
    )
    answers = [
        Answer(calls=(exec_("curl example.org"), exec_("make"))),
        Answer(calls=(FIX,)),
        Answer(text="Fix add, which subtracted."),
    ]
    outcome = sample.turn(answers, hooks=hooks)
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change
    assert outcome.change.files == ("calc.py", "notes.txt")
    taken = [event.paths for event in sample.of(Checkpointed) if event.paths]
    assert ("calc.py", "notes.txt") in [tuple(sorted(paths)) for paths in taken], "with the step, not only at the end"
    first, second, *_ = outputs(sample)
    assert "the hook `no-network`: not in this project" in first
    assert "replaced" in second
    assert [event.command for event in sample.of(CommandRan)] == ["echo replaced"]
    assert any("<hook>" in str(message) and "formatted" in str(message) for message in sent(sample)["messages"])
    assert [(event.event, event.decision) for event in sample.of(HookRan)] == [
        ("before_tool", "deny"),
        ("before_tool", "replace"),
        ("after_tool", "tell"),
    ]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sleep 60", "no answer within"),
        ("yes", "wrote more than"),
        ("kill -9 $$", "killed|exit code 137"),
        ("echo garbage >&2; exit 3", "exit code 3: garbage"),
        ("echo '{'", "no JSON"),
    ],
)
def test_a_hook_inside_that_fails_lets_go_and_a_required_one_does_not(sample: Sample, command: str, said: str) -> None:
    answers = [Answer(calls=(exec_("echo ran"),)), Answer(text="Done.")]
    sample.turn(answers, hooks=(inside("before_tool", command, timeout=1.0),))
    assert [event.command for event in sample.of(CommandRan)] == ["echo ran"]
    assert any(re.search(said, event.text) for event in sample.of(Noticed)), sample.of(Noticed)
    sample.turn(answers, hooks=(inside("before_tool", command, timeout=1.0, required=True),))
    assert len(sample.of(CommandRan)) == 1


def test_a_hook_inside_sees_the_sandbox_and_not_the_host(sample: Sample) -> None:
    secret = sample.folder / "secret"
    secret.write_text("the host's")
    line = f"cat > /dev/null; cat {secret} && exit 2; ls"
    on_host = Hook(event="before_tool", command=line)
    answers = [Answer(calls=(exec_("true"),)), Answer(text="Done.")]
    sample.turn(answers, hooks=(on_host,))
    assert sample.of(HookRan)[-1].decision == "deny", "as the person it can"
    sample.turn(answers, hooks=(inside("before_tool", line),))
    assert sample.of(HookRan)[-1].decision == ""
    assert "calc.py" in sample.of(HookRan)[-1].text


def test_a_session_starts_and_ends_once_and_a_stop_hook_sends_the_agent_on(sample: Sample) -> None:
    hooks = (
        inside("session_start", "cat > start.json; echo frozen"),
        Hook(event="stop", command="grep -q '\"sent_on\":0' && { echo 'run the tests' >&2; exit 2; } || true"),
        Hook(event="session_end", command=f"cat > {sample.folder}/end.json"),
    )
    outcome = sample.turn([Answer(text="Done?"), Answer(calls=(exec_(RUN),)), Answer(text="Done.")], hooks=hooks)
    assert isinstance(outcome, Succeeded)
    assert outcome.message == "Done."
    assert json.loads((sample.folder / "end.json").read_text())["reason"] == "done"
    assert "frozen" in str(sent(sample, 0)["messages"])
    assert "run the tests" in str(sent(sample)["messages"])
    sample.turn([Answer(text="Done.")], prompt="Again", hooks=hooks[:1])
    sources = [event.text for event in sample.of(HookRan) if event.event == "session_start"]
    assert len(sources) == 2


def test_a_hook_of_the_persons_that_is_a_file_of_the_project_cannot_be_had_to_run_on_the_host(sample: Sample) -> None:
    """The repository's author wrote it, and the agent could change it."""
    mark = sample.folder / "ran on the host"
    (sample.project / "guard.sh").write_text(f"touch '{mark}'; echo '{{\"decision\": \"allow\"}}'\n")
    answers = [Answer(calls=(exec_("true"),)), Answer(text="Done.")]
    elsewhere = sample.folder / "guard.sh"
    elsewhere.write_text((sample.project / "guard.sh").read_text())
    sample.turn(answers, hooks=(Hook(event="before_tool", command=f"sh {elsewhere}"),), approval="suggest")
    assert mark.exists(), "a program of their own does"
    assert len(sample.of(CommandRan)) == 1, "and may allow"
    mark.unlink()
    outcome = sample.turn(answers, prompt="again", hooks=(Hook(event="before_tool", command="sh guard.sh"),), approval="suggest")
    assert not mark.exists()
    assert isinstance(outcome, NeedsInput), "nor does its word save the question"


def test_a_repository_cannot_slip_its_modules_under_a_hook_on_the_host(sample: Sample) -> None:
    mark = sample.folder / "ran on the host"
    for name in ("json.py", "sitecustomize.py"):
        (sample.project / name).write_text(f"open({str(mark)!r}, 'w').close()\n")
    line = "python3 -c 'import json'"
    subprocess.run(["sh", "-c", line], cwd=sample.project, check=True)
    assert mark.exists(), "in the project's folder it would run"
    mark.unlink()
    sample.turn([Answer(calls=(exec_("true"),)), Answer(text="Done.")], hooks=(Hook(event="before_tool", command=line),))
    assert not sample.of(HookRan)[0].failed
    assert not mark.exists()


# --- skills --------------------------------------------------------------------------------------

SKILL = b"---\nname: release\ndescription: How a release is made here. Use it for releases.\n---\nRead steps.md first.\n"


def test_a_skill_of_the_persons_is_listed_read_by_path_and_given_when_it_is_named(sample: Sample) -> None:
    folder = sample.folder / "skills/release"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_bytes(SKILL)
    (folder / "steps.md").write_text("1. tag it\n")
    at = "/run/pullwright/skills/release"
    skill = skill_of(SKILL, path=f"{at}/SKILL.md", where=str(folder / "SKILL.md"))
    read = SaidCall("read", {"paths": [f"{at}/SKILL.md"]})
    answers = [Answer(calls=(read, exec_(f"cat {at}/steps.md; echo x >> {at}/steps.md"))), Answer(text="Done.")]
    sample.turn(answers, prompt="Make a release", skills=(skill,))
    opening = str(sent(sample, 0)["messages"])
    assert f"- release: How a release is made here. Use it for releases. ({at}/SKILL.md)" in opening
    assert "Read steps.md first" not in opening
    assert "Read steps.md first" in outputs(sample)[0]
    assert "1. tag it" in outputs(sample)[1]
    assert (folder / "steps.md").read_text() == "1. tag it\n", "read-only inside"
    sample.turn([Answer(text="Done.")], prompt="Use $release now", skills=(skill,))
    assert "<skill>" in str(sent(sample)["messages"])
    assert str(sent(sample)["messages"]).count("<skills>") == 1, "the list is told once"
    assert len(beginnings(sample.requests)) == 1, "nothing that was sent has moved"
    sample.turn([Answer(text="Done.")], prompt="$release without a sandbox", skills=(skill,), access="full-access")
    assert str(folder / "SKILL.md") in str(sent(sample)["messages"]), "where nothing can be shown elsewhere"


def test_a_skill_that_came_after_the_first_turn_is_told_of(sample: Sample) -> None:
    sample.turn([Answer(text="Hello.")], prompt="Hello")
    skill = skill_of(SKILL, path=".agents/skills/release/SKILL.md")
    for _ in range(2):
        sample.turn([Answer(text="Done.")], prompt="Make a release", skills=(skill,))
    assert "- release: How a release" in str(sent(sample)["messages"])
    assert str(sent(sample)["messages"]).count("<skills>") == 1
    assert len(beginnings(sample.requests)) == 1, "nothing that was sent has moved"


# --- custom agents -------------------------------------------------------------------------------

REVIEWER = b"---\nname: reviewer\ndescription: Reviews\ntools: [read, search]\n---\nYou only review. Say LGTM.\n"


def test_a_custom_agent_has_its_words_and_no_tool_more_and_begins_a_new_prefix(sample: Sample) -> None:
    sample.turn([Answer(text="Hello.")], prompt="Hello")
    persona = persona_of(REVIEWER, where=".github/agents/reviewer.agent.md")
    sample.turn([Answer(calls=(exec_("touch made"),)), Answer(text="LGTM.")], prompt="Review", agent=persona)
    request = sent(sample)
    assert "You only review." in request["messages"][0]["content"]
    assert request["messages"][0]["content"].startswith(sent(sample, 0)["messages"][0]["content"])
    assert sorted(tool["function"]["name"] for tool in request["tools"]) == ["ask_user", "read", "search"]
    assert "There is no tool `exec`" in outputs(sample)[0]
    assert [event.reason for event in sample.of(PrefixSent)] == ["start", "agent"]
    assert [event.agent for event in sample.of(TurnStarted)] == ["", persona.mark]
    sample.turn([Answer(text="Hello.")], prompt="Go on, agent", agent=persona)
    sample.turn([Answer(text="Hello.")], prompt="And without")
    assert [event.reason for event in sample.of(PrefixSent)] == ["start", "agent", "agent"]


# --- sub-agents ----------------------------------------------------------------------------------

EXPLORE = SaidCall("explore", {"task": "Where is add defined?"})
USAGE = Usage(input=100, output=10)


def scripted(main: list[Answer], scout: Callable[[int], Answer | Trouble]) -> Callable[[Mapping[str, Any]], Answer | Trouble]:
    """One server for both: an explorer is known by its system prompt."""
    left = iter(main)
    count = 0

    def answer(request: Mapping[str, Any]) -> Answer | Trouble:
        nonlocal count
        if "You are a scout" in str(request["messages"][0]):
            count += 1
            return scout(count)
        return next(left)

    return answer


def exploring(sample: Sample, main: list[Answer], scout: Callable[[int], Answer | Trouble], **options: Any) -> Any:
    budget, inbox = options.pop("ceilings", Budget(steps=5)), options.pop("inbox", None)

    async def turn() -> Any:
        with sample.log() as log:
            log.claim()
            async with MockServer(Script(scripted(main, scout))) as server:
                spec = sample.spec(server.url, "Look around", **options)
                choice = msgspec.structs.replace(spec.model, model="small")
                spec = msgspec.structs.replace(spec, subagents=SubAgents(model=choice, budget=budget))
                try:
                    return await run_turn(spec, log, inbox or MemoryInbox(), sample.shown.append)
                finally:
                    sample.requests += server.requests

    return asyncio.run(turn())


def test_an_explorer_reports_and_its_cost_is_counted_once(sample: Sample) -> None:
    seen_meanwhile: list[str] = []

    def scout(number: int) -> Answer:
        seen_meanwhile.extend(event.title for event in sample.shown if isinstance(event, ToolStarted))
        calls = (SaidCall("search", {"pattern": "def add"}), exec_("touch made; ls"))
        return Answer(calls=calls, usage=USAGE) if number == 1 else Answer(text="`calc.py:1` defines add.", usage=USAGE)

    outcome = exploring(sample, [Answer(calls=(EXPLORE,), usage=USAGE), Answer(text="Done.", usage=USAGE)], scout)
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change is None, "it cannot write"
    assert "explore-1 · def add" in seen_meanwhile, "it is shown while it works"
    (report,) = outputs(sample)
    assert "`calc.py:1` defines add." in report
    assert "[explore-1: 2 steps, 220 tokens" in report
    assert "vllm/small" in report
    assert (outcome.spend.calls, outcome.spend.usage.total) == (4, 440)
    assert [event.agent for event in sample.of(ModelCalled)] == ["", "explore-1", "explore-1", ""]
    titles = [event.title for event in sample.of(ToolStarted)]
    assert titles == ["Where is add defined?", "explore-1 · def add", "explore-1 · touch made; ls"]
    assert next(event.text for event in sample.of(Noticed)) == "explore-1 looks around with vllm/small: at most 5 steps"
    with sample.log() as log:  # its conversation is not the session's
        state = SessionState.of(log.read(), log.artifacts)
    assert not any(b"def add" in item.raw and b"search" in item.raw for item in state.items)
    assert len(list(sample.folder.rglob("agents/*/log.jsonl"))) == 1


def test_explorers_work_side_by_side_and_one_that_fails_takes_no_other_along(sample: Sample) -> None:
    def scout(number: int) -> Answer | Trouble:
        return (
            Answer(text=f"Report {number}.", delay=0.3) if number < 3 else Trouble(status=400, body={"error": {"message": "no"}})
        )

    exploring(sample, [Answer(calls=(EXPLORE, EXPLORE, EXPLORE)), Answer(text="Done.")], scout)
    kinds = [type(event).__name__ for event in sample.events() if isinstance(event, Noticed | ModelCalled | ToolFinished)]
    assert kinds.count("ToolFinished") == 3
    reports = sorted(outputs(sample))
    assert [("Report" in report, "gave no report" in report) for report in reports] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_an_explorers_ceilings_and_the_turns_hold(sample: Sample) -> None:
    busy = Answer(calls=(SaidCall("read", {"paths": ["calc.py"]}),), usage=USAGE)
    look = Answer(calls=(EXPLORE,), usage=USAGE)
    exploring(sample, [look, Answer(text="Done.")], lambda number: busy, ceilings=Budget(steps=3))
    assert "its ceiling was reached (3 of 3 steps)" in outputs(sample)[0]
    outcome = exploring(
        sample, [look, Answer(text="Done.")], lambda number: busy, ceilings=Budget(steps=50), budget=Budget(tokens=500)
    )
    assert isinstance(outcome, OverBudget)
    assert outcome.spend.usage.total < 900


def test_stopping_the_turn_stops_its_explorers(sample: Sample) -> None:
    inbox = MemoryInbox()

    def scout(number: int) -> Answer:
        inbox.put(Interrupt(id="inp_stop", by="pat", reason="enough"))
        return Answer(text="Never heard.", delay=30)

    outcome = exploring(sample, [Answer(calls=(EXPLORE,))], scout, inbox=inbox)
    assert isinstance(outcome, Cancelled)


def test_an_explorer_can_do_nothing_that_its_sender_cannot(sample: Sample) -> None:
    """The sender's hooks see its calls, and the tools that the sender does not have it has not either."""

    def scout(number: int) -> Answer:
        calls = (SaidCall("read", {"paths": ["README.md"]}), exec_("cat README.md"))
        return Answer(calls=calls) if number == 1 else Answer(text="Report.")

    main = [Answer(calls=(EXPLORE,)), Answer(text="Done.")]
    guard = Hook(event="before_tool", command=DENY, matcher="read(README.md)", name="guard")
    persona = persona_of(b"---\ntools: agent, read\n---\n", where="a.md")
    exploring(sample, main, scout, hooks=(guard,), agent=persona)
    (path,) = sample.folder.rglob("agents/*/log.jsonl")
    theirs = path.read_text()
    assert "Refused by the hook `guard`" in theirs
    assert "There is no tool `exec`" in theirs
    assert [event.decision for event in sample.of(HookRan)] == ["deny"]


def test_without_the_setting_nothing_can_be_sent(sample: Sample) -> None:
    sample.turn([Answer(calls=(EXPLORE,)), Answer(text="Done.")])
    assert "There is no tool `explore`" in outputs(sample)[0]


# --- the documentation ---------------------------------------------------------------------------

DOCS = Path(__file__).parents[3] / "docs/extending.md"


def test_the_examples_of_the_documentation_work(tmp_path: Path) -> None:
    """Each is written where it says, trusted, and used in a turn."""
    blocks = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    own = tmp_path / "own"
    config = "".join(text for name, text in reversed(blocks) if name == "config.toml")  # a table ends what stands above it
    (own / "config").mkdir(parents=True)
    (own / "config/config.toml").write_text(config)
    sample = Sample(tmp_path, FILES | {name: text for name, text in blocks if name.startswith(".")})
    env = {"PULLWRIGHT_HOME": str(own), "HOME": str(tmp_path), "OPENAI_API_KEY": "sk-of-a-test"}
    assert extensions(load(sample.project, env=env), env).skills == ()
    files = project_files(sample.project)
    assert files
    Trust(folders(env)).add(files)
    loaded = load(sample.project, env=env)
    found = extensions(loaded, env)
    assert found.notices == ()
    assert found.prompt("/fix-issue 42 high").startswith("Mend issue 42 (priority high).")
    spec = turn_spec(Asked(text="x", project=sample.project, agent="docs"), loaded, "ses_docs", env)
    assert spec.subagents
    assert spec.subagents.budget == Budget(steps=30, tokens=300_000, usd=1.0)
    push = Answer(calls=(exec_("git push"), SaidCall("read", {"paths": [".agents/skills/release/SKILL.md"]})))
    sample.turn([push, Answer(calls=(FIX,)), Answer(text="Done.")], hooks=spec.hooks, skills=spec.skills, agent=None)
    refused, read = outputs(sample)[:2]
    assert "pushing is done by hand here" in refused
    assert "Move what stands under" in read
    assert "edited: calc.py" in str(sent(sample)["messages"])
    assert "- release: How a release is made" in str(sent(sample, 0)["messages"])
    sample.turn([Answer(calls=(exec_("true"),)), Answer(text="Done.")], prompt="Document it", agent=spec.agent)
    assert "You write documentation." in sent(sample)["messages"][0]["content"]
    answer = next(text for name, text in blocks if name == "answer")
    assert decide(0, answer, "", plain_tells=False) == Decision(
        word="replace", command="git push --dry-run", tell="pushes are dry runs here"
    )
