"""The screen in a real terminal, over a fake pairing: typing, streaming, dialogs, pastes, sizes, and the terminal left sane."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.driver import Terminal


@contextmanager
def screen(folder: Path, *, columns: int = 80, rows: int = 24, argv: tuple[str, ...] = (), **env: str) -> Iterator[Terminal]:
    """The screen at work in `folder`, ready for keys."""
    project = folder / "project"
    project.mkdir(exist_ok=True)
    given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder), "PULLWRIGHT_HOME": str(folder / "home"), **env}
    command = [sys.executable, "-m", "pullwright.cli.terminal.screen", str(project), *argv]
    with Terminal(command, env=given, cwd=folder, columns=columns, rows=rows) as terminal:
        yield terminal.wait_for("❯", "fake-model")


def submit(terminal: Terminal, text: str) -> None:
    """Write and send, between turns or into one."""
    terminal.type(text)
    terminal.press("enter")


def numbers(terminal: Terminal) -> list[int]:
    """The numbers of the streamed lines, in the order in which they stand."""
    return [int(found) for found in re.findall(r"(\d{6}) the quick", terminal.everything)]


def shown_until(terminal: Terminal, number: int) -> None:
    terminal.wait_past(f"{number:06d} the quick")


def asked(terminal: Terminal, title: str) -> None:
    """A dialog shows and takes keys: its first answer is the chosen one."""
    terminal.wait_for(title).wait(lambda it: "▸ " in it.text, "armed")


def test_a_prompt_is_answered_and_typing_goes_on_while_lines_stream(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "stream 600 400")
        terminal.wait_for("working")
        written = "what I write meanwhile is all there"
        for letter in written:
            terminal.type(letter)
            terminal.pump(0.01)
        terminal.wait_for(f"❯ {written}")
        terminal.wait_gone("working").wait_for(f"❯ {written}")
        assert numbers(terminal) == list(range(600))


def test_frames_never_show_half_of_the_screen(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "stream 300 300")
        terminal.wait_for("working")
        while "working" in terminal.text:
            terminal.wait(lambda it: True)
            assert "❯" in terminal.text, terminal.picture()
            assert "fake-model" in terminal.text, terminal.picture()
            terminal.pump(0.01)


@pytest.mark.parametrize("width", [40, 57, 300])
def test_a_resize_in_mid_stream_loses_and_tears_nothing(tmp_path: Path, width: int) -> None:
    with screen(tmp_path, columns=90) as terminal:
        submit(terminal, "stream 400 200")
        terminal.wait_for("working")
        shown_until(terminal, 60)
        terminal.resize(width)
        shown_until(terminal, 200)
        terminal.resize(90)
        terminal.wait_gone("working").settle()
        assert sum(line.startswith("❯ what is") for line in terminal.lines) == 1, terminal.picture()
        assert sum("fake-model" in line for line in terminal.lines) == 1, terminal.picture()
        assert set(numbers(terminal)) == set(range(400))


def test_a_paste_of_a_megabyte_is_folded_and_sent_whole(tmp_path: Path) -> None:
    text = "".join(f"{number:06d} {'x' * 92}\n" for number in range(10_240))
    with screen(tmp_path) as terminal:
        terminal.type("what is this? ")
        terminal.paste(text)
        terminal.wait_for("❯ what is this? [pasted 10,240 lines]")
        terminal.press("backspace")
        terminal.wait_gone("[pasted").wait_for("❯ what is this?")
        terminal.paste(text)
        terminal.wait_for("[pasted 10,240 lines]")
        terminal.press("enter")
        terminal.wait_past(f"{len(text) + len('what is this?')} characters came")


def test_what_is_typed_in_one_burst_or_before_the_start_is_kept(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        burst = "word " * 2_000
        terminal.type(burst)
        terminal.wait_for("pasted 10,000 characters")
    given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    with Terminal([sys.executable, "-m", "pullwright.cli.terminal.screen", str(tmp_path)], env=given, cwd=tmp_path) as terminal:
        terminal.type("early words\r")
        terminal.wait_for("you said: early words")


def test_steering_queueing_and_taking_back(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "slow 30")
        terminal.wait_for("working")
        terminal.type("and then this")
        terminal.press("tab")
        terminal.wait_for("next: and then this")
        terminal.press("up")
        terminal.wait_gone("next: and then this").wait_for("❯ and then this")
        terminal.press("tab")
        terminal.wait_for("next: and then this")
        submit(terminal, "a remark")
        terminal.wait_past("❯ a remark")
        terminal.press("esc")
        terminal.wait_for("what is to be done")


def test_a_command_is_permitted_refused_with_words_and_edited(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.press("y")
        terminal.wait_past("$ pytest -q").wait_for("what is to be done")
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.press("n")
        terminal.wait_for("What should it do instead?")
        terminal.type("use make\r")
        terminal.wait_past("they say: use make").wait_for("what is to be done")
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.press("e")
        terminal.wait_for("> pytest -q")
        terminal.type(" -x\r")
        terminal.wait_past("$ pytest -q -x  ")


def test_keys_of_somebody_who_is_typing_do_not_answer(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "soon run pytest")
        for letter in "yes, always say yes ":
            terminal.type(letter)
            terminal.pump(0.05)
        terminal.wait_for("May this command run?", "❯ yes, always say yes", "Esc goes back to the question")
        terminal.paste("y")
        terminal.wait_for("❯ yes, always say yes y", "May this command run?", "Esc goes back to the question")
        terminal.press("esc")
        asked(terminal, "May this command run?")
        # Not a key is lost between the answer and what follows from it.
        terminal.press("n", "enter")
        terminal.wait_gone("May this").wait_for("❯ yes, always say yes y")


def test_a_sentence_that_begins_in_a_question_is_a_remark(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.type("no: think of the tests")
        terminal.wait_for("❯ no: think of the tests", "Enter says what you write")
        terminal.press("enter")
        terminal.wait_for("not heard yet: no: think of the tests")
        asked(terminal, "May this command run?")
        terminal.type("x")
        terminal.wait_for("❯ x").press("backspace")
        asked(terminal, "May this command run?")
        terminal.press("y")
        terminal.wait_past("$ pytest -q").wait_for("what is to be done")
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.type("yes\r")
        terminal.wait_for("what is to be done")
        submit(terminal, "ask")
        asked(terminal, "Which one?")
        terminal.type("2 of them\r")
        terminal.wait_past("so it is 2 of them")


def test_shift_tab_in_a_question_changes_the_mode(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "run pytest -q")
        asked(terminal, "May this command run?")
        terminal.press("shift-tab")
        terminal.wait_for("auto-edit: edits are made at once", "May this command run?")


def test_an_edit_is_taken_hunk_by_hunk(tmp_path: Path) -> None:
    with screen(tmp_path, rows=40) as terminal:
        submit(terminal, "edit")
        asked(terminal, "May these files change?")
        terminal.press("h")
        terminal.wait_for("Hunk 1 of 2", "line four")
        terminal.press("n")
        terminal.wait_for("Hunk 2 of 2", "and one more")
        terminal.press("y")
        terminal.wait_past("written: line 4, line twenty-five").wait_for("what is to be done")
        submit(terminal, "edit")
        asked(terminal, "May these files change?")
        terminal.press("h")
        terminal.wait_for("Hunk 1 of 2").press("d")
        terminal.wait_for("What should it do instead?").type("leave it\r")
        terminal.wait_past("❯ leave it")


def test_a_question_is_answered_by_number_or_in_words(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "ask")
        asked(terminal, "Which one?")
        terminal.press("2")
        terminal.wait_past("so it is right").wait_for("what is to be done")
        submit(terminal, "ask")
        asked(terminal, "Which one?")
        terminal.press("3")
        terminal.wait_for("Enter sends it")
        terminal.type("neither\r")
        terminal.wait_past("so it is neither")


def test_ctrl_c_clears_then_quits_and_the_terminal_is_sane(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        before = termios.tcgetattr(terminal.fd)[3] & (termios.ECHO | termios.ICANON)
        assert before == 0
        terminal.type("a draft")
        terminal.press("ctrl-c")
        terminal.wait_gone("a draft")
        terminal.press("up")
        terminal.wait_for("❯ a draft")
        terminal.press("ctrl-c", "ctrl-c")
        terminal.wait_for("Ctrl-C again")
        terminal.press("ctrl-c")
        assert terminal.wait_exit() == 0
        sane(terminal)


def sane(terminal: Terminal) -> None:
    assert terminal.emulator.title == ""
    flags = termios.tcgetattr(terminal.fd)[3]
    assert flags & termios.ECHO
    assert flags & termios.ICANON
    assert not {"2004", "1004", "2026", "1049"} & set(terminal.emulator.modes)
    assert terminal.raw.count(b"\x1b[>1u") == terminal.raw.count(b"\x1b[<u")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_a_sane_terminal(tmp_path: Path, number: int, status: int) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "slow 30")
        terminal.wait_for("working")
        os.kill(terminal.pid, number)
        assert terminal.wait_exit() == status
        sane(terminal)


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back(tmp_path: Path) -> None:
    command = f"{sys.executable} -m pullwright.cli.terminal.screen {tmp_path}"
    given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path), "PS1": "shell$ "}
    with Terminal(["bash", "--norc", "-i"], env=given, cwd=tmp_path) as terminal:
        terminal.wait_for("shell$")
        submit(terminal, command)
        terminal.wait_for("fake-model")
        terminal.type("half a thou")
        terminal.wait_for("half a thou")
        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        submit(terminal, "echo in the $((1 + 0))st shell")
        terminal.wait_for("in the 1st shell")
        submit(terminal, "fg")
        terminal.wait_for("❯ half a thou")
        terminal.type("ght")
        terminal.wait_for("❯ half a thought")


def test_the_persons_own_editor_and_its_failure(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'and more' >> \"$1\"\n")
    editor.chmod(0o755)
    with screen(tmp_path, EDITOR=str(editor)) as terminal:
        terminal.type("a line")
        terminal.press("alt-enter")
        terminal.press("ctrl-g")
        terminal.wait_for("❯ a line", "  and more")
    with screen(tmp_path, EDITOR="/nowhere/editor") as terminal:
        terminal.type("kept")
        terminal.press("ctrl-g")
        terminal.wait_for("does not start", "❯ kept")


def test_files_are_completed_with_their_folders_and_ignored_ones_are_not(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "lib" / "deep").mkdir(parents=True)
    (project / ".gitignore").write_text("built/\n")
    for name in ("lib/deep/parser.py", "lib/a name.txt", "built/parser.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("")
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    with screen(tmp_path) as terminal:
        terminal.type("see @parse")
        terminal.wait_for("lib/deep/parser.py")
        assert "built/" not in terminal.text
        terminal.press("tab")
        terminal.wait_for("❯ see @lib/deep/parser.py")
        terminal.type("and @aname")
        terminal.wait_for("lib/a name.txt")
        terminal.press("enter")
        terminal.wait_for('and @"lib/a name.txt"')


def test_history_is_kept_for_the_project_and_searched(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        for text in ("the first thing", " a secret thing", "the second thing"):
            submit(terminal, text)
            terminal.wait_past(f"you said: {text.strip()}").wait_for("what is to be done")
        terminal.press("ctrl-d")
        terminal.wait_exit()
    (kept,) = (tmp_path / "home" / "history").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"secret" not in kept.read_bytes()
    with screen(tmp_path) as terminal:
        terminal.press("up", "up")
        terminal.wait_for("❯ the first thing")
        terminal.press("down", "down")
        terminal.wait_gone("❯ the")
        terminal.press("ctrl-r")
        terminal.type("first")
        terminal.wait_for("▸ the first thing").wait_gone("second")
        terminal.press("enter")
        terminal.wait_for("❯ the first thing")


def test_escape_twice_goes_back(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "first prompt")
        terminal.wait_past("you said: first prompt").wait_for("what is to be done")
        terminal.press("esc")
        terminal.wait_for("Esc again")
        terminal.press("esc")
        terminal.wait_for("Go back", "first prompt").press("enter")
        terminal.wait_for("conversation only").press("c")
        terminal.wait_for("❯ first prompt")


def test_shift_enter_and_other_keys_of_newer_keyboards(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        terminal.type("one\x1b[13;2utwo\x1b[27;2;13~three\x1b[98;3u\x1b[98;5u!")
        terminal.wait(lambda it: "❯ one\n  two\n  !three" in it.text or "❯ one\n  tw!o\n  three" in it.text)
        terminal.type("\x1b[99;5u")
        terminal.wait_gone("three")


def test_a_person_who_looks_elsewhere_is_called_once_and_one_who_looks_is_not(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        assert terminal.emulator.title == "project · Pullwright"
        submit(terminal, "run pytest")
        asked(terminal, "May this command run?")
        assert terminal.emulator.title == "? project"
        assert terminal.emulator.bells == 0
        terminal.press("y")
        terminal.wait_for("what is to be done")
        terminal.type("\x1b[O")
        submit(terminal, "run pytest")
        asked(terminal, "May this command run?")
        assert terminal.emulator.bells == 1
        terminal.type("\x1b[I")
        terminal.press("y")
        terminal.wait_for("what is to be done")
        assert terminal.emulator.bells == 1


def test_the_last_answer_is_copied_through_the_terminal(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "copy this")
        terminal.wait_past("you said: copy this").wait_for("what is to be done")
        submit(terminal, "/copy")
        terminal.wait_for("copied: 19 characters")
        assert base64.b64encode(b"you said: copy this") in terminal.raw


def test_a_picture_that_is_dragged_into_the_window_goes_with_the_prompt(tmp_path: Path) -> None:
    picture = tmp_path / "a picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    with screen(tmp_path) as terminal:
        terminal.paste(f"'{picture}'")
        terminal.wait_for("❯ [image 1]")
        terminal.type("what is it?")
        terminal.press("enter")
        terminal.wait_past("with 1 image: [image 1] what is it?")


def test_a_mode_is_switched_and_the_keys_are_shown(tmp_path: Path) -> None:
    with screen(tmp_path, rows=50) as terminal:
        for mode in ("auto-edit", "full-auto", "plan", "suggest"):
            terminal.press("shift-tab")
            terminal.wait_for(f"{mode}: ")
        terminal.press("?")
        terminal.wait_for("Ctrl-R", "search what you have sent before")
        terminal.press("ctrl-t")
        terminal.wait_for("q close")
        assert "1049" in terminal.emulator.modes
        terminal.press("q")
        terminal.wait_for("what is to be done")
        assert "1049" not in terminal.emulator.modes


def test_with_vims_keys_esc_leaves_insertion_on_an_empty_line_too(tmp_path: Path) -> None:
    with screen(tmp_path) as terminal:
        submit(terminal, "/vim")
        terminal.wait_for("vim keys").press("esc")
        terminal.wait_for("❮")
        terminal.type("ihello world")
        terminal.wait_for("❯ hello world").press("esc")
        terminal.wait_for("❮ hello world").type("bdw")
        terminal.wait_for("❮ hello").wait_gone("world").press("enter")
        terminal.wait_gone("❮")
