"""Where the person writes: several lines, folded pastes, images by mark, steps through the history.

Editor.buffer       prompt_toolkit's buffer: cursor, undo, kill ring
Editor.paste(text)  folded when it is long; a path of an image becomes its mark
Editor.take()       what is sent, and the images; the editor is empty then
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from pullwright.cli.terminal.screen.history import History, Recall
from pullwright.cli.terminal.screen.images import dropped_images
from pullwright.cli.terminal.screen.paste import Folds

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 8_000
"""Characters of a text of one's own that are shown as they are; a longer one is folded like a paste."""


class Editor:
    """The text that is being written. `changed` is called after each change of text or cursor."""

    def __init__(self, history: History, project: Path, changed: Callable[[], None]) -> None:
        self.history, self._project, self._changed = history, project, changed
        self._recall = Recall(history)
        self.folds = Folds()
        self.cleared = ""
        self.buffer = Buffer(multiline=True, on_text_changed=lambda _: changed(), on_cursor_position_changed=lambda _: changed())

    @property
    def text(self) -> str:
        """What stands there, pastes folded."""
        return self.buffer.text

    @property
    def empty(self) -> bool:
        """Nothing was written."""
        return not self.buffer.text

    def fill(self, text: str) -> None:
        """Replace what stands there; it can be undone."""
        self.buffer.save_to_undo_stack()
        self._show(text, end=True)

    def paste(self, text: str) -> None:
        """Put in what was pasted."""
        images = dropped_images(text, self._project)
        if images:
            self.buffer.insert_text(" ".join(self.folds.image(path) for path in images) + " ")
        else:
            self.buffer.insert_text(self.folds.fold(text))

    def add_image(self, path: str) -> None:
        """Put in an image file."""
        self.buffer.insert_text(self.folds.image(path) + " ")

    def backspace(self) -> bool:
        """Take away the mark before the cursor; False when there is none."""
        mark = self.folds.mark_before(self.buffer.document.text_before_cursor)
        if mark:
            self.buffer.delete_before_cursor(len(mark))
        return bool(mark)

    def continued(self) -> bool:
        """A backslash before the cursor, at the line's end, and Enter: a new line in their place. False otherwise."""
        document = self.buffer.document
        if not document.current_line_before_cursor.endswith("\\") or document.current_line_after_cursor:
            return False
        self.buffer.delete_before_cursor(1)
        self.buffer.insert_text("\n")
        return True

    def take(self) -> tuple[str, list[str]]:
        """The whole text and its image files, out of the editor and into the history."""
        text, images = self.folds.whole(self.buffer.text), self.folds.images(self.buffer.text)
        self.history.add(text.rstrip() if not text.startswith(" ") else text)
        self._recall.forget()
        self.buffer.reset()
        self._changed()
        return text, images

    def clear(self) -> None:
        """Take everything away; undo, or Up, brings it back."""
        self.buffer.save_to_undo_stack()
        self.cleared = self.buffer.text
        self.buffer.set_document(Document(), bypass_readonly=True)
        self._recall.forget()

    def earlier(self) -> bool:
        """On the first line: the entry before. False when the cursor only has to go up, or nothing is earlier."""
        if self.buffer.document.cursor_position_row > 0:
            return False
        if self.empty and self.cleared:
            text, self.cleared = self.cleared, ""
        else:
            found = self._recall.earlier(self.text)
            if found is None:
                return True
            text = found
        self._show(text, end=True)
        return True

    def later(self) -> bool:
        """On the last line: the entry after. False when the cursor only has to go down."""
        document = self.buffer.document
        if document.cursor_position_row < document.line_count - 1:
            return False
        found = self._recall.later()
        if found is not None:
            self._show(found, end=True)
        return True

    def _show(self, text: str, *, end: bool) -> None:
        folded = self.folds.fold(text) if len(text) > LONG else text
        self.buffer.set_document(Document(folded, len(folded) if end else 0), bypass_readonly=True)
