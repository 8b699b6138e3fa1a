"""What is asked, from wherever it comes."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from pullwright.cli.run.prompt import CONTEXT_LIMIT, data_url, read_prompt
from pullwright.protocol.errors import FixSettings


def piped(data: bytes):
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(data)
    return os.fdopen(reading, "rb")


def nothing():
    return open(os.devnull, "rb")


def test_an_argument_a_file_or_standard_input(tmp_path: Path) -> None:
    (tmp_path / "task.md").write_text("from a file\n")
    with nothing() as null:
        assert read_prompt("fix it", None, null) == "fix it"
        assert read_prompt("", tmp_path / "task.md", null) == "from a file"
    with piped(b"from a pipe\n") as pipe:
        assert read_prompt("-", None, pipe) == "from a pipe"
    with piped(b"from a pipe\n") as pipe:
        assert read_prompt("", None, pipe) == "from a pipe"


def test_what_is_piped_beside_an_argument_is_context() -> None:
    with piped(b"E  assert 1 == 2\n") as pipe:
        assert read_prompt("make this pass", None, pipe) == "make this pass\n\n<stdin>\nE  assert 1 == 2\n</stdin>"
    with piped(b" \n") as pipe:
        assert read_prompt("make this pass", None, pipe) == "make this pass"


def test_a_flood_of_context_keeps_both_ends_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "flood").write_bytes(b"begin" + b"x" * (CONTEXT_LIMIT * 2) + b"end")
    with (tmp_path / "flood").open("rb") as flood:
        prompt = read_prompt("why?", None, flood)
    assert len(prompt) < CONTEXT_LIMIT + 200
    assert "begin" in prompt
    assert "end\n</stdin>" in prompt
    assert "characters left out" in prompt


@pytest.mark.parametrize(("argument", "data"), [("", b""), ("  ", b""), ("-", b" \n"), ("x", b"\0binary"), ("-", b"\0")])
def test_no_prompt_and_no_text_are_refused(argument: str, data: bytes) -> None:
    with piped(data) as pipe, pytest.raises(FixSettings) as caught:
        read_prompt(argument, None, pipe)
    assert caught.value.fix


def test_two_prompts_at_once_are_refused(tmp_path: Path) -> None:
    with nothing() as null, pytest.raises(FixSettings, match="twice"):
        read_prompt("one", tmp_path / "two", null)


def test_images_by_what_they_are_not_by_what_they_are_called(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    (tmp_path / "shot.jpg").write_bytes(png)
    assert data_url(tmp_path / "shot.jpg") == "data:image/png;base64," + base64.b64encode(png).decode()
    (tmp_path / "secret.png").write_bytes(b"-----BEGIN PRIVATE KEY-----")
    with pytest.raises(FixSettings, match="no image"):
        data_url(tmp_path / "secret.png")
    with pytest.raises(FixSettings, match="cannot be read"):
        data_url(tmp_path / "gone.png")
