"""What the editor keeps: the history on disk, pastes behind their marks, images by path; and how keys are read."""

from __future__ import annotations

import os
import tty
from pathlib import Path

import pytest
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from pullwright.cli.terminal.screen.history import LONGEST, History, Recall, history_file
from pullwright.cli.terminal.screen.images import dropped_images
from pullwright.cli.terminal.screen.keyboard import BLUR, FOCUS, Keyboard, Parser
from pullwright.cli.terminal.screen.paste import Folds


def test_the_history_is_bounded_private_and_holds_nothing_twice(tmp_path: Path) -> None:
    path = history_file(tmp_path, Path("/some/project"))
    history = History(path, 3)
    for text in ("one", "two", "one", " a secret", "three\nlines", "x" * (LONGEST + 1), "", "two", "two", "four"):
        history.add(text)
    assert history.entries == ["three\nlines", "two", "four"]
    assert History(path, 3).entries == ["three\nlines", "two", "four"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert b"secret" not in path.read_bytes()
    assert history.search("O") == ["four", "two"]
    assert history.search("lines three") == ["three\nlines"]


def test_a_damaged_history_loses_only_what_is_damaged_and_is_tidied(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'"first"\n{broken\n\xff\n"second"\n"torn')
    assert History(path).entries == ["first", "second"]
    path.write_bytes(b'"a"\n' * 5_000 + b'"b"\n')
    assert History(path).entries == ["a", "b"]
    assert path.read_bytes() == b'"a"\n"b"\n'


def test_a_history_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history.jsonl")
    history.add("kept for now")
    assert history.entries == ["kept for now"]


def test_stepping_through_the_history_keeps_what_was_being_written() -> None:
    history = History(None)
    for text in ("one", "two"):
        history.add(text)
    recall = Recall(history)
    assert recall.later() is None
    assert [recall.earlier("draft"), recall.earlier("two"), recall.earlier("one")] == ["two", "one", None]
    assert [recall.later(), recall.later(), recall.later()] == ["two", "draft", None]


def test_long_pastes_are_folded_and_sent_whole() -> None:
    folds = Folds()
    long = "\r\n".join(str(number) for number in range(100))
    mark = folds.fold(long)
    assert mark == "[pasted 100 lines]"
    assert folds.fold("short\rpaste") == "short\npaste"
    assert folds.fold(long) == mark
    other = folds.fold(long.replace("5", "6"))
    assert other == "[pasted 100 lines #2]"
    assert folds.fold("y" * 2_000) == "[pasted 2,000 characters]"
    whole = folds.whole(f"see {mark} and {other}; [pasted 7 lines] is only written so")
    assert whole.startswith("see 0\n1\n2")
    assert whole.endswith("; [pasted 7 lines] is only written so")
    assert folds.mark_before(f"see {mark}") == mark
    assert folds.mark_before(f"see {mark} ") == ""
    assert folds.mark_before("see [pasted 7 lines]") == ""


def test_images_are_known_by_their_marks(tmp_path: Path) -> None:
    picture, spaced = tmp_path / "a.png", tmp_path / "b c.jpg"
    for path in (picture, spaced):
        path.write_bytes(b"x")
    assert dropped_images(f"{picture}", tmp_path) == [str(picture)]
    assert dropped_images("a.png\n", tmp_path) == [str(picture)]
    assert dropped_images(f"'{spaced}' {picture}", tmp_path) == [str(spaced), str(picture)]
    assert dropped_images(f"file://{str(spaced).replace(' ', '%20')}", tmp_path) == [str(spaced)]
    assert dropped_images(str(spaced).replace(" ", "\\ "), tmp_path) == [str(spaced)]
    assert dropped_images(f"look at {picture}", tmp_path) == []
    assert dropped_images(f"{tmp_path}/missing.png", tmp_path) == []
    assert dropped_images("it's a.png", tmp_path) == []
    folds = Folds()
    assert [folds.image("/a.png"), folds.image("/b.png"), folds.image("/a.png")] == ["[image 1]", "[image 2]", "[image 1]"]
    assert folds.images("first [image 2], then [image 1] [image 2] [image 9]") == ["/b.png", "/a.png"]
    assert folds.whole("[image 1]") == "[image 1]"


def read(*pieces: str) -> list[tuple[Keys | str, str]]:
    keys: list[KeyPress] = []
    parser = Parser(keys.append)
    for piece in pieces:
        parser.feed(piece)
    parser.flush()
    return [(key.key, key.data) for key in keys]


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_paste_is_one_key_wherever_it_is_cut(cut: int) -> None:
    sent = "a\x1b[200~b\x1b[c\x1b[201~d\x1b[I"
    assert read(sent[:cut], sent[cut:]) == [("a", "a"), (Keys.BracketedPaste, "b\x1b[c"), ("d", "d"), (FOCUS, "\x1b[I")]


def test_keys_of_newer_keyboards_are_those_that_all_have() -> None:
    def names(sent: str) -> list[Keys | str]:
        return [key for key, _ in read(sent)]

    assert names("\x1b[13;2u") == [Keys.Escape, Keys.ControlM]
    assert names("\x1b[27;5;13~") == [Keys.Escape, Keys.ControlM]
    assert names("\x1b[27u") == [Keys.Escape]
    assert names("\x1b[99;5u") == [Keys.ControlC]
    assert names("\x1b[98;3u") == [Keys.Escape, "b"]
    assert names("\x1b[9;2u") == [Keys.BackTab]
    assert names("\x1b[127;3u") == [Keys.Escape, Keys.ControlH]
    assert names("\x1b[O") == [BLUR]
    assert names("\x1b[A") == [Keys.Up]


@pytest.mark.parametrize("cut", range(1, 30))
def test_the_terminals_answer_about_its_background_is_no_key(cut: int) -> None:
    ours, theirs = os.openpty()
    answers: list[str] = []
    sent = b"a\x1b]11;rgb:1e1e/2020/3030\x1b\\b"
    with os.fdopen(theirs, "r") as terminal:
        tty.setraw(terminal)
        keyboard = Keyboard(terminal, background=answers.append)
        keys: list[KeyPress] = []
        for piece in (sent[:cut], sent[cut:]):
            os.write(ours, piece)
            keys += keyboard.read_keys()
        keys += keyboard.flush_keys()
    os.close(ours)
    assert [key.data for key in keys] == ["a", "b"]
    assert answers == ["rgb:1e1e/2020/3030"]
