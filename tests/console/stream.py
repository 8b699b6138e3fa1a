"""What a program writes to its terminal: text, control sequences, questions."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from pyte.streams import Stream

from .screen import Screen

_SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*)(?P<middle>[ -/]*)(?P<end>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[PX^_](?P<dcs>[^\x1b]*)\x1b\\"
    r"|\x1b[ -/]*[0-~]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?\Z")
_KNOWN = set("@ABCDEFGHJKLMP`XadefghlmnrST")
ALTERNATE = {"47", "1047", "1049"}


class Emulator:
    """Feeds a `Screen` (and another one for the alternate screen) with what a program writes.

    `answer` gets what the terminal replies. While a frame is open (`?2026`) nothing of it is shown, as in terminals that know it.
    `modes` are the private modes that are set; `title`, `bells`, `notes` (desktop notifications), `copied` (OSC 52) and `links`
    what was told beside the screen; `unknown` what no terminal would understand; `background` is what is told of it.
    """

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None], background: str = "0000/0000/0000") -> None:
        self.main = Screen(columns, rows)
        self.other = Screen(columns, rows, scrollback=False)
        self.screen = self.main
        self.modes: set[str] = set()
        self.title = ""
        self._titles: list[str] = []
        self.bells = 0
        self.notes: list[str] = []
        self.copied: list[str] = []
        self.links: list[str] = []
        self.unknown: list[str] = []
        self.background = background
        self._answer = answer
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._frame: list[str] = []
        self._streams = {id(screen): Stream(screen) for screen in (self.main, self.other)}

    @property
    def in_frame(self) -> bool:
        """A frame is open: what it shows is not there yet."""
        return "2026" in self.modes

    def feed(self, data: bytes) -> None:
        """Take what the program wrote."""
        whole = self._rest + self._decode(data)
        cut = match.start() if (match := _UNFINISHED.search(whole)) else len(whole)
        whole, self._rest = whole[:cut], whole[cut:]
        position = 0
        for match in _SEQUENCE.finditer(whole):
            self._show(whole[position : match.start()])
            position = match.end()
            self._control(match)
        self._show(whole[position:])

    def listen(self, data: bytes) -> None:
        """Take what the program wrote without showing it: only questions are answered and modes known, which costs little."""
        for match in _SEQUENCE.finditer(data.decode(errors="replace")):
            if match["osc"] is not None:
                self._operating_system(match["osc"])
            elif match["end"] and match["end"] in "hl" and match["csi"].startswith("?"):
                names = match["csi"][1:].split(";")
                (self.modes.update if match["end"] == "h" else self.modes.difference_update)(names)
            elif match["end"]:
                self._asked(match)

    def resize(self, columns: int, rows: int, reflow: bool) -> None:
        """The window has another size."""
        self.main.to_size(columns, rows, reflow)
        self.other.to_size(columns, rows, reflow=False)

    def _show(self, text: str) -> None:
        if not text:
            return
        if self.in_frame:
            self.bells += text.count("\x07")
            self._frame.append(text)
            return
        self.bells += text.count("\x07")
        self._streams[id(self.screen)].feed(text)

    def _control(self, match: re.Match[str]) -> None:
        if match["osc"] is not None:
            self._operating_system(match["osc"])
        elif match["end"] is None:
            if match["dcs"] is None:
                self._show(match[0]) if match[0] in {"\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE", "\x1bc"} else None
        elif match["end"] in "hl" and match["csi"].startswith("?"):
            self._mode(match["csi"][1:].split(";"), match["end"] == "h", match[0])
        elif not self._asked(match) and not match["middle"] and match["csi"][:1] not in {"<", "=", ">", "?"}:
            self._plain(match)

    def _plain(self, match: re.Match[str]) -> None:
        """A control sequence for the screen."""
        if match["csi"] + match["end"] in {"22;2t", "23;2t"}:
            self._keep_title(match["csi"] == "22;2")
        elif match["end"] not in _KNOWN:
            self.unknown.append(match[0])
        elif match["end"] in "ST" and match["csi"].isdigit():
            self._show("\x1b7" + (f"\x1b[{self.screen.lines};1H" + "\x1bD" * int(match["csi"])) + "\x1b8")
        else:
            self._show(re.sub(r"4:\d", "4", match[0]).replace(":", ";"))

    def _keep_title(self, keep: bool) -> None:
        """The title stack."""
        if keep:
            self._titles.append(self.title)
        elif self._titles:
            self.title = self._titles.pop()

    def _mode(self, names: list[str], on: bool, sequence: str) -> None:
        for name in names:
            (self.modes.add if on else self.modes.discard)(name)
        if "2026" in names and not on:
            self._show_frame()
        elif ALTERNATE & set(names):
            self._show_frame()
            self.screen = self.other if on else self.main
            if on:
                self.other.reset()
        elif set(names) & {"7", "25", "6"}:
            self._show(sequence)

    def _show_frame(self) -> None:
        """Show what the open frame holds so far, on the screen that it was meant for."""
        frame, self._frame = "".join(self._frame), []
        if frame:
            self._streams[id(self.screen)].feed(frame)

    def _operating_system(self, command: str) -> None:
        number, _, value = command.partition(";")
        if number in {"10", "11"} and value == "?":
            color = self.background if number == "11" else "ffff/ffff/ffff"
            self._answer(f"\x1b]{number};rgb:{color}\x1b\\")
        elif number in {"0", "2"}:
            self.title = value
        elif number in {"9", "99", "777"}:
            self.notes.append(value)
        elif number == "52":
            self.copied.append(value)
        elif number == "8" and value.partition(";")[2]:
            self.links.append(value.partition(";")[2])

    def _asked(self, match: re.Match[str]) -> bool:
        """Answer a question as xterm does; whether it was one."""
        asked = match["csi"] + match["middle"] + match["end"]
        cursor = self.screen.cursor
        answers = {
            "6n": f"\x1b[{cursor.y + 1};{min(cursor.x, self.screen.columns - 1) + 1}R",
            "5n": "\x1b[0n",
            "c": "\x1b[?62;22c",
            "0c": "\x1b[?62;22c",
            ">c": "\x1b[>41;390;0c",
            ">0c": "\x1b[>41;390;0c",
        }
        if asked.endswith("$p"):
            self._answer(f"\x1b[{match['csi']};{2 if '2026' in asked else 0}$y")
        elif asked in answers:
            self._answer(answers[asked])
        return asked in answers or asked.endswith("$p")
