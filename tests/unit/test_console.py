"""The terminal that the end-to-end tests sit at behaves as terminals do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console import golden
from console.driver import Terminal
from console.semantics import portray
from console.stream import Emulator


@contextmanager
def program(code: str, **options: int) -> Iterator[Terminal]:
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    with Terminal([sys.executable, "-c", code], env=env, **options) as terminal:
        yield terminal


def emulator(*pieces: str, columns: int = 20, rows: int = 4) -> tuple[Emulator, list[str]]:
    answers: list[str] = []
    made = Emulator(columns, rows, answers.append)
    for piece in pieces:
        made.feed(piece.encode())
    return made, answers


def test_keys_go_in_and_a_screen_comes_out() -> None:
    with program("name = input('Who? '); print(f'\\x1b[1;32mHello {name}\\x1b[0m'); input()") as terminal:
        terminal.wait_for("Who?").type("Ada")
        terminal.press("enter")
        terminal.wait_for("Hello Ada")
        assert '  1  bold green "Hello Ada"' in portray(terminal)
        assert terminal.alive
        terminal.press("ctrl-c")
        assert terminal.wait_exit() != 0


def test_a_large_paste_arrives_whole_while_the_program_writes_back() -> None:
    code = """
import sys, termios, tty
tty.setraw(0)
print('\\x1b[?2004h ready', end='', flush=True)
got = ''
while not got.endswith('\\x1b[201~'): got += sys.stdin.read(1); print('.' if len(got) % 100 == 0 else '', end='', flush=True)
print(f'\\r\\n{len(got)} {got[:8]!r}')
"""
    with program(code) as terminal:
        terminal.wait_for("ready").paste("é\n" * 20_000)
        terminal.wait_for(f"{40_000 + 12}", r"'\x1b[200~é\r'")


def test_the_program_is_killed_and_its_size_known() -> None:
    code = """
import os, signal
show = lambda *_: os.write(1, str(os.get_terminal_size()).encode() + bytes([13, 10]))
signal.signal(signal.SIGWINCH, show)
show()
while True: signal.pause()
"""
    with program(code, columns=50, rows=10) as terminal:
        terminal.wait_for("columns=50, lines=10")
        terminal.resize(40)
        terminal.wait_for("columns=40, lines=10")
        terminal.kill()
        assert terminal.status == -9


def test_what_left_the_screen_is_in_the_scrollback_and_long_lines_are_wrapped_anew() -> None:
    made, _ = emulator("one\r\ntwo\r\n" + "x" * 30 + "\r\nthree\r\n> ")
    assert made.main.scrolled == ["one", "two"]
    made.resize(30, 4, reflow=True)
    assert made.main.scrolled == ["one"]
    assert made.main.rows == ["two", "x" * 30, "three", ">"]
    assert (made.main.cursor.x, made.main.cursor.y) == (2, 3)
    made.resize(10, 4, reflow=True)
    assert made.main.scrolled == ["one", "two", "x" * 10]
    assert made.main.rows == ["x" * 10, "x" * 10, "three", ">"]


def test_a_full_screen_leaves_no_trace_and_a_frame_shows_when_it_is_whole() -> None:
    made, _ = emulator("kept\x1b[?1049h\x1b[2J\x1b[Hfull")
    assert made.screen.rows[0] == "full"
    made.feed(b"\x1b[?1049l\x1b[?2026h\x1b[2J")
    assert (made.screen.rows[0], made.in_frame) == ("kept", True)
    made.feed(b"\x1b[Hnew\x1b[?2026l")
    assert (made.screen.rows[0], made.in_frame) == ("new", False)


def test_questions_are_answered_and_what_pyte_would_print_is_not_shown() -> None:
    asked = "ab\x1b[6n\x1b[c\x1b]11;?\x07\x1b[?2026$p\x1b[>4;2m\x1b[?u\x1b[>1u\x1bPq#0\x1b\\\x1b]8;;http://x\x07c\x1b]8;;\x07\x1b]52;c;aGk=\x07\x07"
    made, answers = emulator(*asked)
    assert made.screen.rows[0] == "abc"
    assert answers == ["\x1b[1;3R", "\x1b[?62;22c", "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b[?2026;2$y"]
    assert (made.links, made.copied, made.bells) == (["http://x"], ["c;aGk="], 1)


def test_styles_that_pyte_lacks() -> None:
    made, _ = emulator("\x1b[2;38;5;2mdim\x1b[22m not\x1b[0m e\u0301 👩\u200d💻 日本")
    screen = made.screen
    assert (screen.buffer[0][0].dim, screen.buffer[0][4].dim) == (True, False)
    assert screen.rows[0].startswith("dim not é")
    assert "日本" in screen.rows[0] + screen.rows[1]


def test_a_golden_screen_shows_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with program("print('\\x1b[1mdone\\x1b[0m in 1.25 s for $0.031, session ses_0123456789'); input()") as terminal:
        terminal.wait_for("done")
        monkeypatch.setenv("GOLDEN", "write")
        golden.check(terminal, tmp_path / "done.txt")
        monkeypatch.delenv("GOLDEN")
        assert "done in TIME for $N, session ses_ID" in (tmp_path / "done.txt").read_text()
        golden.check(terminal, tmp_path / "done.txt")
        (tmp_path / "done.txt").write_text((tmp_path / "done.txt").read_text().replace('bold "done"', 'bold red "done"'))
        monkeypatch.setattr(golden, "PATIENCE", 0.1)
        with pytest.raises(AssertionError, match=r'≠.*bold red "done" *│.*bold "done"'):
            golden.check(terminal, tmp_path / "done.txt")
