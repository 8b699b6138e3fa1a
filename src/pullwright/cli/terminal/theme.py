"""What each role of the interactive terminal looks like: dark, light, the terminal's own colours, or none.

    Theme(name, depth)             name: dark | light | terminal | none; depth: how many colours the terminal has
    theme.paint(role, text)        text in SGR sequences, reset at its end
    theme.toolkit_style()          the same roles as prompt_toolkit's classes
    detect(env, background)        the theme that suits a terminal

A role is written as prompt_toolkit writes styles: `bold #82aaff bg:#1b2a20`. Several roles at once are names with a
space between; the later one wins where they differ. No meaning is carried by a colour alone: diff lines keep their `+`
and `-`, states their words and marks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

from pullwright.cli.terminal.palettes import DARK, LIGHT, MARKS, NEAR, PLAIN_MARKS, TERMINAL

if TYPE_CHECKING:
    from prompt_toolkit.styles import Style

Name = Literal["dark", "light", "terminal", "none"]
Depth = Literal["truecolor", "256", "16", "none"]

NAMES: tuple[Name, ...] = get_args(Name)
_PALETTES: dict[Name, Mapping[str, str]] = {"dark": DARK, "light": LIGHT, "terminal": TERMINAL, "none": TERMINAL}
_FLAGS = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7", "strike": "9"}
_ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "gray")
_BRIGHT = ("brightblack", "brightred", "brightgreen", "brightyellow", "brightblue", "brightmagenta", "brightcyan", "white")
_CUBE = (0, 95, 135, 175, 215, 255)
RESET = "\x1b[0m"


class Theme:
    """Roles -> looks. `change` swaps all of them in place, so that what was laid out with this theme follows.

    `depth` `none` leaves bold, dim, italic and underline, unless `bare`: then nothing is painted at all.
    """

    def __init__(self, name: Name = "dark", depth: Depth = "truecolor", *, unicode: bool = True, bare: bool = False) -> None:
        self.unicode = unicode
        self.bare = bare
        self._marks = MARKS if unicode else PLAIN_MARKS
        self.change(name, depth)

    def change(self, name: Name, depth: Depth | None = None) -> None:
        """Look like `name` from now on. With 16 colours only the terminal's own palette is used."""
        self.name: Name = name
        if depth is not None:
            self._depth: Depth = depth
        self.depth: Depth = "none" if name == "none" else self._depth
        self._looks = TERMINAL if self.depth in ("16", "none") else _PALETTES[name]
        self._codes: dict[str, str] = {}

    def sgr(self, roles: str) -> str:
        """The parameters of the SGR sequence for `roles` (`1;38;2;130;170;255`); empty where they look like plain text."""
        code = self._codes.get(roles)
        if code is None:
            code = self._codes[roles] = "" if self.bare else self._sgr(roles)
        return code

    def paint(self, roles: str, text: str) -> str:
        """`text` as `roles` look, reset at its end."""
        code = self.sgr(roles)
        return f"\x1b[{code}m{text}{RESET}" if code and text else text

    def fills(self, role: str) -> bool:
        """Whether the role has a background of its own, which looks better when it goes on to a common edge."""
        return "bg:" in self.look(role)

    def mark(self, name: str) -> str:
        """The sign called `name` (`ok`, `prompt`, `bar`…), in ASCII where the terminal knows no better."""
        return self._marks[name]

    def look(self, role: str) -> str:
        """A role as prompt_toolkit writes it, with no more colours than there are."""
        words = "" if self.bare else self._looks.get(role, "")
        return words if self.depth != "none" else " ".join(word for word in words.split() if word in _FLAGS)

    def toolkit_style(self) -> Style:
        """All roles as classes of prompt_toolkit: `class:added.word`, `class:status.key`."""
        from prompt_toolkit.styles import Style

        # prompt_toolkit has looks of its own for some of these names (white on blue for `dialog`): each first part starts afresh.
        afresh = sorted({role.partition(".")[0] for role in self._looks})
        return Style([(role, "noinherit") for role in afresh] + [(role, self.look(role)) for role in sorted(self._looks)])

    def _sgr(self, roles: str) -> str:
        flags: list[str] = []
        foreground = background = ""
        for word in " ".join(self._looks.get(role, "") for role in roles.split()).split():
            if word in _FLAGS:
                flags.append(_FLAGS[word])
            elif self.depth == "none":
                continue
            elif word.startswith("bg:"):
                background = self._colour(word[3:], 48)
            else:
                foreground = self._colour(word, 38)
        return ";".join(filter(None, (*dict.fromkeys(flags), foreground, background)))

    def _colour(self, word: str, ground: int) -> str:
        if word.startswith("ansi"):
            name = word[4:]
            if name == "default":
                return str(ground + 1)
            return str(ground - 8 + _ANSI.index(name)) if name in _ANSI else str(ground + 52 + _BRIGHT.index(name))
        red, green, blue = (int(word[at : at + 2], 16) for at in (1, 3, 5))
        if self.depth == "truecolor":
            return f"{ground};2;{red};{green};{blue}"
        return f"{ground};5;{NEAR[word] if word in NEAR else nearest(red, green, blue)}"


