"""Whole turns: a scripted model over the real wire, the real sandbox, real git. What comes out is what happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from sample import FILES, FIX, RUN, SOLVED, Sample, edit, exec_, write  # pyright: ignore

from pullwright.log.inbox import MemoryInbox
from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, SaidCall, Trouble
from pullwright.protocol.events import (
    ChangeMade,
    Checkpointed,
    CommandRan,
    Event,
    ItemAdded,
    Reported,
    SessionStarted,
    TurnFinished,
    TurnStarted,
)
from pullwright.protocol.inputs import Answer as Reply
from pullwright.protocol.inputs import Interrupt
from pullwright.protocol.live import Live
from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput, OverBudget, Succeeded
from pullwright.protocol.policy import Budget


def test_from_a_sentence_to_a_branch(sample: Sample) -> None:
    outcome = sample.turn(SOLVED)
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change
    assert outcome.scripted
    change = outcome.change
    assert change.files == ("calc.py",)
    assert sample.git("show", f"{change.branch}:calc.py") == "def add(a, b):\n    return a + b\n"
    assert sample.git("log", "-1", "--format=%an|%s", change.branch).strip() == "Pat|Fix add, which subtracted"
    assert change.branch == f"pullwright/fix-add-which-subtracted-{sample.session[-6:]}"
    assert f"Pullwright-Session: {sample.session}" in sample.git("log", "-1", "--format=%(trailers)", change.branch)
    codes = [event.exit_code for event in sample.of(CommandRan)]
    assert codes == [1, 0]


def test_the_persons_files_index_and_head_stay_as_they_are(sample: Sample) -> None:
    (sample.project / "notes.txt").write_text("mine\n")
    (sample.project / "README.md").write_text("edited\n")
    before = (sample.git("status", "--porcelain"), sample.git("rev-parse", "HEAD"), sample.git("symbolic-ref", "HEAD"))
    outcome = sample.turn(SOLVED)
    assert outcome.change
    assert outcome.change.files == ("calc.py",)
    assert (sample.git("status", "--porcelain"), sample.git("rev-parse", "HEAD"), sample.git("symbolic-ref", "HEAD")) == before
    assert (sample.project / "calc.py").read_text() == FILES["calc.py"]


def test_the_log_is_one_turn_from_its_start_to_its_end(sample: Sample) -> None:
    outcome = sample.turn(SOLVED)
    events = sample.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert isinstance(events[0], SessionStarted)
    assert isinstance(events[1], TurnStarted)
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].outcome == outcome
    assert isinstance(events[-2], Reported)
    assert len({event.turn for event in events}) == 1
    assert [type(event) for event in events].count(Checkpointed) == 2
    assert [event for event in sample.shown if not isinstance(event, Live)] == events
    assert sample.artifact(sample.of(ChangeMade)[0].diff_artifact).count("+    return a + b") == 1


def test_the_first_request_does_not_wait_for_the_sandbox(sample: Sample) -> None:
    """The log shows it: the model's answer can come before the start's checkpoint, and the first tool waits for it."""
    outcome = sample.turn([Answer(text="Nothing to do.")], backend="nonexistent")
    assert isinstance(outcome, Succeeded)
    assert len(sample.requests) == 1


def test_a_sandbox_that_cannot_be_opened_fails_the_turn_with_its_fix(sample: Sample) -> None:
    outcome = sample.turn(SOLVED, backend="nonexistent")
    assert isinstance(outcome, Failed)
    assert "nonexistent" in outcome.why
    assert "linux" in outcome.fix


def test_what_the_model_is_told_first(sample: Sample) -> None:
    sample.turn([Answer(text="Nothing to do.")])
    body = sample.requests[0].json
    text = msgspec.json.encode(body["messages"]).decode()
    for fact in (str(sample.project), "branch main", "calc.py", "Network: off", "python"):
        assert fact in text
    assert len(sample.requests[0].body) <= 12_000


def test_ask_answers_and_makes_no_branch(sample: Sample) -> None:
    answers = [Answer(calls=(exec_("cat calc.py; echo x > calc.py"),)), Answer(text="It subtracts: calc.py:2.")]
    outcome = sample.turn(answers, "What does add do?", mode="ask", verify=True)
    assert isinstance(outcome, Succeeded)
    assert outcome.change is None
    assert outcome.message == "It subtracts: calc.py:2."
    assert sample.git("branch", "--list", "pullwright/*") == ""
    assert not sample.of(ChangeMade)


def test_a_question_ends_the_turn_and_its_answer_starts_the_next_one(sample: Sample) -> None:
    asks = [Answer(calls=(SaidCall("ask_user", {"question": "Plus or minus?"}),))]
    outcome = sample.turn(asks)
    assert isinstance(outcome, NeedsInput)
    assert "Plus or minus?" in outcome.asks
    inbox = MemoryInbox()
    inbox.put(Reply(id="a1", question=outcome.question, text="Plus."))
    after = sample.turn([Answer(calls=(FIX,)), Answer(text="Made it add.")], "", inbox)
    assert isinstance(after, Succeeded), after
    assert after.change
    assert b"Plus." in sample.requests[-1].body


def test_approval_suggest_without_anyone_to_ask_needs_input_and_changes_nothing(sample: Sample) -> None:
    outcome = sample.turn(SOLVED[1:], approval="suggest")
    assert isinstance(outcome, NeedsInput)
    assert outcome.change is None
    inbox = MemoryInbox()
    inbox.put(Reply(id="a1", question=outcome.question, verdict="once"))
    after = sample.turn(SOLVED[2:], "", inbox, approval="suggest")
    assert isinstance(after, NeedsInput | Succeeded)


def test_over_budget_keeps_the_work_on_the_branch(sample: Sample) -> None:
    outcome = sample.turn(
        [Answer(calls=(FIX,)), Answer(calls=(exec_(RUN),)), Answer(calls=(exec_(RUN),))], budget=Budget(steps=2)
    )
    assert isinstance(outcome, OverBudget)
    assert "2 steps" in outcome.ceiling
    assert outcome.change
    assert "a + b" in sample.git("show", f"{outcome.change.branch}:calc.py")


def test_an_interrupt_cancels_and_keeps_the_work(sample: Sample) -> None:
    inbox = MemoryInbox()

    async def interrupted() -> object:
        answers = [Answer(calls=(FIX,)), Answer(calls=(exec_("sleep 60"),))]
        task = asyncio.ensure_future(sample.turning(answers, "Fix", inbox))
        while not any(type(event).__name__ == "ToolStarted" and event.title.startswith("sleep") for event in sample.shown):  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        inbox.put(Interrupt(id="i1", reason="enough"))
        return await task

    outcome = asyncio.run(interrupted())
    assert isinstance(outcome, Cancelled)
    assert "enough" in outcome.why
    assert outcome.change
    assert outcome.change.files == ("calc.py",)


def test_a_task_cancelled_from_outside_leaves_a_finished_log(sample: Sample) -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(sample.turning([Answer(calls=(FIX, exec_("sleep 60")))]))
        while not any(type(event).__name__ == "FilesChanged" for event in sample.shown):
            await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return
        raise AssertionError("the cancellation was swallowed")

    asyncio.run(cancelled())
    events = sample.events()
    assert isinstance(events[-1], TurnFinished)
    assert isinstance(events[-1].outcome, Cancelled)
    assert sample.of(Checkpointed)[-1].paths == ("calc.py",)


def test_a_model_that_is_down_is_a_failure_with_a_fix(sample: Sample) -> None:
    outcome = sample.turn([Trouble(status=401)])
    assert isinstance(outcome, Failed)
    assert outcome.fix
    assert isinstance(sample.events()[-1], TurnFinished)


def test_a_folder_that_is_no_repository_is_a_failure_with_a_fix(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    outcome = sample.turn([Answer(text="x")], project=tmp_path / "plain")
    assert isinstance(outcome, Failed)
    assert "git init" in outcome.fix
    assert isinstance(sample.events()[-1], TurnFinished)


def test_the_next_turn_goes_on_with_files_branch_and_prefix(sample: Sample) -> None:
    first = sample.turn(SOLVED)
    second = sample.turn([Answer(calls=(write("doc.md", "It adds.\n"),)), Answer(text="Documented add.")], "Document it")
    assert first.change
    assert isinstance(second, Succeeded), second
    assert second.change
    assert second.change.branch == first.change.branch
    assert second.change.files == ("calc.py", "doc.md")
    assert second.change.head == sample.git("rev-parse", first.change.branch).strip()
    one, two = sample.requests[2].body, sample.requests[3].body
    assert two.startswith(one[: one.rindex(b"]}")])


def test_a_branch_that_a_person_moved_is_left_alone(sample: Sample) -> None:
    first = sample.turn(SOLVED)
    assert first.change
    sample.git("branch", "-f", first.change.branch, "main")
    second = sample.turn([Answer(calls=(write("doc.md", "It adds.\n"),)), Answer(text="Documented add.")], "Document it")
    assert second.change
    assert second.change.branch == f"{first.change.branch}-2"
    assert sample.git("rev-parse", first.change.branch) == sample.git("rev-parse", "main")


def test_two_attempts_at_once_do_not_see_each_other(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    one = Sample(tmp_path / "a")
    other = Sample.__new__(Sample)
    other.__dict__ |= {**one.__dict__, "session": one.session + "b", "shown": [], "requests": []}

    def answers(name: str) -> list[Answer]:
        look = f"echo {name} > $TMPDIR/mark; echo {name} > mark.txt; sleep 0.5; cat $TMPDIR/mark mark.txt; ls $TMPDIR | wc -l"
        return [Answer(calls=(exec_(look),)), Answer(text=f"Done by {name}, see mark.txt.")]

    async def both() -> list[object]:
        return list(await asyncio.gather(one.turning(answers("one")), other.turning(answers("other"))))

    assert all(isinstance(outcome, Succeeded) for outcome in asyncio.run(both()))
    for sample, name, stranger in ((one, "one", "other"), (other, "other", "one")):
        said = sample.artifact(sample.of(CommandRan)[0].artifact) if sample.of(CommandRan)[0].artifact else ""
        last = said or b"".join(bytes(event.item) for event in sample.of(ItemAdded) if event.source == "tool").decode()
        assert name in last
        assert stranger not in last.replace("another", "")
        (change,) = sample.of(ChangeMade)
        assert sample.git("show", f"{change.change.branch}:mark.txt") == f"{name}\n"


def test_nothing_of_a_secret_reaches_log_or_model(sample: Sample) -> None:
    secret = "correct-horse-battery-staple"
    sample.turn([Answer(calls=(exec_("echo $TOKEN"),)), Answer(text="Said it.")], env={"TOKEN": secret}, secrets=(secret,))
    assert all(secret.encode() not in request.body for request in sample.requests)
    folder = sample.folder / "sessions" / sample.session
    assert secret not in (folder / "log.jsonl").read_text()
    for path in (folder / "artifacts").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()


def events_between(events: list[Event], first: type[Event], last: type[Event]) -> list[Event]:
    start = next(index for index, event in enumerate(events) if isinstance(event, first))
    end = next(index for index, event in enumerate(events) if isinstance(event, last))
    return events[start : end + 1]


def test_a_turn_that_edits_and_takes_it_back_makes_no_branch(sample: Sample) -> None:
    outcome = sample.turn([Answer(calls=(FIX, edit("calc.py", "a + b", "a - b"))), Answer(text="Left as it was.")])
    assert isinstance(outcome, Succeeded)
    assert outcome.change is None
    assert sample.git("branch", "--list", "pullwright/*") == ""


def test_what_a_background_command_writes_is_part_of_the_change(sample: Sample) -> None:
    """Its files come after the step that started it: a poll that sees its end, or nothing at all, is followed by a checkpoint."""
    line = "for n in 1 2; do while [ ! -e go$n ]; do sleep 0.02; done; echo x > made$n.txt; done"
    answers = [
        Answer(calls=(SaidCall("exec", {"command": line, "background": True}),)),
        Answer(calls=(exec_("touch go1"),)),
        Answer(calls=(SaidCall("exec", {"command": "until [ -e made1.txt ]; do sleep 0.02; done", "read_only": True}),)),
        Answer(calls=(exec_("touch go2"),)),
        Answer(calls=(SaidCall("process", {"action": "poll", "id": "c1", "seconds": 20}),)),
        Answer(text="Make files."),
    ]
    outcome = sample.turn(answers)
    assert isinstance(outcome, Succeeded), outcome
    assert outcome.change
    assert set(outcome.change.files) >= {"made1.txt", "made2.txt"}
    kept = [path for event in sample.of(Checkpointed) for path in event.paths]
    assert "made1.txt" in kept


def test_what_is_written_after_the_last_step_by_a_command_left_behind_is_kept(sample: Sample) -> None:
    line = "(until [ -e made.txt ]; do sleep 0.02; done) ; true"
    answers = [
        Answer(calls=(exec_("(sleep 0.3; echo x > made.txt) > /dev/null 2>&1 & echo y > now.txt"),)),
        Answer(calls=(SaidCall("exec", {"command": line, "read_only": True, "timeout": 5}),)),
        Answer(text="Make files."),
    ]
    outcome = sample.turn(answers)
    assert outcome.change
    ran = sample.of(CommandRan)
    if not ran[-1].timed_out:  # else what a command leaves behind ends with it
        assert set(outcome.change.files) == {"made.txt", "now.txt"}


def test_no_secret_is_in_the_words_of_a_failure(sample: Sample) -> None:
    """An address with a password in it, say: what goes wrong repeats what was set."""
    secret = "correct-horse-battery"
    model = ModelChoice(provider="vllm", model="m", wire="chat", base_url=f"ftp://me:{secret}@localhost/v1")
    outcome = sample.turn([], model=model, secrets=(secret,))
    assert isinstance(outcome, Failed)
    assert "not an http(s) URL" in outcome.why
    kept = [path.read_bytes() for path in (sample.folder / "sessions").rglob("*") if path.is_file()]
    assert kept
    assert not any(secret.encode() in data for data in (*kept, outcome.why.encode(), outcome.fix.encode()))


def test_an_answers_citations_are_held_against_the_files(sample: Sample) -> None:
    from pullwright.protocol.events import AnswerChecked, Reported

    sample.turn([Answer(text="It subtracts (`calc.py:2`); see `calc.py:40` and `sum.py:1`.")], "Why?", mode="ask", verify=False)
    (event,) = sample.of(AnswerChecked)
    assert [(each.path, each.first, each.standing) for each in event.citations] == [
        ("calc.py", 2, "there"),
        ("calc.py", 40, "no such line"),
        ("sum.py", 1, "no such file"),
    ]
    report = sample.artifact(sample.of(Reported)[-1].markdown)
    assert "- `calc.py:2`: there" in report
    assert "The answer cites sum.py:1, which cannot be looked up: no such file." in report
    assert "clean run" not in report
