"""What the foot of the terminal looks like, from top to bottom.

live        the answer's unfinished paragraph, running commands, the plan
waiting     remarks not yet heard, prompts that come after this turn
dialog      a question to the person          ┐ the editor is hidden while a dialog is open,
editor      what is being written             ┘ unless something has been written
menu        completions, or keys
status      one line
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.filters import Condition
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import (
    ConditionalProcessor,
    PasswordProcessor,
    Processor,
    Transformation,
    TransformationInput,
)

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.formatted_text import StyleAndTextTuples

Drawn = Callable[[], "StyleAndTextTuples"]


class Placeholder(Processor):
    """Words where nothing has been written yet: all that fit, or those before the first gap."""

    def __init__(self, words: Callable[[], str]) -> None:
        self._words = words

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """See `Processor`."""
        words = self._words() if transformation_input.lineno == 0 else ""
        if not words:
            return Transformation(transformation_input.fragments)
        room = max(0, transformation_input.width - 4)
        shown = next((part for part in (words, words.partition("   ")[0]) if len(part) <= room), "")
        return Transformation([*transformation_input.fragments, ("class:placeholder", shown)])


class Parts:
    """The windows, and what they are drawn from."""

    def __init__(
        self, *, live: Drawn, waiting: Drawn, dialog: Drawn, menu: Drawn, status: Drawn, mark: Callable[[], str]
    ) -> None:
        self.live, self.waiting, self.dialog, self.menu, self.status, self.mark = live, waiting, dialog, menu, status, mark
        self.dialog_window = _text(dialog, focusable=True)

    def layout(
        self,
        editor: Buffer,
        answer: Buffer,
        *,
        asking: Callable[[], bool],
        writing: Callable[[], bool],
        editing: Callable[[], bool],
        rows: Callable[[], int],
        secret: Callable[[], bool],
        placeholder: Callable[[], str],
    ) -> Layout:
        """The layout. `asking`: a dialog is open; `writing`: with text; `editing`: the editor shows; `rows`: the terminal's."""
        self.editor = Window(
            BufferControl(editor, input_processors=[Placeholder(placeholder)]),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=lambda number, wrap: self._prefix(number, wrap, self.mark()),
            height=lambda: Dimension(min=1, max=max(1, rows() // 2)),
        )
        hidden = ConditionalProcessor(PasswordProcessor(), Condition(secret))
        self.answer = Window(
            BufferControl(answer, input_processors=[hidden]),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=lambda number, wrap: self._prefix(number, wrap, ">"),
            height=lambda: Dimension(min=1, max=max(1, rows() // 3)),
        )
        return Layout(
            HSplit(
                [
                    _text(self.live, least=0),
                    Window(height=Dimension(min=0, max=1, preferred=1)),
                    _text(self.waiting, least=0),
                    ConditionalContainer(self.dialog_window, Condition(asking)),
                    ConditionalContainer(self.answer, Condition(writing)),
                    ConditionalContainer(self.editor, Condition(editing)),
                    _text(self.menu, least=0),
                    _text(self.status),
                    Window(),
                ]
            ),
            focused_element=self.editor,
        )

    @staticmethod
    def _prefix(number: int, wrap: int, mark: str) -> StyleAndTextTuples:
        return [("class:prompt", f"{mark} ")] if number == 0 and wrap == 0 else [("", "  ")]


def _text(drawn: Drawn, *, focusable: bool = False, least: int | None = None) -> Window:
    """A window as high as its lines, but at least `least` of them; nothing at all when there are none."""
    control = FormattedTextControl(drawn, focusable=focusable, show_cursor=False)

    def height() -> Dimension:
        rows = _height(drawn)
        return Dimension(min=rows if least is None else min(rows, least), max=rows, preferred=rows)

    return Window(control, dont_extend_height=True, height=height)


def _height(drawn: Drawn) -> int:
    parts = drawn()
    return sum(part[1].count("\n") for part in parts) + 1 if parts else 0
