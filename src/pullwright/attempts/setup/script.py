"""How a setup script is run, and which line of it failed.

    Script.of(text)         bash for a script without `#!`, else the interpreter that it names
    script.command(…)       the command inside; for bash with traps (trap.bash) that note each failing command
    script.failure(…)       the line, from what can be known: the traps' notes, the interpreter's own words, the command's text

A script may set what it wants (`set +e`, `-u`, `-x`, its own traps): then the notes are fewer, and the other sources count.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import msgspec

from pullwright.sandbox.sandbox import Command, Finished

AT = "/run/pullwright/setup/script"
TRAP_AT = "/run/pullwright/setup/trap"
TRAP = Path(__file__).with_name("trap.bash")
_NAMES_ERROR = re.compile(r"(?i)error\b|\bfailed\b|not found|no such|denied|refused|cannot|could not|unable to")
_LONGEST_LINE = 240
_QUOTED = re.compile(r"\\(.)")


class Failure(msgspec.Struct, frozen=True):
    """Where a script failed: its line (0: not known), that line's text, and how it is told."""

    line: int
    text: str
    words: str


class Script(msgspec.Struct, frozen=True):
    """A setup or maintenance script. `interpreter` are the words of its `#!`, `bash` where it has none."""

    text: str
    interpreter: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Script:
        """The script of that text; CRLF ends of lines become LF."""
        text = text.replace("\r\n", "\n")
        first = text.partition("\n")[0]
        words = first[2:].split() if first.startswith("#!") else []
        if words and PurePosixPath(words[0]).name == "env":
            words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        return cls(text, tuple(words) or ("bash",))

    @property
    def is_bash(self) -> bool:
        """Whether bash runs it."""
        return PurePosixPath(self.interpreter[0]).name == "bash"

    def write(self, path: Path) -> None:
        """Make the file that is shown inside at `AT`."""
        path.write_text(self.text if self.text.endswith("\n") else f"{self.text}\n")
        path.chmod(0o755)

    def command(self, notes: str, *, env: dict[str, str], timeout: float, keep: Path) -> Command:
        """What is run inside; its notes go to the file `notes` there, its output to `keep` outside."""
        if self.is_bash:
            argv = ("bash", *self.interpreter[1:], AT)
            env = {**env, "BASH_ENV": TRAP_AT, "PULLWRIGHT_NOTES": notes}
        else:
            argv = (AT,)
        return Command(argv=argv, env=env, timeout=timeout, keep=keep, keep_bytes=32 << 20)

    def failure(self, finished: Finished, notes: str) -> Failure:
        """Where a script that did not end well failed, and why, in a sentence."""
        line = self._noted(notes, finished.exit_code) or self._said(finished.output) or self._found(notes)
        lines = self.text.split("\n")
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        how = _how(finished)
        if line:
            return Failure(line, text, f"the setup script failed at line {line} ({text[:200]}): {how}")
        unknown = "" if self.is_bash else f"; {self.interpreter[0]} does not say at which line"
        return Failure(0, "", f"the setup script failed: {how}{unknown}")

    def _noted(self, notes: str, code: int | None) -> int:
        """The line of the command that ended the script, by the traps' notes; 0 where they do not say."""
        every = [note for text in notes.splitlines() if (note := _Note.read(text)) is not None]
        left = every.pop() if every and every[-1].kind == "left" else None
        if not every or every[-1].status != code:
            return 0
        last = len(every) - 1
        if every[last].kind == "failed":
            if left is not None and left.command != every[last].command:
                return 0
            while last and every[last - 1].depth > every[last].depth and every[last - 1].status == code:
                last -= 1  # a subshell's failure is noted inside first, and then again outside
        return every[last].line

    def _said(self, output: bytes) -> int:
        """The line that the interpreter named last, in its own way of speaking."""
        text = output.decode("utf-8", "replace")
        where = re.escape(AT)
        forms = (rf"{where}: line (\d+):", rf"{where}: (\d+):", rf'File "{where}", line (\d+)', rf"{where}:(\d+)\b")
        found = [(match.start(), int(match[1])) for form in forms for match in re.finditer(form, text)]
        found += [(match.start(), int(match[1])) for match in re.finditer(rf"at {where} line (\d+)", text)]
        return max(found, default=(0, 0))[1]

    def _found(self, notes: str) -> int:
        """The one line that has the script's last command in it (`exit 3`)."""
        every = [note for text in notes.splitlines() if (note := _Note.read(text)) is not None]
        if not every or every[-1].kind != "left" or not every[-1].command:
            return 0
        wanted = every[-1].command
        found = [number for number, line in enumerate(self.text.split("\n"), 1) if wanted in line and not line.startswith("#")]
        return found[0] if len(found) == 1 else 0


class _Note(msgspec.Struct, frozen=True):
    """A line of the notes: a command that failed, or the last one; where in the script, and how deep in subshells."""

    kind: str
    status: int
    depth: int
    line: int
    command: str

    @classmethod
    def read(cls, text: str) -> _Note | None:
        """A note, or None: the file lies where the script may write."""
        parts = text.split("\t", 4)
        if len(parts) != 5 or not (parts[1] + parts[2]).isdigit():
            return None
        line = 0
        for frame in parts[3].split("|"):
            source, _, number = frame.rpartition(":")
            if source == AT and number.isdigit():
                line = int(number)
                break
        return cls(parts[0], int(parts[1]), int(parts[2]), line, _QUOTED.sub(r"\1", parts[4]))


def _how(finished: Finished) -> str:
    if finished.why == "timeout":
        return f"it ran longer than the {finished.seconds:.0f} seconds that it has"
    if finished.why == "out-of-memory":
        return "it used up the sandbox's memory"
    if finished.why == "missing":
        return "its interpreter is not there"
    if finished.why == "killed":
        return "it was ended, by a limit of its sandbox"
    return f"it was ended by {finished.signal}" if finished.exit_code is None else f"exit code {finished.exit_code}"


def telling_lines(log: str, most: int = 4) -> list[str]:
    """The last lines of a log that name an error, each once and cut; without such, its last lines."""
    lines = list(dict.fromkeys(line.strip()[:_LONGEST_LINE] for line in log.splitlines() if line.strip()))
    return ([line for line in lines if _NAMES_ERROR.search(line)] or lines)[-most:]
