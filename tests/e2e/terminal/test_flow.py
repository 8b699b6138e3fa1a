"""While it works: steer, queue, stop; afterwards: go back, with the files; and the person's own edits in the meantime."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pullwright.models.mock.script import Answer, Trouble

from .conftest import Person, edited, ran, wrote

AUTO = ("--approval", "full-auto")
SLOW = "touch begun; while [ ! -e go ]; do sleep 0.05; done"


def begun(person: Person, name: str = "begun") -> Path:
    return person.project / name


def test_a_remark_is_heard_with_the_next_step_and_a_queued_one_after_the_turn(person: Person) -> None:
    terminal = person.sits(ran(SLOW), Answer(text="Heard."), Answer(text="And the next."), words=AUTO)
    person.says(terminal, "begin")
    terminal.wait(lambda _: begun(person).exists(), "the command runs")
    terminal.type("look at money.py as well")
    terminal.wait_for("money.py as well").press("enter")
    terminal.wait_for("not heard yet: look at money.py as well")
    terminal.type("then the docs")
    terminal.wait_for("❯ then the docs").press("tab")
    terminal.wait_for("next: then the docs")
    (person.project / "go").touch()
    terminal.wait_past("And the next.", "✓ done").wait_gone("working")
    person.sees(terminal, "steered")
    first, second, third = (request.body.decode() for request in person.server.requests)
    assert "money.py as well" not in first
    assert "money.py as well" in second
    assert "then the docs" not in second
    assert "then the docs" in third


def test_esc_stops_the_command_and_keeps_the_work(person: Person) -> None:
    terminal = person.sits(wrote("kept.txt", "kept\n"), ran(SLOW), Answer(text="Gone on."), words=AUTO)
    person.says(terminal, "begin")
    terminal.wait(lambda _: begun(person).exists(), "the command runs")
    terminal.press("esc")
    terminal.wait_for("stopped").wait_gone("working", "stopping")
    person.sees(terminal, "stopped")
    assert person.read("kept.txt") == "kept\n"
    person.says(terminal, "go on")
    terminal.wait_for("Gone on.", "✓ done")


def test_esc_stops_an_answer_in_mid_stream(person: Person) -> None:
    text = "".join(f"{number} bottles of beer on the wall.\n\n" for number in range(10_000))
    endless = Answer(text=text, piece=40, trouble=Trouble(pause=0.01))
    terminal = person.sits(endless, Answer(text="Sorry."), words=AUTO)
    person.says(terminal, "sing")
    terminal.wait_for("30 bottles").press("esc")
    terminal.wait_for("stopped").wait_gone("working", "stopping")
    person.says(terminal, "enough")
    terminal.wait_for("Sorry.")


def test_esc_esc_takes_conversation_and_files_back(person: Person) -> None:
    before = person.read("tally/basket.py")
    answers = (
        edited("tally/basket.py", "BULK_FROM = 10", "BULK_FROM = 9"),
        wrote("one.txt", "1\n"),
        Answer(text="First is done."),
        wrote("two.txt", "2\n"),
        Answer(text="Second is done."),
        Answer(text="Third."),
    )
    terminal = person.sits(*answers, words=AUTO)
    person.says(terminal, "the first thing")
    terminal.wait_for("First is done.", "✓ done")
    person.says(terminal, "the second thing")
    terminal.wait_for("Second is done.").wait_gone("working")
    (person.project / "mine.txt").write_text("mine\n")
    terminal.press("esc", "esc")
    terminal.wait_for("the first thing", "the second thing", "▸ ")
    terminal.wait_gone("Esc again")
    person.sees(terminal, "rewind_list")
    terminal.press("down", "enter")
    person.answers(terminal, "What goes back?", "b")
    terminal.wait(lambda it: person.read("tally/basket.py") == before, "the files are back")
    terminal.wait_for("❯ the first thing")
    person.sees(terminal, "rewound")
    assert not (person.project / "one.txt").exists()
    assert not (person.project / "two.txt").exists()
    assert person.read("mine.txt") == "mine\n"
    terminal.type(", another way")
    terminal.wait_for("another way").press("enter")
    terminal.wait_for("Third.")
    last = person.server.requests[-1].body.decode()
    assert "the first thing, another way" in last
    assert "the second thing" not in last


def test_what_the_person_edits_meanwhile_is_seen_told_and_never_overwritten(person: Person) -> None:
    gate = threading.Event()
    answers = iter(
        (
            edited("tally/basket.py", "BULK_FROM = 10", "BULK_FROM = 9"),
            wrote("tally/basket.py", "nothing is left of it\n"),
            edited("tally/basket.py", "BULK_FROM = 9", "BULK_FROM = 8"),
            Answer(text="I see what you did."),
        )
    )

    def thinks(request: Mapping[str, Any]) -> Answer:
        if "BULK_FROM = 9" in str(request):
            gate.wait(60)
        return next(answers)

    terminal = person.sits(script=thinks, words=AUTO)
    person.says(terminal, "begin")
    terminal.wait(lambda _: person.logged('"paths":["tally/basket.py"],"seq"'), "the checkpoint after the first edit")
    file = person.project / "tally/basket.py"
    file.write_text(file.read_text().replace("BULK_PERCENT = 10", "BULK_PERCENT = 20"))
    gate.set()
    terminal.wait_past("you edited tally/basket.py", "I see what you did.").wait_gone("working")
    person.sees(terminal, "person_edited")
    assert "BULK_FROM = 8" in file.read_text()
    assert "BULK_PERCENT = 20" in file.read_text()
    told = person.server.requests[2].body.decode()
    assert "<person>" in told
    assert "BULK_PERCENT = 20" in told


def test_enter_after_a_plan_goes_ahead_with_it(person: Person) -> None:
    terminal = person.sits(Answer(text="I would write a.txt."), wrote("a.txt", "a\n"), Answer(text="Written."), words=AUTO)
    person.says(terminal, "/plan a file")
    terminal.wait_for("PLAN", "go ahead with this plan").wait_gone("working")
    terminal.press("enter")
    terminal.wait_for("❯ Go ahead with this plan.", "Written.").wait_gone("PLAN", "working")
    assert person.read("a.txt") == "a\n"
    terminal.press("enter")
    terminal.pump(0.3)
    assert len(person.server.requests) == 3, "an empty line means nothing else"


def test_what_is_piped_in_goes_with_the_prompt_and_keys_come_from_the_terminal(person: Person) -> None:
    answers = (Answer(text="It fails in line 3."), Answer(text="Then so."))
    terminal = person.sits(*answers, words=("why does it fail?",), piped="1 failed\n2 passed\n")
    terminal.wait_for("It fails in line 3.").wait_gone("working")
    assert "<stdin>\\n1 failed\\n2 passed\\n</stdin>" in person.server.requests[0].body.decode()
    person.says(terminal, "and now?")
    terminal.wait_for("Then so.")
