"""A config file is read as data, the way `git config --no-includes` reads it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pullwright.workspace.config import parse_config, read_config

TEXT = """\
; a note
[core] bare = false
\tautoCRLF = input # why
[user]
\tname = "Ada \\"the\\" First" ; note
\temail = ada@example.org\t
[remote "Some.Name"]
\turl = a\\
b
\tflag
[include]
\tpath = other
[filter "x"]
\tclean = sh -c \\"touch owned\\"
"""


def test_as_git_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(TEXT)
    (tmp_path / "other").write_text("[core]\n\teditor = evil\n")
    out = subprocess.run(["git", "config", "--file", path, "--no-includes", "-z", "--list"], capture_output=True, check=True)
    expected: dict[str, str] = {}
    for line in out.stdout.decode().split("\0")[:-1]:
        key, has_value, value = line.partition("\n")
        expected[key] = value if has_value else "true"
    assert read_config(path) == expected
    assert expected["user.name"] == 'Ada "the" First'


@pytest.mark.parametrize("text", ["[", "[a", "key = value", "[a]\n=b", "[a]\n1x = b", "\0\0", "[a]\nb = \\"])
def test_nonsense_is_passed_over(text: str) -> None:
    assert set(parse_config(text)) <= {"a.b"}


def test_no_file_is_no_values(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none") == {}
    assert read_config(tmp_path) == {}