def nearest(red: int, green: int, blue: int) -> int:
    """The entry of xterm's 256 colours that is nearest: of its 6x6x6 cube or of its greys. The first 16 are the person's own."""
    steps = [min(range(6), key=lambda step, part=part: abs(_CUBE[step] - part)) for part in (red, green, blue)]
    cube = tuple(_CUBE[step] for step in steps)
    grey = max(0, min(23, round(((red + green + blue) / 3 - 8) / 10)))
    level = 8 + 10 * grey
    if _distance((red, green, blue), (level, level, level)) < _distance((red, green, blue), cube):
        return 232 + grey
    return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def depth_of(env: Mapping[str, str]) -> Depth:
    """How many colours a terminal has, as its environment tells."""
    term = env.get("TERM", "")
    if env.get("NO_COLOR") or term in ("", "dumb"):
        return "none"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return "truecolor"
    if "256" in term or term in ("xterm-kitty", "alacritty", "foot", "xterm-ghostty"):
        return "256"
    return "none" if term in ("vt100", "vt102", "vt220", "xterm-mono") else "16"


def is_light(env: Mapping[str, str], background: str = "") -> bool | None:
    """Whether the terminal's background is light; None when nothing tells.

    `background` is the terminal's answer to the query OSC 11 (`rgb:ffff/ffff/ffff`), COLORFGBG its environment's word (`0;15`).
    """
    parts = background.rpartition(":")[2].split("/")[:3]
    try:
        red, green, blue = (int((part * 2)[:2], 16) for part in parts)
        return (299 * red + 587 * green + 114 * blue) / 1000 > 127
    except ValueError:
        pass
    last = env.get("COLORFGBG", "").rpartition(";")[2]
    return last in ("7", "15") if last.isdigit() else None


def detect(
    env: Mapping[str, str] | None = None, background: str = "", *, wish: str = "auto", encoding: str | None = None
) -> Theme:
    """The theme for a terminal: the one that was wished for, else dark or light as its background is, else its own colours."""
    env = os.environ if env is None else env
    depth = depth_of(env)
    light = is_light(env, background)
    name: Name = "terminal" if light is None else "light" if light else "dark"
    for known in NAMES:
        name = known if wish == known else name
    name = "none" if depth == "none" else name
    coded = encoding or sys.stdout.encoding or "ascii"
    unicode = coded.lower().replace("-", "").replace("_", "") in ("utf8", "utf16", "gb18030") and env.get("TERM") != "linux"
    return Theme(name, depth, unicode=unicode, bare=env.get("TERM", "") in ("", "dumb"))
