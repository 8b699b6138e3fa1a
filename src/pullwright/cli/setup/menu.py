"""The same questions with arrow keys, where the terminal can move its cursor. Loads prompt_toolkit at the first choice."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import clean
from pullwright.cli.render.style import style_for
from pullwright.cli.setup.asker import Back, Option, Skipped
from pullwright.cli.setup.lines import Lines, wrapped

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyBindings

SIMPLE = ("", "dumb", "unknown", "emacs", "cons25")
"""Terminals that are only written to line by line."""

Answer = int | type[Skipped] | type[Back] | type[KeyboardInterrupt]


def asker_for(env: Mapping[str, str], *, plain: bool = False) -> Lines:
    """The asker that suits the terminal: arrow keys, or lines where it is a simple one or `plain` is wanted."""
    style = style_for(sys.stdout, env)
    return Lines(style) if plain or env.get("TERM", "") in SIMPLE else Menu(style)


class Menu(Lines):
    """Choices with a cursor; everything else as `Lines` has it."""

    def choose(self, title: str, options: Sequence[Option], default: int = 0) -> int:
        """Up and down move, Enter and numbers take, Esc and `s` skip, `b` and Left go back."""
        self.say(title, "bold")
        answer = _Choice(self, options, default).application().run()
        self.asked += 1
        if not isinstance(answer, int):
            raise answer
        self.say(f"> {options[answer].label}", "cyan")
        return answer


class _Choice:
    """One choice below its title, wiped from the screen when it is made. `at` is where the cursor stands."""

    def __init__(self, menu: Menu, options: Sequence[Option], default: int) -> None:
        self.menu = menu
        self.options = options
        self.at = default

    def application(self) -> Application[Answer]:
        """The program that shows it; its result is the answer, or what to raise."""
        from prompt_toolkit.application import Application
        from prompt_toolkit.data_structures import Size
        from prompt_toolkit.layout import FormattedTextControl, Layout, Window
        from prompt_toolkit.output.vt100 import Vt100_Output

        def size() -> Size:
            columns, rows = shutil.get_terminal_size()
            return Size(rows=rows, columns=columns)

        control = FormattedTextControl(self.fragments, focusable=True, show_cursor=False)
        application: Application[Answer] = Application(
            layout=Layout(Window(control, always_hide_cursor=True)),
            key_bindings=self.keys(),
            erase_when_done=True,
            # Where the cursor stands need not be asked: some terminals never answer.
            output=Vt100_Output(sys.stdout, size, enable_cpr=False),
        )
        application.ttimeoutlen = 0.1
        return application

    def fragments(self) -> StyleAndTextTuples:
        """The options with their hints, and the keys below."""
        found: StyleAndTextTuples = []
        coloured = self.menu.style.colours
        for number, option in enumerate(self.options):
            here = number == self.at
            if here:
                found.append(("[SetCursorPosition]", ""))
            mark = f"{'>' if here else ' '} {number + 1}. "
            for index, part in enumerate(wrapped(clean(option.label), self.menu.width - len(mark))):
                found.append(
                    ("bold ansicyan" if here and coloured else "", (mark if index == 0 else " " * len(mark)) + part + "\n")
                )
            hint = wrapped(clean(option.hint), self.menu.width - len(mark)) if option.hint else ()
            found += [("ansibrightblack" if coloured else "", " " * len(mark) + part + "\n") for part in hint]
        ways = "Up, Down, Enter; Esc skips" + ("; b goes back" if self.menu.back else "")
        return [*found, *(("", f"{part}\n") for part in wrapped(ways, self.menu.width))]

    def keys(self) -> KeyBindings:
        """What each key does."""
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.key_binding.key_processor import KeyPressEvent

        bindings = KeyBindings()

        def bind(names: Sequence[str], answer: Answer | None, step: int = 0) -> None:
            def pressed(event: KeyPressEvent) -> None:
                if step:
                    self.at = (self.at + step) % len(self.options)
                else:
                    event.app.exit(result=self.at if answer is None else answer)

            for name in names:
                bindings.add(name)(pressed)

        bind(("up", "k", "c-p"), None, -1)
        bind(("down", "j", "c-n", "tab"), None, 1)
        bind(("enter",), None)
        bind(("escape", "s"), Skipped)
        bind(("c-c", "c-d"), KeyboardInterrupt)
        if self.menu.back:
            bind(("b", "left", "backspace"), Back)
        for number in range(min(len(self.options), 9)):
            bind((str(number + 1),), number)
        return bindings
