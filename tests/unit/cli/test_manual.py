"""The manual page names what there is, and is roff that the programs for it accept."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.cli.manual.exits import EXITS
from pullwright.cli.manual.page import page
from pullwright.cli.manual.roff import escaped, paragraphs
from pullwright.cli.program import pullwright
from pullwright.cli.settings.keys import KEYS

DOCS = Path(__file__).parents[3] / "docs"


def plain(roff: str) -> str:
    """The page's words without its macros."""
    return re.sub(r"\\f[BIR]|\\&", "", roff).replace("\\-", "-").replace("\\e", "\\")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found
            if not found.hidden:
                yield from commands(found, f"{name} {child}")


def test_every_command_option_setting_and_exit_code_is_on_the_page() -> None:
    words = plain(page())
    for name, command in commands(pullwright, "pullwright"):
        assert name in words
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) and not parameter.hidden else ():
                assert option in words, f"{name} {option}"
    for key in KEYS:
        assert key.replace("*", "NAME") in words
    manual = (DOCS / "cli.md").read_text()
    for code in EXITS:
        assert f".TP\n\\fB{code}\\fR\n" in page()
        assert f"| {code} |" in manual, f"docs/cli.md does not name the exit code {code}"


def test_the_programs_for_manual_pages_take_it(tmp_path: Path) -> None:
    (tmp_path / "pullwright.1").write_text(page())
    tried = 0
    if mandoc := shutil.which("mandoc"):
        said = subprocess.run([mandoc, "-Tlint", "-W", "warning", "pullwright.1"], cwd=tmp_path, capture_output=True, text=True)
        # A date would make every build another one.
        assert [line for line in said.stdout.splitlines() if "missing date" not in line] == []
        tried += 1
    if groff := shutil.which("groff"):
        said = subprocess.run(
            [groff, "-man", "-ww", "-Tutf8", "-z", "pullwright.1"], cwd=tmp_path, capture_output=True, text=True
        )
        assert said.stderr == ""
        tried += 1
    if not tried:
        pytest.skip("neither mandoc nor groff is installed")


def test_it_is_made_with_what_a_build_has() -> None:
    """A wheel is built in an environment of its own: click and msgspec are there, nothing else of ours."""
    code = (
        "import sys\n"
        "class Only:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        first = name.partition('.')[0]\n"
        "        if first not in sys.stdlib_module_names and first not in ('pullwright', 'click', 'msgspec', 'sitecustomize'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Only())\n"
        "from pullwright.cli.manual.page import page\n"
        "from pullwright.cli.completing.shells import script\n"
        "print(len(page()), len(script('zsh')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\n\\.'-"), max_size=80))
def test_no_text_is_taken_for_a_macro(text: str) -> None:
    for line in escaped(text).split("\n"):
        assert line[:1] not in (".", "'")
        assert all(part[:1] in ("-", "e", "&", "(") for part in line.split("\\")[1:])


def test_blocks_keep_their_lines() -> None:
    assert paragraphs("One\ntwo.\n\n\b\nExamples:\n  a  b\n") == [
        ".PP", "One two.", ".PP", ".nf", "Examples:", "  a  b", ".fi",
    ]  # fmt: skip
