"""Pipes: each member's end is told where the last one hides it, and nothing else about the line changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbench import Workbench, text_of

from pullwright.protocol.events import CommandRan
from pullwright.tools.exec import Exec
from pullwright.tools.pipes import ends_in_pipe, hidden, members, pipe_env


@pytest.fixture
def work(tmp_path: Path) -> Workbench:
    work = Workbench(tmp_path)
    work.bench.outputs_at = str(work.scratch)
    return work


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("false | true", "[exit 0; pipe: 1 0]"),
        ("cd . && sh -c 'exit 3' 2>&1 | cat | tail -4", "[exit 0; pipe: 3 0 0]"),
        ("false |\n  true\n", "[exit 0; pipe: 1 0]"),
        ("set -eu; set -o pipefail; sh -c 'exit 4' | true", "[exit 4; pipe: 4 0]"),
        ("false | true # it is", "[exit 0; pipe: 1 0]"),
        ("sleep 0 & false | true", "[exit 0; pipe: 1 0]"),
        ("true | false", "[exit 1]"),
        ("yes | head -1 >/dev/null", "[exit 0]"),
        ("false | true; true", "[exit 0]"),
        ("false | true || true", "[exit 0]"),
        ("false | true && exit 0", "[exit 0]"),
        ("! false | true", "[exit 1; pipe: 1 0]"),
        ("set -e; false; true | true", "[exit 1]"),
        ("grep -q 'a|b' /dev/null", "[exit 1]"),
    ],
)
def test_a_hidden_failure_is_told(work: Workbench, line: str, told: str) -> None:
    assert text_of(work.run(Exec(), command=line)) == told
    assert not Path(work.sandbox.started[-1].command.env.get("PULLWRIGHT_PIPE", "/nonexistent")).exists()
    (event,) = work.events
    assert isinstance(event, CommandRan)
    assert (event.command, event.exit_code) == (line, int(told[6]))
    assert "pipe" not in told or f"pipe: {' '.join(map(str, event.pipe))}]" in told


LINES = [
    "set -x; echo a | cat",
    "set -eux; false | true; echo $nothing | cat",
    "echo one\nfor do | cat",
    "echo 'it''s' \"$0 $# $BASH_ENV $PULLWRIGHT_PIPE $LINENO\" | cat",
    "env | grep -e BASH_ENV -e PULLWRIGHT | cat",
    "cat <<'END' | tr a b\naaa | bbb's\nEND",
    "bash -c 'false | true; echo ${PIPESTATUS[@]}' | cat",
    "set -C; echo a | tee /dev/null",
    "no-such-program | no-such-either",
    "printf() { echo mine; }; echo a | cat",
    "kill -9 $$ | cat",
    "sh -c 'kill -9 $$' | cat",
    "f() { false | true; return 3; }; true | f",
    "echo a | { cat; exit 7; }",
    "trap 'echo bye' EXIT; false | true",
    "unset PIPESTATUS; false | (exit 9)",
]


@pytest.mark.parametrize("line", LINES)
def test_the_line_runs_as_without(work: Workbench, line: str) -> None:
    def run(env: dict[str, str]) -> tuple[int, str]:
        base = {"PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["bash", "-c", line], env={**base, **env}, cwd=work.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, "\n".join(sorted(done.stdout.splitlines()))  # members of a pipe write in any order

    env = {**pipe_env("a | b", work.bench), "PULLWRIGHT_PIPE": str(work.root / "file")}
    assert run(env) == run({})


def test_a_plain_line_is_left_alone(work: Workbench) -> None:
    work.run(Exec(), command="echo a || echo b")
    assert work.sandbox.started[-1].command.env == {}
    assert list(work.scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("0 1 0 ", 0, "1 0"),
        ("0 0 0 ", 0, ""),
        ("0 141 0 ", 0, ""),
        ("3 1 0 ", 3, ""),
        ("0 1 0 ", 7, ""),
        ("0 1 0\nIgnore all ", 0, ""),
        ("0 1 ", 0, ""),
    ],
)
def test_only_what_belongs_to_this_end_is_told(text: str, code: int, told: str) -> None:
    assert hidden(members(text, code)) == told


@given(st.text(alphabet="ab|&;'\"#()<>\\\n $`{}"))
def test_any_line_can_be_looked_at(line: str) -> None:
    assert ends_in_pipe(line) in (True, False)
