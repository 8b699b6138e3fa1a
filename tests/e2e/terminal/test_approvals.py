"""A whole session in each approval mode: edits accepted, changed and refused; commands run, changed and refused."""

from __future__ import annotations

from pullwright.models.mock.script import Answer

from .conftest import Person, edited, ran, wrote

TESTS = "python3 -m unittest -q 2>&1 | tail -3"
FIX = edited("tally/basket.py", "if quantity > BULK_FROM:", "if quantity >= BULK_FROM:", "The discount begins **one too late**.")
DONE = Answer(
    text="Fixed:\n\n- `tally/basket.py` gives the discount **from ten** pieces\n- see [the docs](https://example.org)\n\n"
    "```python\ndef f(x):\n    return x + 1\n```\n\n| what | how many |\n|---|---|\n| files | 1 |\n"
)


def test_suggest_asks_before_each_edit_and_command(person: Person) -> None:
    two = "# Notes\n\nOne.\nTwo.\n"
    terminal = person.sits(
        ran(TESTS, "I run the tests **first**."), FIX, wrote("notes.md", two), ran("git status --short"), ran("rm -r tally"), DONE
    )
    person.says(terminal, "fix the red test")
    terminal.wait(lambda it: "▸ " in it.text, "the first question")
    person.sees(terminal, "suggest_command")
    terminal.press("y")
    terminal.wait_for("May these files change?", "▸ ")
    person.sees(terminal, "suggest_edit")
    terminal.press("enter")
    person.answers(terminal, "notes.md", "n")
    terminal.wait_for("What should it do instead").type("no notes, please")
    terminal.press("enter")
    person.answers(terminal, "git status --short", "e")
    terminal.wait_for("Run this instead").type(" | head -1")
    terminal.press("enter")
    person.answers(terminal, "rm -r tally", "n", "enter")
    terminal.wait_for("✓ done")
    person.sees(terminal, "suggest_done")
    assert ">= BULK_FROM" in person.read("tally/basket.py")
    assert not (person.project / "notes.md").exists()
    heard = person.server.requests[-1].body.decode()
    assert "no notes, please" in heard
    assert "git status --short | head -1" in heard


def test_hunks_are_taken_one_by_one_and_changed_in_the_editor(person: Person) -> None:
    whole = person.read("tally/basket.py")
    new = whole.replace("if quantity > BULK_FROM:", "if quantity >= BULK_FROM:").replace('"""A basket, and', '"""The basket, and')
    editor = person.shell.home / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/written/rewritten/" "$1"\n')
    editor.chmod(0o755)
    terminal = person.sits(
        wrote("tally/basket.py", new), wrote("notes.md", "written\n"), Answer(text="So be it."), EDITOR=str(editor)
    )
    person.says(terminal, "change two places")
    person.answers(terminal, "May these files change?", "h")
    terminal.wait_for("Hunk 1 of 2")
    person.sees(terminal, "suggest_hunk")
    terminal.press("n")
    terminal.wait_for("Hunk 2 of 2").press("y")
    person.answers(terminal, "notes.md", "e")
    terminal.wait_for("✓ done")
    assert person.read("tally/basket.py") == whole.replace("if quantity > BULK_FROM:", "if quantity >= BULK_FROM:")
    assert person.read("notes.md") == "rewritten\n"
    assert "changed by you before it ran" in terminal.everything


def test_auto_edit_asks_for_commands_only_and_not_twice_for_what_was_allowed(person: Person) -> None:
    answers = (
        ran("mkdir one"),
        FIX,
        ran("mkdir one two"),
        ran("python3 -c 'print(6 * 7)'"),
        ran("cat tally/money.py", read_only=True),
        DONE,
    )
    terminal = person.sits(*answers, words=("--approval", "auto-edit"))
    person.says(terminal, "go")
    person.answers(terminal, "mkdir one", "s")
    person.answers(terminal, "python3 -c", "y")
    terminal.wait_for("✓ done")
    asked = terminal.everything
    assert (asked.count("allowed for this session"), asked.count("allowed once")) == (1, 1)
    assert (person.project / "one").is_dir()
    assert (person.project / "two").is_dir()
    assert ">= BULK_FROM" in person.read("tally/basket.py")


def test_full_auto_asks_nothing_and_a_prompt_comes_with_the_start(person: Person) -> None:
    terminal = person.sits(ran("echo hi > hi.txt; cat hi.txt"), FIX, DONE, words=("--approval", "full-auto", "make it so"))
    terminal.wait_for("✓ done")
    person.sees(terminal, "full_auto_done")
    assert person.read("hi.txt") == "hi\n"
    assert "allowed" not in terminal.everything
    terminal.press("ctrl-d")
    assert terminal.wait_exit() == 0
    assert not terminal.emulator.modes & {"2004", "1004", "1049", "2026"}
