"""Far too much of everything: a paste of 1 MB, a command that prints 100 MB, a model that streams garbage."""

from __future__ import annotations

from console.driver import Terminal
from pullwright.models.mock.script import Answer, Trouble

from .conftest import Person, ran

AUTO = ("--approval", "full-auto")


def responsive(terminal: Terminal, word: str) -> None:
    """Keys are shown, and what was typed can be taken back."""
    terminal.type(word)
    terminal.wait_for(word)
    terminal.press(*["backspace"] * len(word))
    terminal.wait_gone(word)


def test_a_paste_of_1_mb_is_folded_and_sent_whole(person: Person) -> None:
    pasted = "".join(f"{number:06d} pasted line, with é and 日本\n" for number in range(25_000))
    handover = Answer(text='{"goal": "look"}')  # so much is more than the window holds: it is shortened first
    terminal = person.sits(handover, Answer(text="I have read it all."), words=AUTO)
    terminal.type("look: ")
    terminal.paste(pasted)
    terminal.wait_for("25,0")
    person.sees(terminal, "pasted")
    responsive(terminal, "xyzzy")
    terminal.press("enter")
    terminal.wait_for("I have read it all.").wait_gone("working")
    assert len(terminal.everything) < 20_000
    assert "goal" not in terminal.everything
    sent = person.server.requests[0].body.decode()
    assert "000000 pasted line" in sent
    assert "024999 pasted line" in sent


def test_one_line_of_1_mb_and_a_paste_without_brackets_do_not_block(person: Person) -> None:
    terminal = person.sits(Answer(text="Read."), words=AUTO)
    terminal.paste("x" * (1 << 20))
    responsive(terminal, "xyzzy")
    terminal.press("ctrl-c")
    terminal.wait_gone("pasted")
    terminal.emulator.modes.discard("2004")
    terminal.paste("\n".join(f"{number:05d} bare" for number in range(9_000)))
    terminal.wait_for("[pasted 9,0")
    responsive(terminal, "xyzzy")
    assert not person.server.requests, "a pasted newline sent something"
    terminal.press("enter")
    terminal.wait_for("Read.")
    assert "08999 bare" in person.server.requests[-1].body.decode()


def test_a_command_that_prints_100_mb_is_folded_while_keys_are_shown(person: Person) -> None:
    flood = "touch begun; yes 'a line of a flood that does not end' | head -c 100000000; echo; echo the end"
    terminal = person.sits(ran(flood, "I open the gates."), Answer(text="That was much."), words=AUTO)
    person.says(terminal, "go")
    terminal.wait(lambda _: (person.project / "begun").exists(), "the command runs")
    terminal.type("typed meanwhile")
    terminal.wait_for("typed meanwhile")
    terminal.wait_past("That was much.").wait_gone("working")
    person.sees(terminal, "flood")
    assert "the end" in terminal.everything
    assert len(terminal.raw) < 2_000_000
    assert len(terminal.scrollback) < 100


def test_a_model_that_streams_garbage_harms_neither_terminal_nor_session(person: Person) -> None:
    hostile = (
        "\x1b[2J\x1b[31mred\x1b]0;owned\x07\x1b[?1049h\x1b]52;c;cHduZWQ=\x07\x9b2J\x1bc \u202ereversed\u202c \x00\x08\x08\x7f"
        "é\u0301\u0301\u0301 👩\u200d💻 日本語 \ud7ff \ufffe" + "█" * 300 + "\n```\nan unclosed block\n| a | b\n|--\n" + "*" * 500
    )
    terminal = person.sits(
        Answer(text=hostile),
        Answer(text="broken", trouble=Trouble(malformed=True)),
        Answer(text="never", trouble=Trouble(garbage=bytes(range(256)) * 40)),
        Answer(text="Sane again."),
        words=AUTO,
    )
    title = terminal.emulator.title
    person.says(terminal, "talk")
    terminal.wait_for("✓ done").wait_gone("working")
    person.sees(terminal, "garbage")
    assert terminal.emulator.screen is terminal.emulator.main
    assert (terminal.emulator.title, terminal.emulator.copied) == (title, [])
    person.says(terminal, "again")
    terminal.wait_past("Sane again.").wait_gone("working")
    responsive(terminal, "xyzzy")
