"""The whole transcript on the full screen: unfolded, searched, leafed through. No mouse is taken: the terminal selects.

await Viewer(theme, blocks).run()

j k ↓ ↑          a line            / n N   search, next, previous      f   fold or unfold everything
space b PgDn PgUp a page           [ ]     previous, next prompt       z   fold or unfold the first block in sight
d u              half a page       g G     beginning, end              q   close
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import fit
from pullwright.cli.terminal.pages import Pages, Place
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.block import Block, Raw
from pullwright.cli.terminal.transcript.spans import line_of

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import Output

HINT = "/ search · [ ] prompts · f fold · q close"
KEYS: dict[str, tuple[str, ...]] = {
    "down": ("j", "down", "c-n", "enter"),
    "up": ("k", "up", "c-p"),
    "page down": (" ", "pagedown", "c-f"),
    "page up": ("b", "pageup", "c-b"),
    "half down": ("d", "c-d"),
    "half up": ("u", "c-u"),
    "start": ("g", "home"),
    "end": ("G", "end"),
    "search": ("/",),
    "next": ("n",),
    "previous": ("N",),
    "next prompt": ("]",),
    "previous prompt": ("[",),
    "fold all": ("f",),
    "fold": ("z",),
    "close": ("q", "escape", "c-c", "c-t"),
}


def page(theme: Theme, lines: Sequence[str]) -> Sequence[Block]:
    """Plain lines as blocks to be viewed."""
    from pullwright.cli.terminal.transcript.safe import safe

    return [Raw(theme, [line_of(part) for part in safe(line).split("\n")]) for line in lines]


class Viewer:
    """Shows `blocks` (which may grow meanwhile) until the person closes it."""

    def __init__(self, theme: Theme, blocks: Sequence[Block], title: str = "transcript") -> None:
        self._theme = theme
        self._title = title
        self.pages = Pages(blocks, 80, 24)
        self._words = ""
        self._typed: str | None = None
        self._from = Place()
        self._found: Place | None = None
        self._said = ""

    async def run(self, *, input: Input | None = None, output: Output | None = None) -> None:  # noqa: A002
        """Take the screen over, and give it back as it was."""
        await self.application(input=input, output=output).run_async()

    def application(self, *, input: Input | None = None, output: Output | None = None) -> Application[None]:  # noqa: A002
        """The full-screen application, not yet run."""
        from prompt_toolkit.application import Application
        from prompt_toolkit.layout import HSplit, Layout, Window
        from prompt_toolkit.layout.controls import FormattedTextControl

        body = FormattedTextControl(self._body, show_cursor=False, focusable=True)
        foot = FormattedTextControl(self._foot)
        return Application(
            layout=Layout(HSplit([Window(body, wrap_lines=False), Window(foot, height=1, style="class:status")])),
            key_bindings=self._bindings(),
            style=self._theme.toolkit_style(),
            full_screen=True,
            mouse_support=False,
            refresh_interval=0.5,
            input=input,
            output=output,
        )

    # --- what is seen --------------------------------------------------------------------------

    def _body(self) -> StyleAndTextTuples:
        from prompt_toolkit.application import get_app

        size = get_app().output.get_size()
        self.pages.resize(size.columns, size.rows - 1)
        fragments: StyleAndTextTuples = []
        for place, line in self.pages.visible():
            fragments += self._line(place, line)
            fragments.append(("", "\n"))
        return fragments[:-1]

    def _line(self, place: Place, line: str) -> StyleAndTextTuples:
        from prompt_toolkit.formatted_text import ANSI, fragment_list_to_text, to_formatted_text

        words = self._words if self._typed is None else self._typed
        fragments = to_formatted_text(ANSI(line))
        text = fragment_list_to_text(fragments)
        if not words or not (ranges := _occurrences(text, words)):
            return fragments
        role = "class:search.now" if place == self._found else "class:search"
        return _marked(fragments, ranges, role)

    def _foot(self) -> StyleAndTextTuples:
        pages = self.pages
        if self._typed is not None:
            missing = "" if self._found or not self._typed else "   nothing found"
            return [("class:status.key", f" /{self._typed}"), ("reverse", " "), ("class:status.warning", missing)]
        count = max(1, len(pages.blocks))
        done = 100 if pages.at_end else 100 * pages.top.block // count
        prompts = [number for number, block in enumerate(pages.blocks) if block.kind == "prompt"]
        at = sum(number <= pages.top.block for number in prompts)
        where = f" · prompt {at} of {len(prompts)}" if prompts else ""
        state = " · folded" if pages.folded else ""
        text = f" {self._title} · {done} %{where}{state} · {self._said or HINT}"
        return [("class:status", fit(text, pages.width))]

    # --- keys ----------------------------------------------------------------------------------

    def _bindings(self) -> KeyBindings:
        from prompt_toolkit.filters import Condition
        from prompt_toolkit.key_binding import KeyBindings

        bindings = KeyBindings()
        searching = Condition(lambda: self._typed is not None)
        for name, keys in KEYS.items():
            for key in keys:
                bindings.add(key, filter=~searching, eager=True)(self._does(name))
        bindings.add("<any>", filter=searching)(self._types)
        bindings.add("backspace", filter=searching)(self._calls(self._erase))
        bindings.add("enter", filter=searching)(self._calls(self._accept))
        for key in ("escape", "c-c", "c-g"):
            bindings.add(key, filter=searching, eager=True)(self._calls(self._give_up))
        return bindings

    def _calls(self, what: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
        return lambda event: what()

    def _does(self, name: str) -> Callable[[KeyPressEvent], None]:
        def handler(event: KeyPressEvent) -> None:
            self._said = ""
            if name == "close":
                event.app.exit()
            else:
                self.do(name)

        return handler

    def do(self, name: str) -> None:
        """What the key for `name` does (see `KEYS`)."""
        pages = self.pages
        page_lines = max(1, pages.height - 1)
        steps = {"down": 1, "up": -1, "page down": page_lines, "page up": -page_lines}
        steps |= {"half down": page_lines // 2, "half up": -(page_lines // 2)}
        match name:
            case "start":
                pages.to_start()
            case "end":
                pages.to_end()
            case "search":
                self._typed, self._from, self._found = "", pages.top, None
            case "next" | "previous":
                self._again(1 if name == "next" else -1)
            case "next prompt" | "previous prompt":
                if not pages.to_kind("prompt", 1 if name == "next prompt" else -1):
                    self._said = "no more prompts"
            case "fold all":
                pages.fold_all()
            case "fold":
                first = next((place.block for place, line in pages.visible() if line), pages.top.block)
                pages.fold(first)
            case _:
                pages.move(steps[name])

    def _types(self, event: KeyPressEvent) -> None:
        self.type(event.data)

    def type(self, text: str) -> None:
        """More of what is looked for."""
        if self._typed is not None and text.isprintable():
            self._typed += text
            self._look(self._typed, self._from, 1)

    def _erase(self) -> None:
        if self._typed:
            self._typed = self._typed[:-1]
            self._look(self._typed, self._from, 1)
        else:
            self._give_up()

    def _accept(self) -> None:
        self._words, self._typed = self._typed or self._words, None

    def _give_up(self) -> None:
        self._typed = self._found = None
        self._said = ""
        self.pages.top = self._from

    def _again(self, step: int) -> None:
        if not self._words:
            return
        start = self._found or self.pages.top
        block, line = start
        self._look(self._words, Place(block, line + step) if line + step >= 0 else Place(block - 1, 1 << 30), step)

    def _look(self, words: str, start: Place, step: int) -> None:
        self._found = self.pages.search(words, start, step)
        if self._found is None:
            self._said = f"nothing found for {words}" if words else ""
        elif self._found not in [place for place, _ in self.pages.visible()]:
            self.pages.to(self._found, margin=self.pages.height // 3)


def _occurrences(text: str, words: str) -> list[tuple[int, int]]:
    """Where the words are in a line."""
    where = text if words != words.lower() else text.lower()
    found: list[tuple[int, int]] = []
    at = where.find(words)
    while at >= 0:
        found.append((at, at + len(words)))
        at = where.find(words, at + len(words))
    return found


def _marked(fragments: StyleAndTextTuples, ranges: Sequence[tuple[int, int]], role: str) -> StyleAndTextTuples:
    """The fragments with one more class on the ranges."""
    marked: StyleAndTextTuples = []
    at = 0
    for style, text, *_ in fragments:
        for offset, character in enumerate(text):
            inside = any(start <= at + offset < end for start, end in ranges)
            marked.append((f"{style} {role}" if inside else style, character))
        at += len(text)
    return marked
