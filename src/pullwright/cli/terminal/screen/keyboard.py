"""Keys as they come from the terminal: large pastes in linear time, kitty's and xterm's unambiguous keys, focus.

    Keyboard        prompt_toolkit's input, reading in large pieces
    Parser          what was read -> keys
    FOCUS, BLUR     the keys that stand for the terminal's focus reports

Kitty's protocol writes a key as `CSI code ; modifiers u` (modifiers - 1: 1 shift, 2 alt, 4 ctrl), xterm's modifyOtherKeys
as `CSI 27 ; modifiers ; code ~`. Both are turned into the keys that every terminal has.
"""

from __future__ import annotations

import re
import select
from codecs import getincrementaldecoder
from collections.abc import Callable
from os import read
from typing import TextIO, cast

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

FOCUS, BLUR = Keys.F23, Keys.F24
"""No keyboard has these keys, so that they can carry the focus reports through prompt_toolkit's key processor."""

NEWLINE = (Keys.Escape, Keys.ControlM)
_END = "\x1b[201~"
_PIECE = 1 << 16
_PAUSE = 0.02
_ANSWER = re.compile(r"\x1b\]11;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_LONGEST_ANSWER = 64
BURST = 512
"""Characters in one read that nobody typed by hand."""

_NAMED: dict[int, Keys] = {9: Keys.ControlI, 13: Keys.ControlM, 27: Keys.Escape, 127: Keys.ControlH}

Sequence = Keys | tuple[Keys | str, ...]


def sequences() -> dict[str, Sequence]:
    """What the escape sequences of the newer protocols stand for."""
    found: dict[str, Sequence] = {"\x1b[I": FOCUS, "\x1b[O": BLUR}
    for modifiers in range(2, 9):
        shift, alt, control = (bool((modifiers - 1) & bit) for bit in (1, 2, 4))
        for code in (*range(32, 127), *_NAMED):
            if key := _key(code, shift, alt, control):
                found[f"\x1b[{code};{modifiers}u"] = found[f"\x1b[27;{modifiers};{code}~"] = key
    for code, key in _NAMED.items():
        found[f"\x1b[{code}u"] = key
    return found


def _key(code: int, shift: bool, alt: bool, control: bool) -> Sequence | None:
    if code == 13:
        return NEWLINE if shift or alt or control else Keys.ControlM
    if code == 9 and shift:
        return Keys.BackTab
    if code in _NAMED:
        plain = _NAMED[code]
        return (Keys.Escape, plain) if alt or (control and code == 127) else plain
    letter = chr(code)
    if control:
        named = {" ": Keys.ControlAt, "\\": Keys.ControlBackslash, "]": Keys.ControlSquareClose, "_": Keys.ControlUnderscore}
        key = Keys(f"c-{letter.lower()}") if letter.isalpha() else named.get(letter)
        return (Keys.Escape, key) if alt and key else key
    return (Keys.Escape, letter.upper() if shift else letter) if alt else None


class Parser(Vt100Parser):
    """prompt_toolkit's parser, but a paste costs what its length costs."""

    def __init__(self, feed_key_callback: Callable[[KeyPress], None]) -> None:
        # prompt_toolkit knows one table of sequences, shared by all its parsers.
        cast("dict[str, Sequence]", ANSI_SEQUENCES).update(sequences())
        self._pieces: list[str] = []
        self._tail = ""
        super().__init__(feed_key_callback)

    @property
    def pasting(self) -> bool:
        """True between a paste's beginning and its end."""
        return self._in_bracketed_paste

    def feed(self, data: str) -> None:
        """Take what was read."""
        if not self._in_bracketed_paste:
            super().feed(data)
            return
        self._pieces.append(data)
        seam, self._tail = self._tail + data, (self._tail + data)[1 - len(_END) :]
        if _END not in seam:
            return
        text, _, rest = "".join(self._pieces).partition(_END)
        self._pieces, self._tail, self._in_bracketed_paste = [], "", False
        self.feed_key_callback(KeyPress(Keys.BracketedPaste, text))
        self.feed(rest)


class Keyboard(Vt100Input):
    """The terminal behind standard input. UTF-8 whatever the locale; junk bytes are dropped, not raised.

    In the first `early` bytes, typed before the terminal was ours, a newline is an Enter. `background` gets the terminal's
    answer to `output.ASK_BACKGROUND`, which is no key.
    """

    def __init__(self, stdin: TextIO, early: int = 0, background: Callable[[str], None] | None = None) -> None:
        super().__init__(stdin)
        self._parser = Parser(self._buffer_key)
        self.vt100_parser = self._parser
        self._keys: list[KeyPress] = []
        self._decoder = getincrementaldecoder("utf-8")(errors="ignore")
        self._ended = False
        self._early = early
        self._background = background
        self._rest = ""

    def _buffer_key(self, key: KeyPress) -> None:
        self._keys.append(key)

    def read_keys(self) -> list[KeyPress]:
        """The keys that are there. A paste is read on while it comes, so that it is one key however large."""
        text = self._read(0)
        if len(text) >= BURST and "\x1b" not in text and not self._parser.pasting:
            return self._burst(text)
        self._parser.feed(text)
        while self._parser.pasting and (more := self._read(_PAUSE)):
            self._parser.feed(more)
        return self._taken()

    def _burst(self, text: str) -> list[KeyPress]:
        """More than anybody types at once, from a terminal that does not say when it pastes: one insertion. An Enter at its
        very end is meant."""
        while more := self._read(_PAUSE):
            text += more
        body = text.rstrip("\r")
        self._keys.append(KeyPress(Keys.BracketedPaste, body))
        self._parser.feed(text[len(body) :])
        return self._taken()

    def _read(self, wait: float) -> str:
        """What comes within `wait` seconds."""
        descriptor = self.fileno()
        if self._ended or not select.select([descriptor], [], [], wait)[0]:
            return ""
        try:
            data = read(descriptor, _PIECE)
        except OSError:  # the terminal hung up
            data = b""
        self._ended = not data
        if self._early:
            data = data[: self._early].replace(b"\n", b"\r") + data[self._early :]
            self._early = max(0, self._early - len(data))
        return self._without_answer(self._decoder.decode(data))

    def _without_answer(self, text: str) -> str:
        """The text without the terminal's answer about its background; the beginning of one waits for its end."""
        if self._background is None or not (self._rest or "\x1b]" in text or text.endswith("\x1b")):
            return text
        text = self._rest + text
        self._rest = ""
        if found := _ANSWER.search(text):
            answered, self._background = self._background, None
            answered(found[1])
            return text[: found.start()] + text[found.end() :]
        at = text.find("\x1b]")
        if at < 0 and text.endswith("\x1b"):
            at = len(text) - 1
        if at >= 0 and len(text) - at < _LONGEST_ANSWER and not self._parser.pasting:
            self._rest = text[at:]
            return text[:at]
        return text

    def flush_keys(self) -> list[KeyPress]:
        """What is certain only now that nothing followed: Esc alone."""
        if self._rest == "\x1b":
            self._parser.feed(self._rest)
            self._rest = ""
        self._parser.flush()
        return self._taken()

    def _taken(self) -> list[KeyPress]:
        keys, self._keys = self._keys, []
        return keys

    @property
    def closed(self) -> bool:
        """True once the terminal is gone."""
        return self._ended
